package seed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/seed/config"
	"github.com/pgassay/pgassay/seed/value"
)

// Draft is a configuration that makes the very data of the plan, written out to start from: every table with its rows, and
// every column with its generator where it has one.
func (p *Plan) Draft() config.Draft {
	d := config.Draft{
		Title: fmt.Sprintf("What pgassay seed makes in database %s: change what you like. A column that is auto, or left\n"+
			"out, is inferred. What may stand here: docs/seed.md", p.Database),
		Seed: p.opts.Seed, Present: p.opts.Present,
	}
	if p.opts.NullShare >= 0 {
		d.NullShare = &p.opts.NullShare
	}
	for _, t := range p.Tables {
		d.Tables = append(d.Tables, p.draftTable(t))
	}
	return d
}

func (p *Plan) draftTable(t *TablePlan) config.DraftTable {
	out := config.DraftTable{Name: t.Table, Rows: t.Rows, Per: t.per(), Skip: t.Rows == 0, Comment: lowerFirst(t.Why)}
	if t.Rows == 0 {
		switch at := slices.IndexFunc(p.Unfillable, func(u *Unfillable) bool { return u.Table == t.Table }); {
		case at >= 0:
			out.Comment = "can't be filled: " + p.Unfillable[at].Reason
		case t.silent():
		case t.table.HasRows:
			out.Comment = "it holds rows"
		case len(p.opts.Tables) > 0:
			out.Comment = "it was not asked for"
		}
		return out
	}
	for _, column := range t.table.Columns {
		if at := slices.IndexFunc(t.Columns, func(c ColumnPlan) bool { return c.Name == column.Name }); at >= 0 {
			out.Columns = append(out.Columns, t.draftColumn(t.Columns[at]))
		} else if column.Generated == "" {
			out.Columns = append(out.Columns, config.DraftColumn{Name: column.Name, Comment: column.Type, Override: value.Override{Default: true}})
		}
	}
	return out
}

func (t *TablePlan) draftColumn(c ColumnPlan) config.DraftColumn {
	comment := []string{c.Type, c.From}
	if c.Spread != "" {
		comment = append(comment, c.Spread)
	}
	out := config.DraftColumn{Name: c.Name}
	ref := t.supply[c.Name]
	if t.said != nil {
		for _, said := range t.said.Columns {
			if said.Name == c.Name {
				out.Override, out.Exponent = said.Override, said.Exponent
			}
		}
	}
	switch {
	case ref != nil && !sameKey(ref.key, config.KeyOf(t.table, c.Name)):
		// What may be said of the column is about another foreign key, which follows from this one.
	case ref != nil:
		if out.NullShare == nil && c.Nulls > 0 && c.Nulls < 1 {
			out.NullShare = &c.Nulls
		}
		if out.Distribution == "" && strings.HasSuffix(c.From, ": Zipf") {
			out.Distribution = "zipf"
		}
	case c.Generator != "":
		out.Generator = c.Generator
		if out.NullShare == nil && c.Nulls > 0 {
			out.NullShare = &c.Nulls
		}
	case out.NullShare == nil && c.Nulls > 0 && c.Nulls < 1 && len(out.Values) == 0 && out.SQL == "" && !strings.HasPrefix(c.From, "null:"):
		out.NullShare = &c.Nulls
	}
	out.Comment = strings.Join(comment, "; ")
	return out
}

func lowerFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToLower(text[:1]) + text[1:]
}
