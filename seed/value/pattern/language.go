// Package pattern makes texts that match regular expressions. Patterns (PostgreSQL's advanced regular expressions, LIKE,
// SIMILAR TO), also negated and several at once, and bounds on the length become one deterministic automaton; counting
// its strings gives a set that can be indexed, so that unique values are a permutation of its indexes.
//
// The alphabet is printable ASCII, white space, and what else the patterns mention: enough to make values, and a
// language over it is exact. A text with other characters is not claimed to match.
package pattern

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Language is a set of texts, described by conditions that all hold.
type Language struct {
	conditions []condition
}

type condition struct {
	syntax  *syntax // nil: a list
	list    []string
	negated bool
	text    string // as it was written, for messages
}

// Regexp is the set of texts that the operator ~ finds the expression in, or with fold the operator ~*. The error says
// what is wrong with the expression, or wraps ErrUnsupported.
func Regexp(expression string, fold bool) (Language, error) {
	x, err := parse(expression, fold)
	if err != nil {
		return Language{}, err
	}
	return Language{[]condition{{syntax: x, text: expression}}}, nil
}

// Like is the set of texts that are LIKE a pattern with the usual escape character \, or with fold ILIKE.
func Like(pattern string, fold bool) (Language, error) {
	x, err := like(pattern, fold)
	if err != nil {
		return Language{}, err
	}
	return Language{[]condition{{syntax: x, text: pattern}}}, nil
}

// Similar gives the regular expression that the server makes of the pattern of SIMILAR TO. escape is "" for none.
func Similar(pattern, escape string) string {
	c := rune(0)
	for _, c = range escape {
		break
	}
	return similar(pattern, c)
}

// List is the set of the texts given, or with fold of those that are equal to one but for case.
func List(texts []string, fold bool) Language {
	if !fold {
		return Language{[]condition{{list: texts, text: strings.Join(texts, ", ")}}}
	}
	p := parser{fold: true}
	any := &syntax{op: opAlternate}
	for _, text := range texts {
		x := &syntax{op: opConcat, kids: []*syntax{{op: opBegin}}}
		for _, c := range text {
			x.kids = append(x.kids, p.literal(c))
		}
		any.kids = append(any.kids, &syntax{op: opConcat, kids: append(x.kids, &syntax{op: opEnd})})
	}
	return Language{[]condition{{syntax: any, text: strings.Join(texts, ", ")}}}
}

// Not is the complement of l, which must be of a single condition; false otherwise.
func (l Language) Not() (Language, bool) {
	if len(l.conditions) != 1 {
		return l, false
	}
	c := l.conditions[0]
	c.negated = !c.negated
	return Language{[]condition{c}}, true
}

// And is the intersection.
func (l Language) And(other Language) Language {
	return Language{slices.Concat(l.conditions, other.conditions)}
}

// All tells whether there is no condition at all.
func (l Language) All() bool { return len(l.conditions) == 0 }

// String describes the conditions.
func (l Language) String() string {
	var out strings.Builder
	for i, c := range l.conditions {
		if i > 0 {
			out.WriteString(" and ")
		}
		if c.negated {
			out.WriteString("not ")
		}
		out.WriteString(c.text)
	}
	return out.String()
}

// alphabet gives the symbols of the languages of the conditions.
func (l Language) alphabet() ([]rune, error) {
	var symbols []rune
	for c := rune(' '); c <= '~'; c++ {
		symbols = append(symbols, c)
	}
	symbols = append(symbols, '\t', '\n', '\r')
	var add func(x *syntax)
	include := func(c rune) {
		if c > 0 && !slices.Contains(symbols, c) && (unicode.IsPrint(c) || c < ' ') {
			symbols = append(symbols, c)
		}
	}
	add = func(x *syntax) {
		for i := 0; i < len(x.set.ranges); i += 2 {
			first, last := x.set.ranges[i], x.set.ranges[i+1]
			if last-first < 64 && (first > '~' || first == last) {
				for c := first; c <= min(last, first+8); c++ {
					include(c)
				}
			}
		}
		for _, kid := range x.kids {
			add(kid)
		}
	}
	for _, c := range l.conditions {
		for _, text := range c.list {
			for _, letter := range text {
				include(letter)
			}
		}
		if c.syntax != nil {
			add(c.syntax)
		}
	}
	if len(symbols) > 128 {
		return nil, fmt.Errorf("%d different characters: %w", len(symbols), ErrUnsupported)
	}
	return symbols, nil
}

// Compile makes the automaton of the language, cut down to texts of at least low and at most high characters; a negative
// high means no bound. The error wraps ErrUnsupported or says that the automaton would be too large.
func (l Language) Compile(low, high int) (*Set, error) {
	symbols, err := l.alphabet()
	if err != nil {
		return nil, err
	}
	b := newBuilder(symbols)
	nodes := []*node{b.all}
	for _, c := range l.conditions {
		var n *node
		if c.syntax != nil {
			x := &syntax{op: opConcat, kids: []*syntax{c.syntax}}
			end := func(bool) *node { return b.all }
			n = b.translate(x, true, end)
			// A match may also begin further on.
			n = b.or(n, b.concat(b.any, b.concat(b.all, b.translate(x, false, end))))
		} else {
			parts := make([]*node, len(c.list))
			for i, text := range c.list {
				parts[i] = b.word(text)
			}
			n = b.or(parts...)
		}
		if c.negated {
			if b.part && b.err == nil {
				b.err = fmt.Errorf("repeated assertion: %w", ErrUnsupported)
			}
			n = b.not(n)
		}
		nodes = append(nodes, n)
	}
	if b.err != nil {
		return nil, fmt.Errorf("pattern %s: %w", l, b.err)
	}
	a, err := b.build(b.and(nodes...))
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", l, err)
	}
	return newSet(a, symbols, low, high), nil
}

// word is the node of one text.
func (b *builder) word(text string) *node {
	n := b.empty
	letters := []rune(text)
	for i := len(letters) - 1; i >= 0; i-- {
		n = b.concat(b.plain(&syntax{op: opSet, set: runes{ranges: []rune{letters[i], letters[i]}}}), n)
	}
	return n
}
