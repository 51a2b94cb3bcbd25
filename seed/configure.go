package seed

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pgassay/pgassay/seed/config"
	"github.com/pgassay/pgassay/seed/value"
)

// configure holds the configuration against the database.
func (p *Plan) configure() error {
	c := p.opts.Config
	if c == nil {
		return nil
	}
	if !c.Present.IsZero() && p.opts.Present == DefaultPresent {
		p.opts.Present = c.Present
	}
	var err error
	p.said, err = c.Resolve(p.db)
	return err
}

// misfit notes what the configuration asks for and can't be, in a line of it.
func (p *Plan) misfit(line int, format string, args ...any) {
	p.problems = append(p.problems, config.Problem{File: p.opts.Config.File, Line: line, Text: fmt.Sprintf(format, args...)})
}

// misconfigured is the error that has all that the configuration asks for and can't be.
func (p *Plan) misconfigured() error {
	for _, u := range p.Unfillable {
		at := strings.LastIndexByte(u.Where, ':')
		if at < 0 {
			continue
		}
		line, _ := strconv.Atoi(u.Where[at+1:]) // ours
		text := u.Reason
		if u.Constraint != "" {
			text = fmt.Sprintf("%s, constraint %s (%s): %s", u.Table, u.Constraint, u.Definition, u.Reason)
		}
		p.misfit(line, "%s", text)
	}
	return p.problems.Sorted()
}

// usualRows is the number of rows of a table that the command line does not name, and why so many.
func (p *Plan) usualRows(t *TablePlan, depth int) (rows uint64, why string) {
	said, c := t.said, p.opts.Config
	switch {
	case t.silent():
		return 0, ""
	case said != nil && said.Rows != nil:
		return *said.Rows, fmt.Sprintf("As many as %s:%d says", c.File, said.RowsAt)
	case t.per() != nil:
		per := t.per()
		parent := p.byName[per.Key.ReferencedName()]
		why = fmt.Sprintf("%s for each row of %s, as %s:%d says", per.Range, per.Key.ReferencedName(), c.File, per.Line)
		if parent == nil || parent.Rows == 0 { // its rows are there already, or are still to be found out
			return 1, why
		}
		return per.Range.Total(parent.Rows), why
	case p.opts.Rows > 0:
		return p.opts.Rows, ""
	case c != nil && c.Rows != nil:
		return *c.Rows, "As many as " + c.File + " says for every table"
	}
	why = "Nothing was said: 1,000"
	if depth > 0 {
		why += fmt.Sprintf(", times 3 for each level of foreign keys that it hangs on (%d)", min(depth, 3))
	}
	return usual(depth), why
}

// silent tells whether the configuration wants a table left empty.
func (t *TablePlan) silent() bool {
	return t.said != nil && (t.said.Skip || t.said.Rows != nil && *t.said.Rows == 0)
}

// per gives how many rows the table has for each one of another; nil where that is not said.
func (t *TablePlan) per() *config.Per {
	if t.wished || t.said == nil {
		return nil
	}
	return t.said.Per
}

// scale gives a table as many rows as the parent that it hangs on turned out to have.
func (p *Plan) scale(t *TablePlan) {
	per := t.per()
	if per == nil || t.Rows == 0 {
		return
	}
	parent := p.byName[per.Key.ReferencedName()]
	if parent == nil {
		return
	}
	parents := parent.source.rows()
	if t.first > 0 { // those that are there have theirs
		parents = parent.source.made
	}
	rows := per.Range.Total(parents)
	if parents == 0 && t.first > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%s gets no more rows: all rows of %s that are there have theirs, and no new ones come", t.Table, parent.Table))
	}
	if rows > 1e15 {
		p.misfit(per.Line, "rows_per %s: %s rows for each of %d are too many", per.Parent, per.Range, parent.source.rows())
		rows = 0
	}
	t.Rows, t.source.made = rows, rows
}

// overrides are what the configuration says of the columns that are in no foreign key.
func (t *TablePlan) overrides() map[string]value.Override {
	if t.said == nil {
		return nil
	}
	all := map[string]value.Override{}
	for _, c := range t.said.Columns {
		if c.Key == nil {
			all[c.Name] = c.Override
		}
	}
	return all
}

// saidOf gives what the configuration says of the columns of a foreign key.
func (t *TablePlan) saidOf(ref *reference) []*config.Column {
	var found []*config.Column
	if t.said == nil {
		return nil
	}
	for _, c := range t.said.Columns {
		if c.Key != nil && sameKey(c.Key, ref.key) {
			found = append(found, c)
		}
	}
	return found
}

// contradict notes what the configuration says of foreign keys that follow from others, which alone decide on their values.
func (l *layout) contradict() {
	if l.table.said == nil {
		return
	}
	for _, c := range l.table.said.Columns {
		says := len(c.Values) > 0 || c.Min != nil || c.Max != nil || c.NullShare != nil || c.Distribution != "" || c.Exponent != nil
		if c.Key == nil || !says || slices.ContainsFunc(l.refs, func(ref *reference) bool { return sameKey(ref.key, c.Key) }) {
			continue
		}
		for _, ref := range l.refs {
			if slices.Contains(ref.key.Columns, c.Name) {
				l.plan.misfit(c.Line, "column %s: which row of %s it refers to follows from the foreign key (%s) to %s, and nothing can be said of it here",
					c.Name, c.Key.ReferencedName(), strings.Join(ref.key.Columns, ", "), ref.parent.Table)
				break
			}
		}
	}
}

// givenNulls is the share of nulls in a column that the engine makes: where its foreign key is null.
func (t *TablePlan) givenNulls(column string, l *layout) float64 {
	if _, always := l.given[column].(nothing); always {
		return 1
	}
	if ref := t.supply[column]; ref != nil && ref.wish != nil && slices.Contains(ref.nulls, column) {
		return ref.nullShare
	}
	return 0
}
