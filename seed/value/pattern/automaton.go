package pattern

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// errTooLarge is wrapped when an automaton would need too many states.
var errTooLarge = errors.New("the automaton is too large")

const (
	maxStates = 4000
	maxWork   = 400_000 // nodes that a construction may make
)

// letters is a set of symbols of the alphabet.
type letters [2]uint64

func (l letters) has(i int) bool { return l[i>>6]>>(i&63)&1 != 0 }

func (l *letters) add(i int) { l[i>>6] |= 1 << (i & 63) }

func (l letters) empty() bool { return l == letters{} }

// node is an extended regular expression, with intersection and complement, in the form that derivatives are taken of
// (Brzozowski: Derivatives of Regular Expressions, 1964; Owens, Reppy and Turon: Regular-expression derivatives
// re-examined, 2009). Equal nodes are the same pointer.
type node struct {
	op       nodeKind
	set      letters
	min, max int // opRepeat
	kids     []*node
	id       uint32
	nullable bool
}

// builder makes nodes over one alphabet.
type builder struct {
	symbols []rune
	nodes   map[string]*node
	derived map[[2]uint32]*node
	key     []byte
	void    *node // matches nothing
	empty   *node // matches the empty string
	any     *node // one character
	all     *node // everything
	err     error // too large
	part    bool  // some repetition is cut short: the node stands for a part of what was asked for
}

// unrolled is how many times something with an assertion in it is repeated at most, beyond what must be.
const unrolled = 8

func newBuilder(symbols []rune) *builder {
	b := &builder{symbols: symbols, nodes: map[string]*node{}, derived: map[[2]uint32]*node{}}
	b.void = b.make(node{op: nodeVoid})
	b.empty = b.make(node{op: nodeEmpty, nullable: true})
	var set letters
	for i := range symbols {
		set.add(i)
	}
	b.any = b.set(set)
	b.all = b.repeat(b.any, 0, -1)
	return b
}

type nodeKind uint8

const (
	nodeVoid nodeKind = iota
	nodeEmpty
	nodeSet
	nodeConcat
	nodeRepeat
	nodeOr
	nodeAnd
	nodeNot
)

func (b *builder) make(n node) *node {
	b.key = append(b.key[:0], byte(n.op))
	b.key = binary.AppendUvarint(b.key, n.set[0])
	b.key = binary.AppendUvarint(b.key, n.set[1])
	b.key = binary.AppendVarint(b.key, int64(n.min))
	b.key = binary.AppendVarint(b.key, int64(n.max))
	for _, kid := range n.kids {
		b.key = binary.AppendUvarint(b.key, uint64(kid.id))
	}
	if known, ok := b.nodes[string(b.key)]; ok {
		return known
	}
	if len(b.nodes) > maxWork {
		b.err = errTooLarge
	}
	n.id = uint32(len(b.nodes))
	made := n
	b.nodes[string(b.key)] = &made
	return &made
}

func (b *builder) set(set letters) *node {
	if set.empty() {
		return b.void
	}
	return b.make(node{op: nodeSet, set: set})
}

func (b *builder) concat(x, y *node) *node {
	switch {
	case x == b.void || y == b.void:
		return b.void
	case x == b.empty:
		return y
	case y == b.empty:
		return x
	case x.op == nodeConcat: // to the right, so that equal expressions have one form
		return b.concat(x.kids[0], b.concat(x.kids[1], y))
	case x == b.all && y == b.all:
		return b.all
	case x == b.all && y.op == nodeConcat && y.kids[0] == b.all:
		return y
	}
	return b.make(node{op: nodeConcat, kids: []*node{x, y}, nullable: x.nullable && y.nullable})
}

func (b *builder) repeat(x *node, low, high int) *node {
	switch {
	case high == 0 || x == b.empty:
		return b.empty
	case x == b.void && low > 0:
		return b.void
	case x == b.void:
		return b.empty
	case low == 1 && high == 1:
		return x
	case x.op == nodeRepeat && x.min == 0 && x.max < 0:
		return x
	}
	return b.make(node{op: nodeRepeat, min: low, max: high, kids: []*node{x}, nullable: low == 0 || x.nullable})
}

