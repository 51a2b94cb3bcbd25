package seed

import (
	"maps"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/seed/random"
)

// A foreign key to a table that is planned later, since foreign keys go round in a circle, has no values to compare in the
// columns that it shares with others. It engages rows instead: each is promised the values that the first row which picks it
// has there, and others may pick it if they have the same. When that table is planned, its rows keep what was promised.

// prepare gets an atom ready to engage rows.
func (s *search) prepare(x *searched, promises []string) {
	ref := x.ref
	x.promises, x.size = promises, min(ref.source.made, x.size)
	x.note = s.l.promise(ref, promises)
	x.index, x.engaged = map[uint64][]uint32{}, map[uint32]bool{}
	// What other tables, or other keys, were promised before.
	var taken []uint64
	for _, rows := range ref.parent.promised {
		taken = slices.AppendSeq(taken, maps.Keys(rows))
	}
	slices.Sort(taken)
	for _, row := range slices.Compact(taken) {
		at := row - ref.source.first
		if at >= x.size {
			continue
		}
		x.engaged[uint32(at)] = true
		if key, ok := s.engagedAs(x, row); ok {
			x.index[key] = append(x.index[key], uint32(at))
		}
	}
}

// engagedAs is the key of what was promised of a row before, if it is all that an atom needs.
func (s *search) engagedAs(x *searched, row uint64) (key uint64, ok bool) {
	for _, name := range x.promises {
		referenced := x.ref.key.ReferencedColumns[slices.Index(x.ref.key.Columns, name)]
		v, ok := x.ref.parent.promised.value(referenced, row)
		if !ok || slices.Contains(x.ref.own, name) {
			return 0, false
		}
		id, known := s.ids[name][string(v)]
		if !known {
			return 0, false
		}
		key = mixed(key, id)
	}
	return key, true
}

// engagement is the key of what an atom promises in a row.
func (s *search) engagement(x *searched, row uint64) (key uint64, null bool) {
	for _, name := range x.promises {
		id := uint32(row)
		if !slices.Contains(x.ref.own, name) {
			if id = s.bound[name]; id == noRow {
				return 0, true
			}
		}
		key = mixed(key, id)
	}
	return key, false
}

// engageable lists rows that an atom may pick in a row: those that were promised the same, and the next that nothing was
// promised of; in a trial one or the other.
func (s *search) engageable(x *searched, row uint64, r *random.Source, trial bool) []uint32 {
	key, null := s.engagement(x, row)
	if null {
		return nil
	}
	same := x.index[key]
	for x.engaged[x.next] {
		x.next++
	}
	switch fresh := x.next; {
	case uint64(fresh) >= x.size:
		return same
	case len(same) == 0, trial && r.Below(2) == 0:
		return []uint32{fresh}
	case trial:
		return same
	default:
		return append([]uint32{fresh}, same...)
	}
}

// engage notes that a row picks another one.
func (s *search) engage(x *searched, row uint64, choice uint32) {
	if x.engaged[choice] {
		return
	}
	key, _ := s.engagement(x, row)
	x.engaged[choice] = true
	x.index[key] = append(x.index[key], choice)
	x.note(s.l.table.first+row, x.ref.at(uint64(choice)))
}

// recall finds what was promised of a row.
func (s *search) recall(row uint64) {
	s.promised = nil
	for name := range s.l.table.promised {
		v, ok := s.l.table.promised.value(name, row)
		if !ok {
			continue
		}
		if s.promised == nil {
			s.promised = map[string]uint32{}
		}
		id, known := s.ids[name][string(v)]
		if !known {
			id = noRow // nothing has it
		}
		s.promised[name] = id
	}
}

// promises tells whether something was promised of the columns that an atom binds, in the row at hand.
func (s *search) promises(x *searched) bool {
	return s.promised != nil && x.promises == nil && !x.self && slices.ContainsFunc(x.own, func(name string) bool {
		_, promised := s.promised[name]
		return promised
	})
}

// masked lists the indexes of an atom that agree with what is bound and with what was promised.
func (s *search) masked(x *searched) []uint32 {
	names := slices.Clone(x.shared)
	for _, name := range x.own {
		if _, promised := s.promised[name]; promised {
			names = append(names, name)
		}
	}
	mask := strings.Join(names, "\x00")
	index := x.masks[mask]
	if index == nil {
		index = x.indexBy(names)
		if x.masks == nil {
			x.masks = map[string]map[uint64][]uint32{}
		}
		x.masks[mask] = index
	}
	key := uint64(0)
	for _, name := range names {
		id, promised := s.promised[name]
		if !promised {
			id = s.bound[name]
		}
		if id == noRow {
			return nil
		}
		key = mixed(key, id)
	}
	return index[key]
}
