package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/internal/report"
)

func settingsForced() Rule {
	return Rule{
		ID:     "settings-forced",
		Title:  "a kind of plan is switched off",
		About:  "enable_seqscan, enable_nestloop and their like are for finding out. Left off in production they hide the cause of one bad plan and make others worse.",
		Silent: "EXPLAIN was not asked for SETTINGS, or they have their defaults.",
		Advice: "Switch it on again, and mend what it was switched off for.",
		Check: func(c *Context) []Hit {
			var off []string
			for name, value := range c.Plan.Settings {
				if strings.HasPrefix(name, "enable_") && (value == "off" || value == "false") && !slices.Contains(offByDefault, name) {
					off = append(off, name)
				}
			}
			if len(off) == 0 {
				return nil
			}
			slices.Sort(off)
			var sql []string
			for _, name := range off {
				sql = append(sql, "RESET "+name+";")
			}
			return []Hit{{
				Severity: report.Note, Title: fmt.Sprintf("%s off", strings.Join(off, ", ")+map[bool]string{true: " is", false: " are"}[len(off) == 1]),
				Evidence: []report.Evidence{evidence("settings off", float64(len(off)), "count")},
				Mend:     report.Mend{Kind: "setting", SQL: strings.Join(sql, "\n"), Text: "Switch it on again, and mend what it was switched off for."},
			}}
		},
	}
}

// offByDefault are off unless someone switched them on; EXPLAIN would not list them then.
var offByDefault = []string{"enable_partitionwise_join", "enable_partitionwise_aggregate"}
