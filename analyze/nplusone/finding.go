package nplusone

import (
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
)

// finish settles what can only be said at the end.
func (d *Detector) finish(l *Loop) {
	l.Batch = newBatch(l.statement, l.keys, d.opts.Schema)
	l.Severity = l.severity()
	for i := range l.Others {
		m := &l.Others[i]
		if s := d.statements[m.Fingerprint]; s != nil && len(m.Key) > 0 {
			keys := make([][]int, len(m.Key))
			for j, key := range m.Key {
				keys[j] = []int{key}
			}
			m.Batch = newBatch(s, keys, d.opts.Schema)
		}
	}
}

// severity goes by what the loop costs its request, and by how sure it is.
func (l *Loop) severity() report.Severity {
	switch {
	case l.Suspected && l.Evidence < SameCount, l.Rule == RuleWalk && l.Longest < 20:
		return report.Note
	case l.Rule == RuleDuplicate:
		if l.Longest >= 20 || l.Share >= 0.5 && l.Longest >= 10 {
			return report.Warning
		}
		return report.Note
	case l.Rule == RuleWriteLoop:
		if l.Longest >= 200 {
			return report.Error
		}
	case l.Rule == RuleNPlusOne && l.Evidence >= SameCount && (l.Longest >= 50 || l.Share >= 0.5 && l.Longest >= 10):
		return report.Error
	}
	return report.Warning
}

// Finding writes the loop down as every finding is.
func (l *Loop) Finding() report.Finding {
	f := report.Finding{
		Rule: l.Rule, Severity: l.Severity, Title: l.title(), Statement: l.Statement, Fingerprint: l.Fingerprint, Route: l.Route,
		Function: l.Function, Count: l.Executions, CallSite: l.CallSite, Mend: l.mend(),
	}
	if len(l.statement.tables) > 0 {
		f.Table = l.statement.tables[0]
	}
	if l.Parent != nil {
		f.Related = append(f.Related, report.Related{What: "parent", Location: l.Parent.CallSite, Fingerprint: l.Parent.Fingerprint, Statement: l.Parent.Statement})
	}
	for _, other := range l.Others {
		f.Related = append(f.Related, report.Related{What: "each time round", Location: other.CallSite, Fingerprint: other.Fingerprint, Statement: other.Statement})
	}
	for _, key := range l.Key {
		if column := strings.Trim(unqualified(l.statement.params[key].column), `"`); column != "" {
			f.Columns = append(f.Columns, column)
		}
	}
	add := func(name string, value float64, unit string) {
		f.Evidence = append(f.Evidence, report.Evidence{Name: name, Value: value, Unit: unit})
	}
	add("executions in one request", float64(l.Longest), "count")
	add("requests", float64(l.Requests), "count")
	if len(l.Others) > 0 {
		add("statements each time round", float64(1+len(l.Others)), "count")
	}
	if l.Parent != nil && l.Parent.Rows >= 0 {
		add("of the parent", float64(l.Parent.Rows), "rows")
	}
	if l.Evidence == Values || l.Evidence == InOrder {
		add("arguments among the parent's values", l.Parent.Contained, "ratio")
	}
	if l.Slope != 0 {
		add("executions per row of the parent", l.Slope, "")
	}
	f.Cost = &report.Cost{TimeNS: l.Time.Nanoseconds(), Executions: l.Executions, Counted: true}
	add("time", float64(l.Time.Nanoseconds()), "ns")
	add("share of the request's database time", l.Share, "ratio")
	return f
}

