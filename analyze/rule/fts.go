package rule

func fullText() Rule {
	return Rule{
		ID:         "fts",
		Title:      "texts are parsed and searched one by one",
		About:      "@@ matches a tsvector with a tsquery. Without a GIN index each row's text is parsed into words first, which costs far more than reading it.",
		Silent:     "a GIN index serves the condition; the scan keeps many of its rows or is cheap.",
		Advice:     "Make a GIN index on the tsvector, or keep the tsvector in a generated column and index that.",
		Thresholds: selective(),
		Check: func(c *Context) []Hit {
			return c.ginHits(
				func(p predicate) bool {
					known := c.column(p)
					return p.operator == "@@" && (known == nil || known.Base != "jsonb")
				},
				func(predicate) string { return "" }, "the texts in %s are searched one by one")
		},
	}
}
