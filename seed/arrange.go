package seed

import "slices"

// arrange orders the atoms and numbers the values of the columns that matter.
func (s *search) arrange(c component) bool {
	matters := map[string]int{}
	for _, a := range c.atoms {
		for _, name := range a.columns() {
			matters[name]++
		}
	}
	inRelation := map[string]bool{}
	for _, r := range s.relations {
		inRelation[r.Left], inRelation[r.Right] = true, true
	}
	// The widest foreign keys first, as they bind the most; those to the table itself last, as they look at rows before.
	atoms := slices.Clone(c.atoms)
	slices.SortStableFunc(atoms, func(a, b *atom) int { return s.weight(b) - s.weight(a) })
	for i, a := range atoms {
		x := &searched{atom: a, values: map[string][]uint32{}, self: a.ref != nil && a.ref.parent == s.l.table}
		x.may = a.ref != nil && len(a.ref.nulls) > 0 && a.per == nil
		if a.per != nil {
			x.shares, _ = s.l.shares(a, s.l.random("search "+a.name()), 0, 0)
		}
		for _, name := range a.columns() {
			if _, bound := s.owner[name]; bound {
				x.shared = append(x.shared, name)
			} else {
				x.own = append(x.own, name)
				s.owner[name] = i
			}
		}
		// Columns that must be there have no value where the key is null and nothing else gives them one.
		x.may = x.may && containsAll(a.ref.nulls, x.own)
		s.atoms = append(s.atoms, x)
		s.choices = append(s.choices, make([]uint32, s.l.rows))
		if x.self {
			s.indexExisting(x)
			continue
		}
		if names := s.l.promises(a); len(names) > 0 {
			s.prepare(x, names)
			continue
		}
		if x.size >= noRow {
			s.unknown(x)
			return false
		}
		for _, name := range a.columns() {
			partial := slices.ContainsFunc(c.sets, func(u uniqueSet) bool {
				return slices.Contains(u.columns, name) && (!containsAll(u.columns, a.columns()) || s.l.table.first > 0)
			})
			if matters[name] > 1 || inRelation[name] || partial || s.l.table.promised.of([]string{name}) || a.ref != nil && s.selfShares(c, name) {
				if !s.number(x, name) {
					s.unknown(x)
					return false
				}
			}
		}
		if len(x.shared) > 0 {
			x.index = x.indexBy(x.shared)
		}
	}
	for _, u := range c.sets {
		set := &searchedSet{uniqueSet: u, taken: map[uint64]struct{}{}}
		covered := map[string]bool{}
		for i, x := range s.atoms {
			// Beside rows that were there before, the values themselves are compared, not the choices.
			if containsAll(u.columns, x.columns()) && !x.self && s.l.table.first == 0 {
				set.whole = append(set.whole, i)
				for _, name := range x.columns() {
					covered[name] = true
				}
			}
		}
		for _, name := range u.columns {
			if _, bound := s.owner[name]; bound && !covered[name] {
				set.rest = append(set.rest, name)
			}
		}
		s.sets = append(s.sets, set)
	}
	return true
}

// indexExisting finds the rows that were there before, of a table that references itself, by the values of the columns that
// the foreign key shares with others.
func (s *search) indexExisting(x *searched) {
	x.index = map[uint64][]uint32{}
next:
	for i := range uint32(x.ref.source.there) {
		key := uint64(0)
		for _, name := range x.shared {
			referenced := x.ref.key.ReferencedColumns[slices.Index(x.ref.key.Columns, name)]
			known := x.ref.source.columns[referenced]
			if known == nil || known.pool == nil {
				return
			}
			v, null := converted(s.l.plan.db, known.pool, x.ref.parent.table.Column(referenced), s.l.table.table.Column(name)).Append(nil, uint64(i))
			if null {
				continue next
			}
			key = mixed(key, s.id(name, v))
		}
		x.index[key] = append(x.index[key], selfExisting+i)
	}
}

// indexBy finds the indexes of an atom by its values in some columns.
func (x *searched) indexBy(names []string) map[uint64][]uint32 {
	index := map[uint64][]uint32{}
	for i := range uint32(x.size) {
		key := uint64(0)
		for _, name := range names {
			key = mixed(key, x.values[name][i])
		}
		index[key] = append(index[key], i)
	}
	return index
}

// id numbers a value of a column.
func (s *search) id(name string, v []byte) uint32 {
	if s.ids[name] == nil {
		s.ids[name] = map[string]uint32{}
	}
	id, known := s.ids[name][string(v)]
	if !known {
		id = uint32(len(s.ids[name]))
		s.ids[name][string(v)] = id
	}
	return id
}

func (s *search) weight(a *atom) int {
	switch {
	case a.per != nil:
		return 1000 // it has no choice
	case a.ref == nil:
		return 0
	case a.ref.parent == s.l.table:
		return -2
	case len(s.l.promises(a)) > 0:
		return -1 // what it promises must be bound
	case len(s.l.nullColumns(a.ref)) > 0:
		return len(a.columns())
	}
	return 100 + len(a.columns())
}

// selfShares tells whether a foreign key of the table to itself in the component has the column.
func (s *search) selfShares(c component, name string) bool {
	return slices.ContainsFunc(c.atoms, func(a *atom) bool {
		return a.ref != nil && a.ref.parent == s.l.table && slices.Contains(a.columns(), name)
	})
}

// unknown gives up on an atom whose values are not known yet, since foreign keys go round in a circle: it is left null where it
// may be.
func (s *search) unknown(x *searched) {
	if x.ref != nil && nullable(s.l.table.table, x.ref.key) {
		s.l.drop(x.ref.key)
		return
	}
	s.l.fail(&Unfillable{
		Table: s.l.table.Table, Constraint: x.name(), Reason: "its foreign keys share columns and go round in a circle",
		Advice: "leave one of their columns null: columns: {" + x.columns()[len(x.columns())-1] + ": {null_share: 1}}",
	})
}

// number gives every index of an atom the number of its value in a column; equal values have equal numbers.
func (s *search) number(x *searched, name string) bool {
	values := make([]uint32, x.size)
	var buffer []byte
	for i := range values {
		buffer = buffer[:0]
		null := false
		if x.ref == nil {
			buffer = x.domain.Append(buffer, uint64(i))
		} else {
			referenced := x.ref.key.ReferencedColumns[slices.Index(x.ref.key.Columns, name)]
			g := x.ref.source.generator(referenced)
			if g == nil {
				return false
			}
			g = converted(s.l.plan.db, g, x.ref.parent.table.Column(referenced), s.l.table.table.Column(name))
			buffer, null = g.Append(buffer, x.ref.at(uint64(i)))
		}
		if null {
			values[i] = noRow
			continue
		}
		values[i] = s.id(name, buffer)
	}
	x.values[name] = values
	return true
}
