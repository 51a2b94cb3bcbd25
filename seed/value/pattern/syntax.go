package pattern

import (
	"errors"
	"slices"
)

// ErrUnsupported is wrapped by the errors for what regular languages over a small alphabet cannot express, or what this
// package does not read: back references, word boundaries, look-behind.
var ErrUnsupported = errors.New("not supported")

// syntax is a parsed regular expression, anchors and look-ahead included.
type syntax struct {
	op       opcode
	set      runes // opSet
	min, max int   // opRepeat; max -1 is unbounded
	kids     []*syntax
}

type opcode uint8

const (
	opEmpty  opcode = iota // the empty string
	opSet                  // one character of a set
	opConcat               // one after the other
	opAlternate
	opRepeat
	opBegin   // ^
	opEnd     // $
	opLook    // (?=…)
	opNotLook // (?!…)
)

// plain tells whether the expression looks at nothing but the characters that it consumes.
func (x *syntax) plain() bool {
	switch x.op {
	case opBegin, opEnd, opLook, opNotLook:
		return false
	}
	return !slices.ContainsFunc(x.kids, func(kid *syntax) bool { return !kid.plain() })
}

// runes is a set of characters, possibly by what is not in it.
type runes struct {
	ranges  []rune // pairs: first, last
	negated bool
}

func (r *runes) add(first, last rune) { r.ranges = append(r.ranges, first, last) }

func (r *runes) has(c rune) bool {
	for i := 0; i < len(r.ranges); i += 2 {
		if r.ranges[i] <= c && c <= r.ranges[i+1] {
			return !r.negated
		}
	}
	return r.negated
}
