package seed

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/allocation"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value"
)

// tabulateLimit bounds the choices that tabulate keeps in memory, four bytes each.
const tabulateLimit = 64 << 20

// noRow stands for null in a table of choices.
const noRow = math.MaxUint32

// search finds, row by row, choices for atoms that several constraints tie together: foreign keys that share columns,
// sets that overlap, columns that must be smaller than others. The choices are kept. It is deterministic.
type search struct {
	l         *layout
	atoms     []*searched
	sets      []*searchedSet
	relations []value.Relation
	ids       map[string]map[string]uint32 // column -> value -> number
	choices   [][]uint32                   // by atom, row
	bound     map[string]uint32            // column -> number of the value of the row at hand
	owner     map[string]int               // column -> atom that bound it
	promised  map[string]uint32            // column -> number of the value that was promised of the row at hand
}

// searched is an atom with what the search needs to know.
type searched struct {
	*atom
	shared []string               // columns that an earlier atom binds
	own    []string               // columns that this one binds
	values map[string][]uint32    // column -> number of its value at each index
	index  map[uint64][]uint32    // values of shared -> indexes that have them; nil if nothing is shared
	self   bool                   // its rows are the table's own
	shares *allocation.Allocation // who gets which rows, where that is said; nil: any
	may    bool                   // may be null
	// Of a foreign key to a table that is planned later: what that table's rows are promised to have.
	promises []string
	note     func(row, parent uint64)
	engaged  map[uint32]bool // rows that something was promised of
	next     uint32          // all rows before are engaged
	// masks are indexes like index, by shared columns and those of which something is promised in a row.
	masks map[string]map[uint64][]uint32
}

type searchedSet struct {
	uniqueSet
	whole []int    // atoms that are part of it with all of their columns
	rest  []string // other columns of it that atoms bind
	taken map[uint64]struct{}
}

// tabulate lays out a component by searching. If it finds no choice for some row, the table gets no more rows.
func (l *layout) tabulate(ctx context.Context, c component, relations []value.Relation) error {
	if l.rows*uint64(len(c.atoms)) > tabulateLimit {
		l.fail(&Unfillable{
			Table: l.table.Table, Constraint: c.name(), Reason: "its keys are tied together in a way that takes memory for every row",
			Advice: fmt.Sprintf("ask for at most %d rows", tabulateLimit/len(c.atoms)),
		})
		return nil
	}
	// Every set that its atoms take part in counts, also one that a single atom could have made unique alone.
	for _, a := range c.atoms {
		a.pick, a.sole = nil, false
	}
	for _, u := range uniqueSets(l.table.table, l.excluded...) {
		if !l.settled(&u) && !slices.ContainsFunc(c.sets, func(v uniqueSet) bool { return v.name == u.name }) &&
			slices.ContainsFunc(u.columns, func(name string) bool {
				return slices.Contains(l.atoms, l.atomOf(name)) && slices.Contains(c.atoms, l.atomOf(name))
			}) {
			c.sets = append(c.sets, u)
		}
	}
	s := &search{l: l, relations: relations, ids: map[string]map[string]uint32{}, bound: map[string]uint32{}, owner: map[string]int{}}
	if !s.arrange(c) {
		return nil
	}
	for _, set := range s.sets {
		if err := s.claim(ctx, set); err != nil {
			return err
		}
	}
	stream := l.random("search " + c.name())
	for row := range l.rows {
		if row&0xfff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		s.recall(l.table.first + row)
		if !s.row(row, stream.At(l.table.first+row)) {
			if row == 0 && l.table.first == 0 {
				if err := l.askCommon(ctx, c); err != nil {
					return err
				}
				l.fail(&Unfillable{
					Table: l.table.Table, Constraint: c.name(), Reason: "no row satisfies the foreign keys and unique constraints over " + names(c.atoms) + " together",
					Advice: "give the tables that it references more rows",
				})
			}
			for _, a := range c.atoms {
				if a.per != nil {
					l.plan.misfit(a.per.Line, "rows_per %s: %s rows each leave no combination that the keys over %s allow for row %d", a.per.Parent, a.per.Range, names(c.atoms), row+1)
				}
			}
			l.lower(row, "no more combinations of %s satisfy its keys", joined(c.atoms))
			break
		}
	}
	first := l.table.first
	for i, a := range s.atoms {
		choices := s.choices[i]
		a.pick = func(row uint64) (uint64, bool) {
			choice := choices[(row-first)%uint64(len(choices))]
			return uint64(choice), choice != noRow
		}
		l.explain(a.atom, "searched, to agree with "+names(slices.DeleteFunc(slices.Clone(c.atoms), func(b *atom) bool { return b == a.atom })))
	}
	return nil
}

