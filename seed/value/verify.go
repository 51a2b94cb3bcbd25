package value

import "slices"

const (
	sampleRows = 48  // on which a finished table is tried,
	sampleMore = 400 // and where columns depend on each other
)

// verify tries the generators on the server, with the constraints' own expressions, and mends groups of columns that do
// not satisfy them: it keeps the rows that do.
func (a *assembly) verify() error {
	if a.trials.server == nil {
		for _, g := range a.groups {
			for _, c := range g.untried {
				a.fail("", a.checkOf(c.Expr.Columns()), conditionText(c), "it is not understood, and there is no server to try values on")
			}
		}
		return nil
	}
	checks := slices.DeleteFunc(slices.Clone(a.puzzle.checks), func(c tableCheck) bool { return c.sql == "" || !a.judgeable(c) })
	if len(checks) == 0 {
		return nil
	}
	size := uint64(sampleRows)
	if slices.ContainsFunc(a.groups, func(g *assembled) bool { return len(g.names) > 1 && len(g.solved.Checks) > 0 }) {
		size = sampleMore
	}
	rows := make([]uint64, min(size, max(1, a.request.Rows)))
	for i := range rows {
		rows[i] = a.request.First + uint64(i)
	}
	verdict, err := a.judge(checks, rows, nil)
	if err != nil {
		return err
	}
	var failing []tableCheck
	bad := map[string]bool{}
	for i, c := range checks {
		if verdict[i].bad > 0 || a.conditional(c) {
			failing = append(failing, c)
			bad[c.name] = bad[c.name] || verdict[i].bad > 0
		}
	}
	if len(failing) == 0 {
		return nil
	}
	return a.mend(failing, bad)
}

// judgeable tells whether the server can be asked about a check: all of its columns are known.
func (a *assembly) judgeable(c tableCheck) bool {
	for _, name := range c.columns {
		pc := a.puzzle.columns[name]
		if pc == nil {
			return false
		}
		if pc.given && pc.generator == nil {
			return false
		}
	}
	return len(c.columns) > 0
}

// conditional tells whether a check was not understood in full, so that a sample is not enough.
func (a *assembly) conditional(c tableCheck) bool {
	for _, g := range a.groups {
		for _, condition := range g.untried {
			if containsAll(c.reads(), condition.Expr.Columns()) && slices.Contains(g.solved.Columns, condition.Expr.Columns()[0]) {
				return true
			}
		}
	}
	return false
}

func containsAll(all, some []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

func (a *assembly) checkOf(columns []string) string {
	for _, c := range a.puzzle.checks {
		if containsAll(c.reads(), columns) {
			return c.name
		}
	}
	return ""
}

// value gives a column's value in a row, as the generators make it now.
func (a *assembly) value(name string, row uint64) ([]byte, bool) {
	pc := a.puzzle.columns[name]
	if pc.given {
		return a.givenValue(name, pc, row)
	}
	made, ok := a.out.Columns[name]
	if !ok {
		return nil, true
	}
	return made.Generator.Append([]byte{}, row)
}

// givenValue gives a given column's value as the engine will make it, obeying the solution: null or not, and a value that is
// accepted. Where the generator does not do so yet, a value of a row nearby stands in.
func (a *assembly) givenValue(name string, pc *puzzleColumn, row uint64) ([]byte, bool) {
	if pc.generator == nil {
		return nil, true
	}
	wanted := Free
	if presence := a.out.Presence[name]; presence != nil {
		if wanted = presence(row); wanted == Null {
			return nil, true
		}
	}
	accept := a.out.Accept[name]
	v, null := pc.generator.Append([]byte{}, row)
	for i := uint64(1); i < 200 && (null && wanted == NotNull || !null && accept != nil && !accept(v)); i++ {
		v, null = pc.generator.Append([]byte{}, a.request.First+(row-a.request.First+i)%max(1, a.request.Rows))
	}
	return v, null
}
