package seed

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value"
)

// agreeRows is of how many rows of a table agreement is sought: what each of them is unique in is kept in memory.
const agreeRows = 1_000_000

const (
	agreeBatch   = 10_000 // rows that the server looks at in one statement
	agreeRounds  = 40     // in which other choices are tried for rows that break a demand
	agreeOptions = 12     // that are tried for such a row in a round, at most
)

// nullChoice is the choice of an atom to be null.
const nullChoice = noRow - 1

// agreement gives rows other parents or values where those that the layout chose for them break a demand. The server
// evaluates the demands, on a temporary table like the one that is filled. What was changed is kept, and depends on nothing but
// the seed.
type agreement struct {
	l       *layout
	conn    *pgx.Conn
	demands []demand
	atoms   []*atom // whose choices may change
	free    []string
	redraws map[uint64]uint64 // row -> the row whose values its free columns take

	stage  *TablePlan // the columns that the demands read
	seen   []map[uint64]struct{}
	stream random.Stream
}

// brokenRow is a row that breaks demands.
type brokenRow struct {
	row    uint64
	broken []int // of the demands
}

// change is another choice for a row: an index for each atom, noRow where it stays, nullChoice where it has none, and a row for
// the free columns, 0 if they stay.
type change struct {
	picks  []uint32
	redraw uint64
}

// agree looks for rows that break a demand, and for other choices for them. It returns how many rows keep all demands, and
// one that the others break.
func (p *Plan) agree(ctx context.Context, trial *pgx.Conn, l *layout, solution *value.Solution) (kept uint64, blame *demand, err error) {
	a := &agreement{l: l, conn: trial, redraws: map[uint64]uint64{}, stream: l.random("agreement")}
	a.demands = slices.DeleteFunc(l.demands(solution), func(d demand) bool { return !l.table.knows(d.columns) })
	if !slices.ContainsFunc(a.demands, func(d demand) bool { return d.open }) || l.rows > agreeRows {
		return l.rows, nil, nil
	}
	for _, at := range l.atoms {
		if l.mayChange(at) || l.mayLeave(at) {
			a.atoms = append(a.atoms, at)
		}
	}
	for _, c := range l.table.table.Columns {
		if made, ok := solution.Columns[c.Name]; ok && made.Free && made.Nulls < 1 && !l.keptBy(c.Name) {
			a.free = append(a.free, c.Name)
		}
	}
	tx, err := trial.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadWrite})
	if err != nil {
		return l.rows, nil, ctx.Err() // a standby, say: the load itself will tell
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = tx.Rollback(ctx)
	}()
	if err := l.table.stageLookups(ctx, trial); err != nil {
		return l.rows, nil, ctx.Err()
	}
	a.wrap()
	p.finish(l.table)
	if err := a.prepare(ctx); err != nil {
		return l.rows, nil, ctx.Err()
	}
	broken, err := a.all(ctx)
	if err != nil {
		return l.rows, nil, ctx.Err()
	}
	if len(broken) > 0 {
		blame = &a.demands[broken[0].broken[0]]
	}
	return l.rows - uint64(len(broken)), blame, nil
}

// settleAgreement seeks agreement for the rows of a table that has been laid out. Where some rows are left that break a demand,
// it says that the table is to be laid out again: keeping to what each set can keep alone, or with fewer rows.
func (p *Plan) settleAgreement(ctx context.Context, trial *pgx.Conn, l *layout, solution *value.Solution) (again bool, err error) {
	for _, d := range l.demands(solution) {
		if !d.open || l.table.knows(d.columns) {
			continue
		}
		// It reads values that are known later only, since foreign keys go round in a circle.
		if d.unique && len(l.loose) > 0 {
			l.strict = true
			return true, nil
		}
		for _, u := range solution.Demands {
			if u.Constraint == d.name {
				l.unsolved(u)
			}
		}
	}
	kept, blame, err := p.agree(ctx, trial, l, solution)
	if err != nil || blame == nil {
		return false, err
	}
	l.tries++
	switch {
	case len(l.loose) > 0 && kept < l.rows/2 && l.loosely == 0:
		l.loosely, l.strict = max(1, kept), true
		return true, nil
	case l.strict && l.loosely > 0: // it was better before
		l.strict, kept = false, l.loosely
	case kept == 0 || l.tries > 20:
		l.fail(&Unfillable{
			Table: l.table.Table, Constraint: blame.name, Definition: blame.definition, Reason: "no other choice of parents or values was found for rows that break it",
			Advice: "give the tables that it references more rows",
		})
		return false, nil
	case l.tries > 6:
		kept = max(1, kept/4*3)
	}
	if note := "more rows would break " + schema.Quote(blame.name); !slices.Contains(l.notes, note) {
		l.notes = append(l.notes, note)
	}
	l.table.Rows = kept
	return true, nil
}

