package nplusone_test

import (
	"fmt"
	"time"

	"github.com/pgassay/pgassay/analyze/nplusone"
	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/internal/sqltext"
)

func ExampleDetector() {
	detector := nplusone.New(nplusone.Options{})
	now := time.Now()
	run := func(sql string, rows int64, args []uint64, results ...workload.Column) {
		detector.Add(&workload.Event{
			Time: now, Duration: time.Millisecond, Session: "1", Scope: "request 1", Route: "GET /posts",
			Fingerprint: sqltext.Fingerprint(sql), Statement: sqltext.Normalize(sql), Rows: rows, Args: args, Results: results,
		})
		now = now.Add(2 * time.Millisecond)
	}
	run("SELECT id FROM posts", 4, []uint64{}, workload.Column{Name: "id", Hashes: []uint64{11, 12, 13, 14}})
	for id := range uint64(4) {
		run("SELECT count(*) FROM comments WHERE post_id = $1", 1, []uint64{11 + id})
	}
	for _, loop := range detector.Loops() {
		f := loop.Finding()
		fmt.Println(f.Title)
		fmt.Println(f.Mend.SQL)
	}
	// Output:
	// GET /posts reads comments once for each row of posts: 4 times
	// SELECT post_id, count(*) FROM comments WHERE post_id = ANY($1) GROUP BY post_id
}
