package value

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/schema"
)

const (
	sampleRows    = 64   // on which a finished table is tried
	poolRows      = 1000 // good rows that are kept where only some are
	trialRows     = 6000 // rows that are looked at for them
	maxParameters = 30_000
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
	rows := make([]uint64, min(sampleRows, max(1, a.request.Rows)))
	for i := range rows {
		rows[i] = a.request.First + uint64(i)
	}
	verdict, err := a.judge(checks, rows, nil)
	if err != nil {
		return err
	}
	var failing []tableCheck
	for i, c := range checks {
		if verdict[i].bad > 0 || a.conditional(c) {
			failing = append(failing, c)
		}
	}
	if len(failing) == 0 {
		return nil
	}
	return a.mend(failing)
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
			if containsAll(c.columns, condition.Expr.Columns()) && slices.Contains(g.solved.Columns, condition.Expr.Columns()[0]) {
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
		if containsAll(c.columns, columns) {
			return c.name
		}
	}
	return ""
}

// verdict is how a check fared on some rows.
type verdict struct {
	bad  int
	rows []bool // good ones
}

// values gives a column's value in a row, as the generators make it now.
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
	for i := uint64(1); i < 200 && (null && wanted == NotNull || !null && accept != nil && !accept(v, row)); i++ {
		v, null = pc.generator.Append([]byte{}, a.request.First+(row-a.request.First+i)%max(1, a.request.Rows))
	}
	return v, null
}