func (l *Loop) title() string {
	where := "one request"
	switch {
	case l.Route != "":
		where = l.Route
	case l.Suspected:
		where = "one burst on a connection"
	}
	what := l.what()
	switch l.Rule {
	case RuleDuplicate:
		return fmt.Sprintf("%s asks the same of %s %d times", where, what, l.Longest)
	case RuleWriteLoop:
		return fmt.Sprintf("%s writes to %s one row at a time, %d times", where, what, l.Longest)
	case RuleWalk:
		return fmt.Sprintf("%s follows links through %s one by one, %d times", where, what, l.Longest)
	}
	title := fmt.Sprintf("%s reads %s once for each of %d keys", where, what, l.Longest)
	if l.Parent != nil {
		if from := newStatement("", l.Parent.Statement); len(from.tables) > 0 {
			title = fmt.Sprintf("%s reads %s once for each row of %s: %d times", where, what, unqualified(from.tables[0]), l.Longest)
		}
	}
	if len(l.Others) > 0 {
		title += fmt.Sprintf(", with %d other statement%s", len(l.Others), plural(len(l.Others)))
	}
	if l.Concurrent {
		title += ", at the same time"
	}
	return title
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// what names what the statement works on.
func (l *Loop) what() string {
	if len(l.statement.tables) > 0 {
		return unqualified(l.statement.tables[0])
	}
	return "the database"
}

// mend says what to run instead.
func (l *Loop) mend() report.Mend {
	m := report.Mend{Kind: "rewrite", SQL: l.Batch.SQL}
	var text []string
	switch l.Rule {
	case RuleDuplicate:
		m.Kind, m.SQL = "none", ""
		text = append(text, "Run it once before the loop and keep the answer for the request.")
	case RuleWalk:
		m.SQL = ""
		text = append(text, "Follow the links in the server: WITH RECURSIVE reads the whole chain or tree in one statement.")
	case RuleWriteLoop:
		text = append(text, l.writeAdvice())
	default:
		text = append(text, l.readAdvice()...)
	}
	for _, other := range l.Others {
		switch {
		case other.Batch.SQL != "":
			if m.SQL != "" {
				m.SQL += ";\n"
			}
			m.SQL += other.Batch.SQL
		case len(other.Key) == 0:
			text = append(text, fmt.Sprintf("The statement on %s gets the same answer each time: run it once, before the loop.", tableOf(other.Statement)))
		}
	}
	if l.Batch.Assumed && m.SQL != "" {
		text = append(text, "The arrays' types are assumed: make them those of the columns.")
	}
	if hint := hint(l); hint != "" {
		text = append(text, hint)
	}
	m.Text = strings.Join(text, " ")
	return m
}

func tableOf(text string) string {
	if s := newStatement("", text); len(s.tables) > 0 {
		return unqualified(s.tables[0])
	}
	return "it"
}

func (l *Loop) readAdvice() []string {
	var text []string
	if l.Batch.SQL == "" {
		text = append(text, "Collect the keys first and read the rows of all of them in one statement.")
	} else {
		text = append(text, fmt.Sprintf("Collect the keys, pass them as an array and run one statement instead of %d.", l.Longest))
	}
	switch {
	case l.Batch.Missing:
		text = append(text, "A key without rows is missing from the answer: take 0, or NULL, for it.")
	case l.Batch.Key > 0 || l.Batch.Form == "any":
		text = append(text, "Sort the rows to their keys by the key column.")
	}
	if l.Parent == nil {
		return text
	}
	from := "the statement on " + tableOf(l.Parent.Statement)
	if l.Parent.CallSite != "" {
		from += " (" + l.Parent.CallSite + ")"
	}
	switch l.Evidence {
	case Values, InOrder:
		text = append(text, fmt.Sprintf("The keys are the values of %s that %s returned.", l.Parent.Column, from))
	case Grows:
		text = append(text, fmt.Sprintf("Over %s requests it ran once more for each row that %s returned.", units.Count(int64(l.Requests)), from))
	default:
		text = append(text, fmt.Sprintf("The loop seems to go over the rows of %s.", from))
	}
	return text
}

func (l *Loop) writeAdvice() string {
	switch {
	case l.statement.verb == "insert" && l.Longest >= 1000:
		return "Write all rows with COPY (pgx: CopyFrom), or in one INSERT."
	case l.statement.verb == "insert":
		return fmt.Sprintf("Write all rows in one statement: one round trip and one plan instead of %d. Beyond some thousand rows use COPY.", l.Longest)
	case l.Batch.SQL != "":
		return fmt.Sprintf("Change all rows in one statement instead of %d.", l.Longest)
	}
	return "Change all rows in one statement that joins unnest() of the keys and values, or send the statements in one batch."
}