// mayChange tells whether a row may make another choice of an atom than the layout's, by itself.
func (l *layout) mayChange(a *atom) bool {
	if a.sole || a.per != nil || a.pick == nil || a.size < 2 || a.size >= nullChoice {
		return false
	}
	if slices.ContainsFunc(l.slots, func(e *exclusion) bool { return a.ref != nil && e.anchor == a.ref.key }) {
		return false // a row's place among those of the same parent counts
	}
	return !slices.ContainsFunc(l.atoms, func(b *atom) bool {
		return a != b && slices.ContainsFunc(a.columns(), func(name string) bool { return slices.Contains(b.columns(), name) })
	}) && (a.ref == nil || !slices.ContainsFunc(a.ref.key.Columns, func(name string) bool { return l.table.supply[name] != a.ref }))
}

// mayLeave tells whether a row may leave an atom null that is not.
func (l *layout) mayLeave(a *atom) bool {
	if a.ref == nil || a.per != nil || a.pick == nil || len(a.ref.nulls) == 0 {
		return false
	}
	return !slices.ContainsFunc(a.ref.key.Columns, func(name string) bool { return !slices.Contains(a.ref.nulls, name) && l.table.supply[name] == a.ref })
}

// wrap lets the choices be changed.
func (a *agreement) wrap() {
	for _, at := range a.atoms {
		at.changed = map[uint64]uint32{}
		chosen := at.pick
		at.pick = func(row uint64) (uint64, bool) {
			if i, ok := at.changed[row]; ok {
				return uint64(i), i != nullChoice
			}
			return chosen(row)
		}
	}
	for _, name := range a.free {
		a.l.table.source.set(name, &redrawn{a.l.table.source.columns[name].Generator, a.redraws})
	}
}

// redrawn lets some rows take the values of others.
type redrawn struct {
	value.Generator
	rows map[uint64]uint64
}

// Append implements value.Generator.
func (r *redrawn) Append(dst []byte, row uint64) ([]byte, bool) { return r.AppendWith(nil, dst, row) }

// AppendWith implements value.Rememberer.
func (r *redrawn) AppendWith(m *value.Memory, dst []byte, row uint64) ([]byte, bool) {
	if other, ok := r.rows[row]; ok {
		row = other
	}
	return value.AppendWith(m, r.Generator, dst, row)
}

// all looks at all rows, and has others choices tried for those that break a demand before it looks at those after them: the
// first rows of a tree have few choices, which later ones must leave them. It returns the rows for which none was found.
func (a *agreement) all(ctx context.Context) ([]brokenRow, error) {
	var left []brokenRow
	l := a.l
	size := uint64(64)
	for start := uint64(0); start < l.rows; start, size = start+size, min(2*size, agreeBatch) {
		rows := make([]uint64, min(size, l.rows-start))
		for i := range rows {
			rows[i] = l.table.first + start + uint64(i)
		}
		verdicts, err := a.judge(ctx, len(rows), func(dst []byte, i int) []byte { return a.stage.encoder.appendRow(nil, dst, rows[i]) })
		if err != nil {
			return nil, err
		}
		var broken []brokenRow
		for i, row := range rows {
			if by := a.breaks(verdicts[i]); len(by) > 0 {
				broken = append(broken, brokenRow{row, by})
			} else {
				a.note(verdicts[i])
			}
		}
		found := true
		for round := uint64(0); len(broken) > 0 && (found || round < agreeRounds/4) && round < agreeRounds; round++ {
			before := len(broken)
			if broken, err = a.again(ctx, broken, round); err != nil {
				return nil, err
			}
			found = len(broken) < before
		}
		left = append(left, broken...)
	}
	return left, nil
}