func (b *builder) or(kids ...*node) *node {
	flat := b.flatten(nodeOr, kids)
	var set letters
	rest := flat[:0]
	for _, kid := range flat {
		switch {
		case kid == b.all || kid.op == nodeNot && kid.kids[0] == b.void:
			return b.all
		case kid == b.void:
		case kid.op == nodeSet:
			set[0] |= kid.set[0]
			set[1] |= kid.set[1]
		default:
			rest = append(rest, kid)
		}
	}
	if !set.empty() {
		rest = append(rest, b.set(set))
		slices.SortFunc(rest, byID)
	}
	switch len(rest) {
	case 0:
		return b.void
	case 1:
		return rest[0]
	}
	n := node{op: nodeOr, kids: slices.Clone(rest)}
	n.nullable = slices.ContainsFunc(rest, func(kid *node) bool { return kid.nullable })
	return b.make(n)
}

func (b *builder) and(kids ...*node) *node {
	flat := b.flatten(nodeAnd, kids)
	rest := flat[:0]
	nullable := true
	for _, kid := range flat {
		if kid == b.void {
			return b.void
		}
		if kid != b.all {
			rest = append(rest, kid)
			nullable = nullable && kid.nullable
		}
	}
	switch len(rest) {
	case 0:
		return b.all
	case 1:
		return rest[0]
	}
	if slices.Contains(rest, b.empty) {
		if nullable {
			return b.empty
		}
		return b.void
	}
	return b.make(node{op: nodeAnd, kids: slices.Clone(rest), nullable: nullable})
}

func (b *builder) not(x *node) *node {
	switch {
	case x.op == nodeNot:
		return x.kids[0]
	case x == b.void:
		return b.all
	case x == b.all:
		return b.void
	}
	return b.make(node{op: nodeNot, kids: []*node{x}, nullable: !x.nullable})
}

func (b *builder) flatten(op nodeKind, kids []*node) []*node {
	var flat []*node
	for _, kid := range kids {
		if kid.op == op {
			flat = append(flat, kid.kids...)
		} else {
			flat = append(flat, kid)
		}
	}
	slices.SortFunc(flat, byID)
	return slices.Compact(flat)
}

func byID(x, y *node) int { return int(x.id) - int(y.id) }

// derive gives what may follow the symbol in a string of x.
func (b *builder) derive(x *node, symbol int) *node {
	switch x.op {
	case nodeVoid, nodeEmpty:
		return b.void
	case nodeSet:
		if x.set.has(symbol) {
			return b.empty
		}
		return b.void
	}
	key := [2]uint32{x.id, uint32(symbol)}
	if known, ok := b.derived[key]; ok {
		return known
	}
	if b.err != nil {
		return b.void
	}
	var d *node
	switch x.op {
	case nodeConcat:
		d = b.concat(b.derive(x.kids[0], symbol), x.kids[1])
		if x.kids[0].nullable {
			d = b.or(d, b.derive(x.kids[1], symbol))
		}
	case nodeRepeat:
		low, high := max(0, x.min-1), x.max
		if high > 0 {
			high--
		}
		d = b.concat(b.derive(x.kids[0], symbol), b.repeat(x.kids[0], low, high))
	case nodeOr, nodeAnd:
		parts := make([]*node, len(x.kids))
		for i, kid := range x.kids {
			parts[i] = b.derive(kid, symbol)
		}
		if x.op == nodeOr {
			d = b.or(parts...)
		} else {
			d = b.and(parts...)
		}
	case nodeNot:
		d = b.not(b.derive(x.kids[0], symbol))
	}
	b.derived[key] = d
	return d
}