func (c component) name() string {
	for _, a := range c.atoms {
		if a.ref != nil {
			return a.ref.key.Name
		}
	}
	return c.sets[0].name
}

// row finds choices for the next row: some at random, then all in turn.
func (s *search) row(row uint64, r random.Source) bool {
	for range 32 {
		if s.try(row, 0, &r, 1, new(int)) {
			return true
		}
	}
	budget := 200_000
	return s.try(row, 0, &r, math.MaxInt, &budget)
}

// try chooses for atom i and those after it, at most some alternatives for each.
func (s *search) try(row uint64, i int, r *random.Source, alternatives int, budget *int) bool {
	if i == len(s.atoms) {
		return s.accept(row)
	}
	x := s.atoms[i]
	candidates, all := s.candidates(x, row)
	if x.promises != nil {
		candidates, all = s.engageable(x, row, r, alternatives == 1), false
	}
	count := uint64(len(candidates))
	if all {
		count = x.size
		if x.self {
			count = x.ref.source.there + row
		}
	}
	start := r.Below(count)
	for n := uint64(0); n < count && n < uint64(alternatives); n++ {
		if *budget--; *budget < 0 && alternatives > 1 {
			return false
		}
		place := (start + n) % count
		choice := uint32(place)
		switch {
		case !all:
			choice = candidates[place]
		case x.self && place < x.ref.source.there:
			choice += selfExisting
		case x.self:
			choice += uint32(s.l.table.first - x.ref.source.there)
		}
		s.choices[i][row] = choice
		for _, name := range x.own {
			if values := x.values[name]; values != nil {
				s.bound[name] = values[choice]
			} else if x.self || x.promises != nil { // a number of its own for each row: columns of keys differ from row to row
				s.bound[name] = choice
			} else {
				delete(s.bound, name)
			}
		}
		if s.holds(row, i) && s.try(row, i+1, r, alternatives, budget) {
			return true
		}
	}
	if x.self && !x.may {
		// Nothing else is there: the row refers to itself.
		s.choices[i][row] = uint32(s.l.table.first + row)
		return s.try(row, i+1, r, alternatives, budget)
	}
	if x.may && (count == 0 || alternatives > 1) && !s.promises(x) { // null is what is left when nothing else will do
		s.choices[i][row] = noRow
		for _, name := range x.own {
			s.bound[name] = noRow
		}
		return s.try(row, i+1, r, alternatives, budget)
	}
	return false
}

// candidates lists the indexes of an atom that agree with what is bound, or says that all do.
func (s *search) candidates(x *searched, row uint64) (list []uint32, all bool) {
	if x.shares != nil {
		parent, _ := x.shares.At(row)
		return []uint32{uint32(parent)}, false
	}
	if s.promises(x) {
		return s.masked(x), false
	}
	if len(x.shared) == 0 {
		return nil, true
	}
	key, open := s.sharedKey(x)
	if open {
		return nil, false
	}
	return x.index[key], false
}

func (s *search) sharedKey(x *searched) (key uint64, null bool) {
	for _, name := range x.shared {
		id := s.bound[name]
		if id == noRow {
			return 0, true
		}
		key = mixed(key, id)
	}
	return key, false
}

