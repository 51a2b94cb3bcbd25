package rule

func missingIndex() Rule {
	return Rule{
		ID:    "missing-index",
		Title: "an index would serve the statement",
		About: "A scan reads much and keeps little, or rows are sorted that an index could give in order, and an index was found with which the planner does better. It is " +
			"named with its size, and with --verify it was really built, in a transaction that was rolled back, and the statement measured with and without it by turns.",
		Silent: "the planner does not use the index, or is not a tenth better off with it; with --verify: unless it was faster in six of seven paired runs, by a tenth and a tenth of a millisecond at least, and read half the pages or took half the time; more than a tenth of the table's rows are wanted, in no order.",
		Advice: "Create the index, CONCURRENTLY on a database in use.",
		Thresholds: []Threshold{
			{"pages", 100, "pages", "pages that the scan reads, at least, or"},
			{"milliseconds", 1, "", "milliseconds that it takes, at least"},
		},
	}
}
