package rule

func noIndexHelps() Rule {
	return Rule{
		ID:     "no-index-helps",
		Title:  "no index would help",
		About:  "The honest negative: a scan reads much and keeps little, indexes were tried for it, and with none of them is the planner better off.",
		Silent: "an index was found (missing-index), the scan is cheap, or nothing could be tried.",
		Advice: "Look at the rows that are asked for: fewer of them, or an aggregate that is kept up to date.",
		Thresholds: []Threshold{
			{"kept", 0.05, "ratio", "share of the rows read that the scan keeps, at most"},
			{"pages", 1000, "pages", "pages that the scan reads, at least"},
		},
	}
}
