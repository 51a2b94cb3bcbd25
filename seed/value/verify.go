package value

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/schema"
)

const (
	sampleRows    = 48   // on which a finished table is tried,
	sampleMore    = 400  // and where columns depend on each other
	poolRows      = 1000 // good rows that are kept where only some are
	trialRows     = 6000 // rows that are looked at for them
	maxParameters = 30_000
	maxRefusals   = 3000 // evaluations that raise an error, in one table
)

// Checks may call functions that take long. After patience, no more of the usual values are tried on those of a table, and
// after three times as long none at all.
const patience = 5 * time.Second

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
	for i := uint64(1); i < 200 && (null && wanted == NotNull || !null && accept != nil && !accept(v)); i++ {
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
	most := max(1, min(len(rows), maxParameters/max(1, len(names))))
	for start, end := 0, 0; start < len(rows); start = end {
		end = min(len(rows), start+a.atOnce(most))
		if a.spent > 3*patience {
			for i := range checks {
				out[i].bad += len(rows) - start
			}
			break
		}
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
		started := time.Now()
		if err := a.judgeBatch(checks, names, args, end-start, func(check, row int, good bool) {
			if out[check].rows[start+row] = good; !good {
				out[check].bad++
			}
		}); err != nil {
			return nil, err
		}
		a.spent += time.Since(started)
		a.judged += end - start
	}
	return out, nil
}

