package rule

import (
	"fmt"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/internal/report"
)

func castOnColumn() Rule {
	return Rule{
		ID:         "cast-on-column",
		Title:      "the column that is compared is cast",
		About:      "An index on a column can't be used for the column cast to another type: the server casts each row's value.",
		Silent:     "the cast only changes the name of the type, as from varchar to text; the scan keeps many of its rows or is cheap.",
		Advice:     "Cast the value that it is compared with instead. For a timestamp compared as a date, ask for a half-open range.",
		Thresholds: selective(),
		Check: func(c *Context) []Hit {
			var hits []Hit
			for _, p := range c.predicates() {
				cast, ok := p.subject.(expr.Cast)
				if !ok || c.isLabel(p, cast) || !indexable(p.operator) || p.join || c.implicitCast(p, cast) {
					continue
				}
				if _, call := cast.Arg.(expr.Call); call {
					continue
				}
				if p.operator == "~~" && leadingWildcard(p) {
					continue
				}
				column := p.columns[0].Name
				mend := report.Mend{
					Kind: "rewrite", SQL: fmt.Sprintf("-- %s %s $value, the value cast to the column's type", column, p.operator),
					Text: "Cast the value instead of the column.",
				}
				if known := c.column(p); known != nil {
					mend.SQL = fmt.Sprintf("-- %s %s $value::%s", column, p.operator, known.Type)
				}
				if cast.Type == "date" {
					mend.SQL = fmt.Sprintf("-- %[1]s >= $day AND %[1]s < $day + 1", column)
					mend.Text = "Ask for the half-open range of the day, with the column itself."
				}
				hits = append(hits, c.predicateHit(p, fmt.Sprintf("the cast of %s to %s keeps an index from being used", column, cast.Type), mend))
			}
			return hits
		},
	}
}