// judge lets the server evaluate checks on rows. With tuples the values of some columns come from there instead.
func (a *assembly) judge(checks []tableCheck, rows []uint64, tuples map[string][][]byte) ([]verdict, error) {
	var names []string
	for _, c := range checks {
		names = append(names, c.columns...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	out := make([]verdict, len(checks))
	for i := range out {
		out[i].rows = make([]bool, len(rows))
	}
	batch := max(1, min(len(rows), maxParameters/max(1, len(names))))
	for start := 0; start < len(rows); start += batch {
		end := min(len(rows), start+batch)
		var args [][]byte
		for i := start; i < end; i++ {
			for _, name := range names {
				if tuples != nil && tuples[name] != nil {
					args = append(args, tuples[name][i])
					continue
				}
				v, null := a.value(name, rows[i])
				if null {
					v = nil
				}
				args = append(args, v)
			}
		}
		if err := a.judgeBatch(checks, names, args, end-start, func(check, row int, good bool) {
			if out[check].rows[start+row] = good; !good {
				out[check].bad++
			}
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// judgeBatch evaluates checks on some rows, all at once where no evaluation raises an error, else one by one.
func (a *assembly) judgeBatch(checks []tableCheck, names []string, args [][]byte, rows int, tell func(check, row int, good bool)) error {
	results, err := a.evaluate(checks, names, args, rows)
	if err == nil {
		for row, values := range results {
			for i := range checks {
				tell(i, row, len(values[i]) == 1 && values[i][0] == 1)
			}
		}
		return nil
	}
	if !refused(err) {
		return err
	}
	if len(checks) > 1 {
		for i := range checks {
			if err := a.judgeBatch(checks[i:i+1], names, args, rows, func(_, row int, good bool) { tell(i, row, good) }); err != nil {
				return err
			}
		}
		return nil
	}
	if rows > 1 {
		width := len(names)
		half := rows / 2
		if err := a.judgeBatch(checks, names, args[:half*width], half, tell); err != nil {
			return err
		}
		return a.judgeBatch(checks, names, args[half*width:], rows-half, func(check, row int, good bool) { tell(check, half+row, good) })
	}
	tell(0, 0, false)
	return nil
}

// refused tells whether the server refused a statement for what is in it, not for want of time or connection.
func refused(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && !strings.HasPrefix(e.Code, "08") && !strings.HasPrefix(e.Code, "53") && e.Code != "57P01" && e.Code != "57014"
}

// evaluate asks the server for the value of each check on each row, in the order of the rows.
func (a *assembly) evaluate(checks []tableCheck, names []string, args [][]byte, rows int) ([][][]byte, error) {
	var sql strings.Builder
	sql.WriteString("SELECT ")
	for i, c := range checks {
		if i > 0 {
			sql.WriteString(", ")
		}
		fmt.Fprintf(&sql, "((%s) IS NOT FALSE)", c.sql)
	}
	sql.WriteString(" FROM (VALUES ")
	types := make([]uint32, 0, len(args))
	formats := make([]int16, 0, len(args))
	for row := range rows {
		if row > 0 {
			sql.WriteString(", ")
		}
		fmt.Fprintf(&sql, "(%d", row)
		for _, name := range names {
			typ := a.puzzle.columns[name].typ
			oid, format, cast := typ.OID, int16(1), ""
			if a.out.Columns[name].Cast {
				oid, format, cast = textOID, 0, "::"+typ.Formatted
			}
			types, formats = append(types, oid), append(formats, format)
			fmt.Fprintf(&sql, ", $%d%s", len(types), cast)
		}
		sql.WriteString(")")
	}
	sql.WriteString(") AS " + schema.Quote(a.request.Table.Name) + "(\"row \"")
	for _, name := range names {
		sql.WriteString(", " + schema.Quote(name))
	}
	sql.WriteString(") ORDER BY \"row \"")
	return a.trials.query(a.ctx, sql.String(), args, types, formats)
}

// mend looks for rows that satisfy the checks that some rows fail, group by group.
func (a *assembly) mend(failing []tableCheck) error {
	for len(failing) > 0 {
		// The group of the first check, and every check that failed and has columns of that group.
		var g *assembled
		for _, candidate := range a.groups {
			if slices.ContainsFunc(failing[0].columns, func(name string) bool {
				return slices.Contains(candidate.names, name) && !a.puzzle.columns[name].given
			}) {
				g = candidate
				break
			}
		}
		if g == nil {
			a.fail("", failing[0].name, failing[0].definition, "the columns are made by keys, whose values do not satisfy it")
			failing = failing[1:]
			continue
		}
		var mine, rest []tableCheck
		for _, c := range failing {
			if slices.ContainsFunc(c.columns, func(name string) bool { return slices.Contains(g.names, name) }) {
				mine = append(mine, c)
			} else {
				rest = append(rest, c)
			}
		}
		if err := a.mendGroup(g, mine); err != nil {
			return err
		}
		failing = rest
	}
	return nil
}

// checksOf lists the checks that read a column of a group.
func (a *assembly) checksOf(g *assembled) []tableCheck {
	var out []tableCheck
	for _, c := range a.puzzle.checks {
		if c.sql != "" && a.judgeable(c) && slices.ContainsFunc(c.columns, func(name string) bool { return slices.Contains(g.names, name) }) {
			out = append(out, c)
		}
	}
	return out
}

// mendGroup keeps the rows of a group that satisfy its checks; where too few do it tries other combinations of values.
func (a *assembly) mendGroup(g *assembled, failing []tableCheck) error {
	checks := a.checksOf(g)
	distinct := slices.ContainsFunc(g.names, func(name string) bool { return a.puzzle.columns[name].wish.distinct && !a.puzzle.columns[name].given })
	wanted, limit := poolRows, trialRows
	if distinct {
		wanted = int(min(a.request.Rows, 200_000))
		limit = max(trialRows, 4*wanted)
	}
	given := slices.ContainsFunc(checks, func(c tableCheck) bool {
		return slices.ContainsFunc(c.columns, func(name string) bool { return a.puzzle.columns[name].given })
	})
	var pool []uint64
	tried := 0
	for size := 300; tried < limit && len(pool) < wanted; size = min(2*size, 4000) {
		rows := make([]uint64, min(size, limit-tried))
		for i := range rows {
			rows[i] = a.request.First + uint64(tried+i)
			if !distinct {
				rows[i] += 1 << 40 // rows that no table has
			}
		}
		if given {
			for i := range rows {
				rows[i] = a.request.First + uint64(tried+i)%max(1, a.request.Rows)
			}
		}
		verdicts, err := a.judge(checks, rows, nil)
		if err != nil {
			return err
		}
		for i, row := range rows {
			if good(verdicts, i) {
				pool = append(pool, row)
			}
		}
		tried += len(rows)
		if tried >= 1200 && len(pool) == 0 {
			break
		}
	}
	if len(pool) == tried {
		return nil // all of them: the sample that failed was of something else
	}
	if given {
		return a.explainFailure(g, failing)
	}
	full := pool
	if !distinct {
		full = a.withValues(pool, failing)
	}
	if len(full) >= wanted || !distinct && len(full) >= 20 {
		g.pool, g.inOrder, g.first = full, distinct, a.request.First
		a.remap(g)
		return nil
	}
	if !distinct {
		found, err := a.mine(g, checks)
		if err != nil || found {
			return err
		}
		if len(pool) > 0 {
			g.pool = pool
			a.remap(g)
			return nil
		}
	}
	return a.explainFailure(g, failing)
}

// withValues leaves most of the rows out that satisfy checks only because they have null in a column that may be null:
// those would be too many where few values satisfy a check.
func (a *assembly) withValues(pool []uint64, checks []tableCheck) []uint64 {
	var names []string
	for _, c := range checks {
		names = append(names, c.columns...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	nulls := make([]int, len(pool))
	fewest := len(names)
	for i, row := range pool {
		for _, name := range names {
			if _, null := a.value(name, row); null {
				nulls[i]++
			}
		}
		fewest = min(fewest, nulls[i])
	}
	if fewest == len(names) && fewest > 0 {
		return nil // nothing but nulls
	}
	var out, rest []uint64
	for i, row := range pool {
		if nulls[i] == fewest {
			out = append(out, row)
		} else {
			rest = append(rest, row)
		}
	}
	return append(out, rest[:min(len(rest), len(out)/8)]...)
}

func good(verdicts []verdict, row int) bool {
	return !slices.ContainsFunc(verdicts, func(v verdict) bool { return !v.rows[row] })
}

// remap lets the columns of a group take the values of the group's good rows.
func (a *assembly) remap(g *assembled) {
	for place, name := range g.names {
		made, ok := a.out.Columns[name]
		if !ok {
			continue
		}
		made.Generator = &groupColumn{g.group, place}
		made.From += ", those that satisfy the checks"
		a.out.Columns[name] = made
	}
}

func (a *assembly) explainFailure(_ *assembled, failing []tableCheck) error {
	for _, c := range failing {
		a.fail("", c.name, c.definition, "none of the values tried satisfies it")
	}
	return nil
}