// atOnce is how many rows the server is asked about at once, of most that could be: as many as it judges in about a second.
func (a *assembly) atOnce(most int) int {
	if a.spent < time.Second {
		return most
	}
	return max(1, min(most, int(float64(a.judged)/a.spent.Seconds())))
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
	if slow := tookTooLong(err); slow && (rows == 1 || a.spent > patience) {
		for row := range rows {
			for i := range checks {
				tell(i, row, false)
			}
		}
		return nil
	} else if !slow && !refused(err) {
		return err
	}
	a.refusals++
	if len(checks) > 1 {
		for i := range checks {
			if err := a.judgeBatch(checks[i:i+1], names, args, rows, func(_, row int, good bool) { tell(i, row, good) }); err != nil {
				return err
			}
		}
		return nil
	}
	if !ofData(err) && !tookTooLong(err) {
		// The server cannot evaluate it for any values, for want of a right or a function, say: the load will show.
		for row := range rows {
			tell(0, row, true)
		}
		return nil
	}
	if rows > 1 && a.refusals > maxRefusals {
		for row := range rows {
			tell(0, row, false)
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

// tookTooLong tells whether the server gave a statement up when its time was over. A statement that the user cancelled ends
// with another error, that of the context.
func tookTooLong(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "57014"
}

// ofData tells whether an error is about the values: a data exception, a violated constraint, an error that a function
// raised. Functions in C that are not PostgreSQL's own seldom say what kind theirs is: XX000.
func ofData(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "23") || strings.HasPrefix(e.Code, "P0") ||
		strings.HasPrefix(e.Code, "38") || strings.HasPrefix(e.Code, "2F") || e.Code == "XX000")
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

// cluster is groups that failing checks tie together: they are mended as one.
type cluster struct {
	groups []*assembled
	names  []string // of the columns, those that are not given
}

// mend looks for rows that satisfy the checks that some rows fail, cluster by cluster.
func (a *assembly) mend(failing []tableCheck, bad map[string]bool) error {
	for len(failing) > 0 {
		c := a.cluster(failing)
		if len(c.names) == 0 {
			if err := a.confirm(failing[0]); err != nil {
				return err
			}
			failing = failing[1:]
			continue
		}
		var mine, rest []tableCheck
		for _, check := range failing {
			if c.reads(check) {
				mine = append(mine, check)
			} else {
				rest = append(rest, check)
			}
		}
		broken := slices.ContainsFunc(mine, func(check tableCheck) bool { return bad[check.name] })
		if err := a.mendCluster(c, mine, broken); err != nil {
			return err
		}
		failing = rest
	}
	return nil
}

// confirm fails a check that reads given columns alone if some of many rows do not satisfy it.
func (a *assembly) confirm(check tableCheck) error {
	rows := make([]uint64, min(trialRows, max(1, a.request.Rows)))
	for i := range rows {
		rows[i] = a.request.First + uint64(i)
	}
	verdicts, err := a.judge([]tableCheck{check}, rows, nil)
	if err == nil && verdicts[0].bad > 0 {
		a.demand(check, "the columns are made by keys, whose values do not satisfy it")
	}
	return err
}

// cluster gathers the groups of the first check, and of every other one that reads a column of theirs.
func (a *assembly) cluster(failing []tableCheck) *cluster {
	c := &cluster{}
	queue := slices.Clone(failing[:1])
	done := map[string]bool{}
	for len(queue) > 0 {
		check := queue[0]
		queue = queue[1:]
		if done[check.name] {
			continue
		}
		done[check.name] = true
		for _, g := range a.groups {
			own := slices.ContainsFunc(check.columns, func(name string) bool {
				return slices.Contains(g.names, name) && !a.puzzle.columns[name].given
			})
			if !own || slices.Contains(c.groups, g) {
				continue
			}
			c.groups = append(c.groups, g)
			for _, name := range g.names {
				if pc := a.puzzle.columns[name]; !pc.given && pc.column != nil {
					c.names = append(c.names, name)
				}
			}
		}
		for _, other := range failing {
			if c.reads(other) && !done[other.name] {
				queue = append(queue, other)
			}
		}
	}
	return c
}

func (c *cluster) reads(check tableCheck) bool {
	return slices.ContainsFunc(check.columns, func(name string) bool { return slices.Contains(c.names, name) })
}

// checksOf lists the checks that read a column of a cluster.
func (a *assembly) checksOf(c *cluster) []tableCheck {
	var out []tableCheck
	for _, check := range a.puzzle.checks {
		if check.sql != "" && a.judgeable(check) && c.reads(check) {
			out = append(out, check)
		}
	}
	return out
}

// mendCluster keeps the rows of a cluster that satisfy its checks; where too few do it tries other combinations of values.
// broken says that some row is known to fail.
func (a *assembly) mendCluster(c *cluster, failing []tableCheck, broken bool) error {
	checks := a.checksOf(c)
	distinct := slices.ContainsFunc(c.names, func(name string) bool { return a.puzzle.columns[name].wish.distinct })
	wanted, limit := poolRows, trialRows
	if distinct {
		wanted = int(min(a.request.Rows, 200_000))
		limit = max(trialRows, 4*wanted)
	}
	given := slices.ContainsFunc(checks, func(check tableCheck) bool {
		return slices.ContainsFunc(check.columns, func(name string) bool { return a.puzzle.columns[name].given })
	})
	pool, tried, err := a.goodRows(checks, wanted, limit, distinct, given)
	if err != nil {
		return err
	}
	if len(pool) == tried && !broken {
		return nil // what was not understood lets everything through
	}
	if given || distinct && len(pool) < wanted {
		if kept, err := a.keepScenarios(c, checks); err != nil || kept {
			return err
		}
	}
	if given {
		if restyled, err := a.restyle(c, checks); err != nil || restyled {
			return err
		}
		for _, check := range failing {
			a.demand(check, "none of the values tried satisfies it")
		}
		return nil
	}
	full := pool
	if !distinct {
		full = a.withValues(pool, failing)
	}
	if len(full) >= wanted || !distinct && len(full) >= 20 {
		a.remap(c, full, distinct)
		return nil
	}
	if !distinct {
		found, err := a.mine(c, checks)
		if err != nil || found {
			return err
		}
		if len(pool) > 0 {
			a.remap(c, pool, false)
			return nil
		}
	}
	if restyled, err := a.restyle(c, checks); err != nil || restyled {
		return err
	}
	return a.explainFailure(failing)
}

// goodRows looks at rows until enough of them satisfy the checks.
func (a *assembly) goodRows(checks []tableCheck, wanted, limit int, distinct, given bool) (pool []uint64, tried int, err error) {
	for size := 300; tried < limit && len(pool) < wanted && a.spent < patience; size = min(2*size, 4000) {
		rows := make([]uint64, min(size, limit-tried))
		for i := range rows {
			switch at := uint64(tried + i); {
			case given:
				rows[i] = a.request.First + at%max(1, a.request.Rows)
			case distinct:
				rows[i] = a.request.First + at
			default:
				rows[i] = a.request.First + at + 1<<40 // rows that no table has
			}
		}
		verdicts, err := a.judge(checks, rows, nil)
		if err != nil {
			return nil, 0, err
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
	return pool, tried, nil
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

// remap lets the columns of a cluster take the values of good rows, all of the same one in a row.
func (a *assembly) remap(c *cluster, pool []uint64, inOrder bool) {
	for _, g := range c.groups {
		g.pool, g.inOrder, g.first, g.stream = pool, inOrder, a.request.First, c.groups[0].stream
		for place, name := range g.names {
			a.republish(g.group, place, name, "")
		}
	}
}

// republish lets a column be made by a group after all, because the group was mended.
func (a *assembly) republish(g *group, place int, name, from string) {
	pc := a.puzzle.columns[name]
	made, ok := a.out.Columns[name]
	if pc.column == nil || pc.given || !ok && from == "" {
		return
	}
	made.Generator = &groupColumn{g, place}
	if !ok {
		made = Column{Generator: made.Generator, From: from, Width: 16}
	} else {
		made.From += ", those that satisfy the checks"
	}
	a.out.Columns[name] = made
}

// demand leaves a check that given columns fail to the engine.
func (a *assembly) demand(check tableCheck, reason string) {
	unsolved := a.out.Unsolved
	a.out.Unsolved = nil
	a.fail("", check.name, check.definition, reason)
	a.out.Demands = append(a.out.Demands, a.out.Unsolved...)
	a.out.Unsolved = unsolved
}

func (a *assembly) explainFailure(failing []tableCheck) error {
	reason := "none of the values tried satisfies it"
	if a.spent > patience {
		reason += fmt.Sprintf("; the server took %s for %d of them, then no more were tried", a.spent.Round(time.Second), a.judged)
	}
	for _, c := range failing {
		a.fail("", c.name, c.definition, reason)
	}
	return nil
}
