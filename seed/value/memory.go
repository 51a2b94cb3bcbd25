package value

// Memory is what a worker remembers of the rows that it has just made, so that what several columns of a row ask for, or many
// rows of a popular parent, is worked out once. It only ever holds what would be worked out again to the same end. Its size is
// fixed: what is new takes the place of what is old. The nil Memory remembers nothing. It is for one goroutine at a time, and
// for one load: a new one starts with a new Memory.
type Memory struct {
	row    [64]remembered  // of the rows at hand
	parent [512]remembered // of rows that others refer to
}

// remembered is a number that somebody found for a row.
type remembered struct {
	by    *Mark
	row   uint64
	value uint64
}

// Mark tells what is remembered by one from what is remembered by another. It is part of whoever remembers, and must not be
// copied after that.
type Mark struct {
	spread uint64 // any number: marks of different ones get into each other's way less often
}

// NewMark gives a mark; any number does that tells it from most others.
func NewMark(spread uint64) Mark { return Mark{spread} }

// Rememberer is a Generator that makes the same values with the help of a Memory.
type Rememberer interface {
	Generator
	AppendWith(m *Memory, dst []byte, row uint64) (out []byte, null bool)
}

// AppendWith appends the value of a row that g makes, with the help of a Memory if it can do with one.
func AppendWith(m *Memory, g Generator, dst []byte, row uint64) (out []byte, null bool) {
	if m != nil {
		if r, ok := g.(Rememberer); ok {
			return r.AppendWith(m, dst, row)
		}
	}
	return g.Append(dst, row)
}

// Recall gives what was remembered of a row at hand.
func (m *Memory) Recall(by *Mark, row uint64) (value uint64, ok bool) {
	if m == nil {
		return 0, false
	}
	return recall(m.row[:], by, row)
}

// Remember notes a number of a row at hand.
func (m *Memory) Remember(by *Mark, row, value uint64) {
	if m != nil {
		*place(m.row[:], by, row) = remembered{by, row, value}
	}
}

// recallParent and rememberParent are the same for rows that others refer to.
func (m *Memory) recallParent(by *Mark, row uint64) (value uint64, ok bool) {
	if m == nil {
		return 0, false
	}
	return recall(m.parent[:], by, row)
}

func (m *Memory) rememberParent(by *Mark, row, value uint64) {
	if m != nil {
		*place(m.parent[:], by, row) = remembered{by, row, value}
	}
}

func recall(all []remembered, by *Mark, row uint64) (value uint64, ok bool) {
	r := place(all, by, row)
	return r.value, r.by == by && r.row == row
}

// place gives where the number of a row is, if it is anywhere; there must be a power of two of places.
func place(all []remembered, by *Mark, row uint64) *remembered {
	return &all[(row*0x9e3779b97f4a7c15+by.spread)>>32&uint64(len(all)-1)]
}
