package explain

import (
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
)

// Class says what kind of statement a text is, by its words alone. The server has the last word.
type Class int

// The classes of statement.
const (
	Query   Class = iota // SELECT, VALUES, TABLE, and WITH that ends in one of them
	Change               // INSERT, UPDATE, DELETE, MERGE, also inside WITH
	Utility              // anything else: never sent to the server
)

// classify reads a statement's words. The reason is for people and says why a Utility is not run.
func classify(tokens []expr.Token) (Class, string) {
	for len(tokens) > 0 && tokens[len(tokens)-1].Is(";") {
		tokens = tokens[:len(tokens)-1]
	}
	i := 0
	for i < len(tokens) && tokens[i].Is("(") {
		i++
	}
	if i == len(tokens) {
		return Utility, "there is no statement in it"
	}
	for _, t := range tokens {
		if t.Is(";") {
			return Utility, "it is more than one statement: separate them, they are run one at a time"
		}
		if t.Kind == expr.Invalid {
			return Utility, "it holds something that is no SQL token, or a quote or comment that never ends"
		}
	}
	first := tokens[i]
	word := strings.ToUpper(first.Text)
	class := Query
	switch {
	case first.Kind != expr.Ident:
		return Utility, "it does not start with a key word"
	case first.Is("select"), first.Is("values"), first.Is("table"), first.Is("with"):
	case first.Is("insert"), first.Is("update"), first.Is("delete"), first.Is("merge"):
		class = Change
	case first.Is("explain"):
		return Utility, "it is an EXPLAIN: give the statement itself"
	case first.Is("prepare"), first.Is("execute"), first.Is("deallocate"):
		return Utility, word + " works on a session's prepared statements: give the statement itself"
	default:
		return Utility, word + " has no plan: only SELECT, VALUES, TABLE, WITH, INSERT, UPDATE, DELETE and MERGE are analysed"
	}
	for j, t := range tokens {
		switch {
		case t.Is("into") && !partOf(tokens, j):
			return Utility, "SELECT INTO makes a table"
		case (t.Is("insert") || t.Is("update") || t.Is("delete") || t.Is("merge")) && j > 0 && opensStatement(tokens, j):
			class = Change
		}
	}
	return class, ""
}

// partOf tells whether the INTO at i belongs to INSERT INTO or MERGE INTO, or is a column's name.
func partOf(tokens []expr.Token, i int) bool {
	if i == 0 {
		return false
	}
	before := tokens[i-1]
	return before.Is("insert") || before.Is("merge") || before.Is("as") || before.Is(".")
}

// opensStatement tells whether the word at i starts the body of a common table expression.
func opensStatement(tokens []expr.Token, i int) bool {
	before := tokens[i-1]
	if before.Is("(") && i >= 2 {
		as := tokens[i-2]
		return as.Is("as") || as.Is("materialized")
	}
	// WITH x AS (…) INSERT …
	return before.Is(")")
}

// Verdict says how far a statement may go, and why no further.
type Verdict struct {
	Level  Level
	Reason string // a clause for people; empty for Run
}

// Level is how far a statement may go. Lower is stricter.
type Level int

// The levels.
const (
	Refuse   Level = iota // not even planned: planning could execute something
	PlanOnly              // EXPLAIN without ANALYZE
	Run                   // EXPLAIN ANALYZE
)

// strictest keeps the verdict that forbids more; of two alike the first.
func (v *Verdict) strictest(level Level, format string, args ...any) {
	if level < v.Level {
		*v = Verdict{level, fmt.Sprintf(format, args...)}
	}
}