// again tries other choices for rows, and returns those for which none was found.
func (a *agreement) again(ctx context.Context, broken []brokenRow, round uint64) ([]brokenRow, error) {
	options := max(1, min(agreeOptions, agreeBatch/len(broken)))
	var left []brokenRow
	for part := range slices.Chunk(broken, agreeBatch/options) {
		changes := make([]change, 0, len(part)*options)
		for _, b := range part {
			r := a.stream.At(b.row + round<<44)
			for range options {
				changes = append(changes, a.another(b, &r))
			}
		}
		verdicts, err := a.judge(ctx, len(changes), func(dst []byte, i int) []byte {
			row := part[i/options].row
			undo := a.apply(row, changes[i])
			dst = a.stage.encoder.appendRow(nil, dst, row)
			undo()
			return dst
		})
		if err != nil {
			return nil, err
		}
		for i, b := range part {
			found := false
			for k := i * options; k < (i+1)*options && !found; k++ {
				by := a.breaks(verdicts[k])
				if found = len(by) == 0; found {
					a.apply(b.row, changes[k])
					a.note(verdicts[k])
				} else if k == i*options {
					b.broken = append(slices.Clone(b.broken), by...)
				}
			}
			if !found {
				slices.Sort(b.broken)
				b.broken = slices.Compact(b.broken)
				left = append(left, b)
			}
		}
	}
	return left, nil
}

// another makes other choices for a row, of what the demands that it breaks read: of one thing, or of several.
func (a *agreement) another(b brokenRow, r *random.Source) change {
	reads := func(columns []string) bool {
		return slices.ContainsFunc(b.broken, func(i int) bool {
			return slices.ContainsFunc(columns, func(name string) bool { return a.reads(i, name) })
		})
	}
	c := change{picks: slices.Repeat([]uint32{noRow}, len(a.atoms))}
	var options []int
	for i, at := range a.atoms {
		if reads(at.columns()) && (a.choices(at, b.row) > 0 || a.l.mayLeave(at)) {
			options = append(options, i)
		}
	}
	if reads(a.free) {
		options = append(options, len(a.atoms))
	}
	if len(options) == 0 {
		return c
	}
	one, some := r.Below(uint64(len(options))), r.Below(2) == 0
	for at, i := range options {
		switch {
		case uint64(at) != one && (!some || r.Below(2) == 0):
		case i == len(a.atoms):
			c.redraw = 1<<41 + r.Below(1<<40)
		case a.l.mayLeave(a.atoms[i]) && (r.Below(8) == 0 || !a.l.mayChange(a.atoms[i]) || a.choices(a.atoms[i], b.row) == 0):
			c.picks[i] = nullChoice
		default:
			if ref := a.atoms[i].ref; ref != nil && ref.self {
				index, _ := ref.before(b.row, a.l.table.first, r)
				c.picks[i] = uint32(index)
			} else {
				c.picks[i] = uint32(r.Below(a.choices(a.atoms[i], b.row)))
			}
		}
	}
	return c
}

// reads tells whether a demand depends on a column, be it through a generated one.
func (a *agreement) reads(demand int, name string) bool {
	table := a.l.table.table
	return slices.ContainsFunc(a.demands[demand].columns, func(read string) bool {
		if read == name {
			return true
		}
		c := table.Column(read)
		return c != nil && c.Generated != "" && slices.Contains(columnsIn(table, c.Generated), name)
	})
}

// choices is how many choices a row has of an atom; of the table's own rows, those before it.
func (a *agreement) choices(at *atom, row uint64) uint64 {
	if at.ref != nil && at.ref.self {
		return row - a.l.table.first + at.ref.source.there
	}
	return at.size
}

// apply changes a row's choices.
func (a *agreement) apply(row uint64, c change) (undo func()) {
	before := make([]uint32, len(a.atoms))
	had := make([]bool, len(a.atoms))
	for i, at := range a.atoms {
		before[i], had[i] = at.changed[row]
		if c.picks[i] != noRow {
			at.changed[row] = c.picks[i]
		}
	}
	redraw, drawn := a.redraws[row]
	if c.redraw != 0 {
		a.redraws[row] = c.redraw
	}
	return func() {
		for i, at := range a.atoms {
			if delete(at.changed, row); had[i] {
				at.changed[row] = before[i]
			}
		}
		if delete(a.redraws, row); drawn {
			a.redraws[row] = redraw
		}
	}
}