// accept checks the unique sets and takes the row.
func (s *search) accept(row uint64) bool {
	keys := make([]uint64, len(s.sets))
	skip := make([]bool, len(s.sets))
	for i, set := range s.sets {
		key := uint64(0)
		for _, a := range set.whole {
			choice := s.choices[a][row]
			skip[i] = skip[i] || choice == noRow && !set.notDistinct
			key = mixed(key, choice)
		}
		for _, name := range set.rest {
			id := s.bound[name]
			skip[i] = skip[i] || id == noRow && !set.notDistinct
			key = mixedValue(key, id)
		}
		if _, taken := set.taken[key]; taken && !skip[i] {
			return false
		}
		keys[i] = key
	}
	for i, set := range s.sets {
		if !skip[i] {
			set.taken[keys[i]] = struct{}{}
		}
	}
	for i, x := range s.atoms {
		if x.promises != nil {
			s.engage(x, row, s.choices[i][row])
		}
		if !x.self || len(x.shared) == 0 {
			continue
		}
		// From now on the row can be referred to, by rows that have the same values in the shared columns. Those pair up
		// with the columns of the same name in nearly every schema; others are looked up in what is bound.
		key, null := uint64(0), false
		for _, name := range x.shared {
			referenced := x.ref.key.ReferencedColumns[slices.Index(x.ref.key.Columns, name)]
			id, known := s.bound[referenced]
			null = null || !known || id == noRow
			key = mixed(key, id)
		}
		if !null {
			x.index[key] = append(x.index[key], uint32(s.l.table.first+row))
		}
	}
	return true
}

// holds checks the relations between columns that are bound by atom i and before.
func (s *search) holds(row uint64, i int) bool {
	for _, r := range s.relations {
		left, okLeft := s.owner[r.Left]
		right, okRight := s.owner[r.Right]
		if !okLeft || !okRight || left > i || right > i || left != i && right != i {
			continue
		}
		a, nullA := s.bytes(left, r.Left, row)
		b, nullB := s.bytes(right, r.Right, row)
		if nullA || nullB {
			continue
		}
		c := compare(s.l.table.table.Column(r.Left), a, b)
		holds := map[string]bool{"<>": c != 0, "!=": c != 0, "=": c == 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}
		if ok, known := holds[r.Operator]; known && !ok {
			return false
		}
	}
	return true
}

// bytes gives the value of a column that an atom binds in a row.
func (s *search) bytes(i int, name string, row uint64) (b []byte, null bool) {
	x, choice := s.atoms[i], s.choices[i][row]
	if choice == noRow {
		return nil, true
	}
	if x.ref == nil {
		return x.domain.Append(nil, uint64(choice)), false
	}
	referenced := x.ref.key.ReferencedColumns[slices.Index(x.ref.key.Columns, name)]
	g := x.ref.source.generator(referenced)
	if g == nil {
		if x.self {
			return binary.BigEndian.AppendUint64(nil, uint64(choice)), false
		}
		return nil, true
	}
	return converted(s.l.plan.db, g, x.ref.parent.table.Column(referenced), s.l.table.table.Column(name)).Append(nil, x.ref.at(uint64(choice)))
}

// compare orders two values in binary form: whole numbers and what is stored as one by value, the rest byte by byte.
func compare(c *schema.Column, a, b []byte) int {
	if len(a) == len(b) && len(a) > 0 && len(a) <= 8 && !isText(c) {
		// Two's complement: the sign bit turned over makes the order that of bytes.
		a, b = slices.Clone(a), slices.Clone(b)
		a[0] ^= 0x80
		b[0] ^= 0x80
	}
	return bytes.Compare(a, b)
}

func isText(c *schema.Column) bool {
	switch {
	case c.Type == "text", len(c.Type) >= 9 && c.Type[:9] == "character":
		return true
	}
	return false
}
