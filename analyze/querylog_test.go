package analyze_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/internal/sqltext"
)

// TestEndOfQueryLog finds a loop in the end of a query log, where the definitions come after the executions.
func TestEndOfQueryLog(t *testing.T) {
	t.Parallel()
	const parent, child = "SELECT id FROM posts LIMIT $1", "SELECT * FROM comments WHERE post_id = $1"
	hashes := func(values ...uint64) string {
		var raw []byte
		for _, v := range values {
			raw = binary.LittleEndian.AppendUint64(raw, v)
		}
		return base64.RawStdEncoding.EncodeToString(raw)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var log strings.Builder
	run := func(sql, args, more string) {
		at = at.Add(time.Millisecond)
		fmt.Fprintf(&log, `{"time":%q,"duration_ns":500000,"session":"a-1","scope":"r1","route":"GET /posts","fingerprint":%q,"args":%q,"rows":8%s}`+"\n",
			at.Format(time.RFC3339Nano), sqltext.Fingerprint(sql), args, more)
	}
	log.WriteString(`n":"a-1","rows":1}` + "\n") // of a line that was cut
	run(parent, hashes(1000), `,"results":[["id",`+`"`+hashes(1, 2, 3, 4, 5, 6, 7, 8)+`"]]`)
	for i := range uint64(8) {
		run(child, hashes(i+1), "")
	}
	log.WriteString(`{"pgassay":"querylog","version":1}` + "\n")
	for _, sql := range []string{parent, child} {
		fmt.Fprintf(&log, `{"statement":%q,"sql":%q}`+"\n", sqltext.Fingerprint(sql), sql)
	}
	input := workload.Input{Name: "end.jsonl", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(log.String())), nil }}
	result, err := analyze.Inputs(t.Context(), nil, []workload.Input{input}, workload.Options{}, analyze.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Findings) != 1 || result.Findings[0].Rule != "n-plus-one" || result.Findings[0].Count != 8 || result.Findings[0].Statement != child {
		t.Errorf("found %+v", result.Findings)
	}
}
