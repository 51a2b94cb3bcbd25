package profile_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"os"
	"strings"

	"github.com/pgassay/pgassay/profile"
)

// A service's goroutines: capture, summarise.
func ExampleCapture() {
	service := httptest.NewServer(http.HandlerFunc(pprof.Index)) // yours has imported net/http/pprof
	defer service.Close()

	captures, err := profile.Capture(context.Background(), profile.Options{
		Targets: []string{service.URL}, Types: []profile.Type{profile.Goroutine},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, one := range captures {
		if one.Err != nil {
			fmt.Println(one.Err)
			continue
		}
		summary, err := profile.Summarize(one.Profile, profile.SummaryOptions{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(summary.Kind, summary.Total > 0)
	}
	// Output: goroutine true
}

// Too few samples are no ground for a finding, and the reason is said.
func ExampleHotFunctions() {
	cpu, err := profile.Record(func() { fmt.Println("working") })
	if err != nil {
		fmt.Println(err)
		return
	}
	findings, said := profile.HotFunctions(cpu, profile.FindingOptions{})
	fmt.Println(len(findings), strings.HasPrefix(said, "Too few samples to say which function is hot"))
	// Output:
	// working
	// 0 true
}

func ExampleDo() {
	err := profile.Do(os.Stderr, func() { fmt.Println("what takes so long") })
	fmt.Println(err)
	// Output:
	// what takes so long
	// <nil>
}

func ExampleOpen() {
	_, err := profile.Open(context.Background(), "nowhere.pb.gz", profile.Options{})
	fmt.Println(err)
	// Output: read profile: open nowhere.pb.gz: no such file or directory
}
