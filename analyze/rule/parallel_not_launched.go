package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/report"
)

func parallelNotLaunched() Rule {
	return Rule{
		ID:     "parallel-not-launched",
		Title:  "fewer parallel workers ran than were planned",
		About:  "The plan was chosen for a number of workers that the server did not have to give: max_parallel_workers or max_worker_processes were used up. Without them it may be the wrong plan.",
		Silent: "every planned worker ran, if only another time.",
		Advice: "Raise max_parallel_workers and max_worker_processes if there are idle CPUs; lower max_parallel_workers_per_gather if there are not.",
		Thresholds: []Threshold{
			{"share", 0.1, "ratio", "share of the statement that was to run in parallel, at least"},
		},
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, n := range c.nodes("Gather", "Gather Merge") {
				if !n.Executed() || n.WorkersLaunched >= n.WorkersPlanned*n.Loops || !c.matters() || c.subtree(n) < c.limit("share") {
					continue
				}
				hits = append(hits, Hit{
					Node: n, Severity: report.Note, Again: true,
					Title:    fmt.Sprintf("%d of %d parallel workers ran", int(n.WorkersLaunched), int(n.WorkersPlanned*n.Loops)),
					Evidence: []report.Evidence{evidence("workers planned", n.WorkersPlanned*n.Loops, "count"), evidence("workers run", n.WorkersLaunched, "count")},
					Mend:     report.Mend{Kind: "setting", Text: "Raise max_parallel_workers and max_worker_processes, or lower max_parallel_workers_per_gather."},
				})
			}
			return hits
		},
	}
}
