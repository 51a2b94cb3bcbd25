package workload_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/pgassay/pgassay/analyze/workload"
)

func ExampleRead() {
	log := "2026-01-02 12:00:00.000 UTC [1] app@shop LOG:  duration: 5.000 ms  statement: SELECT * FROM users WHERE id = 1\n" +
		"2026-01-02 12:00:01.000 UTC [1] app@shop LOG:  duration: 7.000 ms  statement: SELECT * FROM users WHERE id = 2\n"
	input := workload.Input{Name: "log", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(log)), nil }}
	w, err := workload.Read(context.Background(), []workload.Input{input}, workload.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range w.Statements {
		fmt.Println(s.Count, s.TotalTime, s.Normalized)
	}
	// Output: 2 12ms SELECT * FROM users WHERE id = $1
}
