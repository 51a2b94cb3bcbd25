package value

import (
	"errors"
	"slices"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/meaning"
)

// styles are names of columns whose texts are tried where a check that is not understood lets none of a column's own texts
// through: a function of the database that wants no blanks in a name, say.
var styles = []string{"username", "slug", "code", "first_name", "email", "url", "token", "phone", "sha256", "locale"}

// restyle tries other kinds of text for the columns of a cluster, and tells whether all rows tried satisfy the checks then.
func (a *assembly) restyle(c *cluster, checks []tableCheck) (bool, error) {
	before := map[string]meaning.Meaning{}
	for _, name := range c.names {
		pc := a.puzzle.columns[name]
		read := slices.ContainsFunc(checks, func(check tableCheck) bool { return slices.Contains(check.reads(), name) })
		if read && isText(pc.typ) && pc.wish.fixed == nil {
			before[name] = pc.wish.meaning
		}
	}
	if len(before) == 0 {
		return false, nil
	}
	rows := make([]uint64, min(200, max(1, a.request.Rows)))
	for i := range rows {
		rows[i] = a.request.First + uint64(i)
	}
	unsolved := slices.Clone(a.out.Unsolved)
	for _, style := range styles {
		for name := range before {
			pc := a.puzzle.columns[name]
			pc.wish.meaning = styleOf(style, pc)
		}
		if err := a.rebuild(c); err != nil {
			return false, err
		}
		verdicts, err := a.judge(checks, rows, nil)
		if err != nil {
			return false, err
		}
		if len(a.out.Unsolved) == len(unsolved) && !slices.ContainsFunc(verdicts, func(v verdict) bool { return v.bad > 0 }) {
			return true, nil
		}
		a.out.Unsolved = slices.Clone(unsolved)
	}
	for name, m := range before {
		a.puzzle.columns[name].wish.meaning = m
	}
	err := a.rebuild(c)
	a.out.Unsolved = unsolved
	return false, err
}

// rebuild makes the groups of a cluster anew.
func (a *assembly) rebuild(c *cluster) error {
	clear(a.sources)
	for i, g := range c.groups {
		a.groups = slices.DeleteFunc(a.groups, func(other *assembled) bool { return other == g })
		for _, name := range g.names {
			delete(a.out.Columns, name)
		}
		count := len(a.groups)
		var reason unfit
		if err := a.group(g.solved); err != nil && !errors.As(err, &reason) {
			return err
		}
		if len(a.groups) > count {
			c.groups[i] = a.groups[count]
		} else {
			a.groups = append(a.groups, g)
		}
	}
	return nil
}

func isText(typ *schema.Type) bool {
	return typ != nil && typ.Kind == schema.BaseType && slices.Contains(textTypes, typ.Name)
}

// styleOf is the meaning of a column if it had another name.
func styleOf(name string, pc *puzzleColumn) meaning.Meaning {
	m := meaning.Of(meaning.Column{Name: name, Class: meaning.Text, Length: length(pc.typ, pc.mod), Unique: pc.wish.distinct})
	m.Why = "what its checks let through"
	return m
}