// translate turns parsed syntax into a node. rest gives what must follow; it is told whether that is at the start of the
// text. Look-ahead is intersection with what follows, so it is exact wherever it stands.
func (b *builder) translate(x *syntax, start bool, rest func(start bool) *node) *node {
	if x.plain() {
		n := b.plain(x)
		if n == b.empty {
			return rest(start)
		}
		if !start || !n.nullable {
			return b.concat(n, rest(false))
		}
		// The empty string leaves us at the start; anything else does not.
		return b.or(b.concat(b.and(n, b.concat(b.any, b.all)), rest(false)), rest(true))
	}
	switch x.op {
	case opBegin:
		if start {
			return rest(true)
		}
		return b.void
	case opEnd:
		return b.and(rest(start), b.empty)
	case opLook, opNotLook:
		ahead := b.translate(x.kids[0], start, func(bool) *node { return b.all })
		if x.op == opNotLook {
			if b.part {
				b.err = fmt.Errorf("repeated assertion: %w", ErrUnsupported)
			}
			ahead = b.not(ahead)
		}
		return b.and(ahead, rest(start))
	case opAlternate:
		parts := make([]*node, len(x.kids))
		for i, kid := range x.kids {
			parts[i] = b.translate(kid, start, rest)
		}
		return b.or(parts...)
	case opConcat:
		if len(x.kids) == 0 {
			return rest(start)
		}
		tail := &syntax{op: opConcat, kids: x.kids[1:]}
		return b.translate(x.kids[0], start, func(start bool) *node { return b.translate(tail, start, rest) })
	case opRepeat:
		most := x.max
		if most < 0 || most > x.min+unrolled {
			// Every text of the shorter repetition is one of the longer one, too: enough where texts are to be made, but not
			// where they are to be kept out.
			most, b.part = x.min+unrolled, true
		}
		return b.times(x.kids[0], x.min, most, start, rest)
	}
	b.err = ErrUnsupported
	return b.void
}

// times unrolls a repetition of something with an assertion in it.
func (b *builder) times(x *syntax, low, high int, start bool, rest func(bool) *node) *node {
	if high == 0 {
		return rest(start)
	}
	once := b.translate(x, start, func(start bool) *node { return b.times(x, max(0, low-1), high-1, start, rest) })
	if low > 0 {
		return once
	}
	return b.or(once, rest(start))
}

// plain translates syntax without assertions.
func (b *builder) plain(x *syntax) *node {
	switch x.op {
	case opSet:
		var set letters
		for i, c := range b.symbols {
			if x.set.has(c) {
				set.add(i)
			}
		}
		return b.set(set)
	case opConcat:
		n := b.empty
		for i := len(x.kids) - 1; i >= 0; i-- {
			n = b.concat(b.plain(x.kids[i]), n)
		}
		return n
	case opAlternate:
		parts := make([]*node, len(x.kids))
		for i, kid := range x.kids {
			parts[i] = b.plain(kid)
		}
		return b.or(parts...)
	case opRepeat:
		return b.repeat(b.plain(x.kids[0]), x.min, x.max)
	}
	return b.empty
}

// automaton is a deterministic finite automaton. State 0 is the start; a transition of -1 leads nowhere.
type automaton struct {
	accept []bool
	next   [][]int32 // by state, then by class
	groups []letters // the symbols of each class
}

// build makes the automaton of a node: its states are the node's derivatives.
func (b *builder) build(root *node) (*automaton, error) {
	a := &automaton{groups: b.classes()}
	numbers := map[*node]int32{root: 0}
	queue := []*node{root}
	for i := 0; i < len(queue); i++ {
		state := queue[i]
		a.accept = append(a.accept, state.nullable)
		next := make([]int32, len(a.groups))
		for class, group := range a.groups {
			d := b.derive(state, first(group))
			if b.err != nil {
				return nil, b.err
			}
			if d == b.void {
				next[class] = -1
				continue
			}
			number, ok := numbers[d]
			if !ok {
				number = int32(len(queue))
				if number >= maxStates {
					return nil, errTooLarge
				}
				numbers[d] = number
				queue = append(queue, d)
			}
			next[class] = number
		}
		a.next = append(a.next, next)
	}
	return a, nil
}

// classes splits the alphabet into the coarsest classes that every set of the builder keeps whole.
func (b *builder) classes() []letters {
	groups := []letters{b.any.set}
	sets := make([]letters, 0, len(b.nodes))
	for _, n := range b.nodes {
		if n.op == nodeSet {
			sets = append(sets, n.set)
		}
	}
	for _, set := range sets {
		var split []letters
		for _, group := range groups {
			in := letters{group[0] & set[0], group[1] & set[1]}
			out := letters{group[0] &^ set[0], group[1] &^ set[1]}
			if !in.empty() {
				split = append(split, in)
			}
			if !out.empty() {
				split = append(split, out)
			}
		}
		groups = split
	}
	slices.SortFunc(groups, func(x, y letters) int { return first(x) - first(y) })
	return groups
}

func first(l letters) int {
	for i := range 128 {
		if l.has(i) {
			return i
		}
	}
	return -1
}
