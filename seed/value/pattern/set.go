package pattern

import (
	"math"
	"math/bits"
	"slices"

	"github.com/pgassay/pgassay/seed/random"
)

// Set is the texts of a language within bounds of length, in an order in which they can be counted off: shorter ones
// first. It is safe for concurrent use.
type Set struct {
	symbols []rune
	index   map[rune]int
	dfa     *automaton
	low     int // characters
	high    int // -1: no bound

	// What texts are made of: a part of the language with agreeable letters.
	edges   [][]edge   // by state
	counts  [][]uint64 // by characters still to come, then by state; saturated
	lengths []int      // those that there are texts of
	total   uint64
}

// edge is the letters that lead from one state to another.
type edge struct {
	to      int32
	letters []rune
}

const (
	longest  = 2000            // characters of a text that is made
	maxTable = 4_000_000       // entries of counts
	enough   = uint64(1) << 60 // texts
)

func newSet(dfa *automaton, symbols []rune, low, high int) *Set {
	s := &Set{symbols: symbols, dfa: dfa, low: max(0, low), high: high, index: map[rune]int{}}
	for i, c := range symbols {
		s.index[c] = i
	}
	// Take the plainest letters that give enough texts, or else what gives most.
	var best *Set
	for taste := range 3 {
		made := *s
		made.prepare(taste)
		if best == nil || made.total > best.total {
			best = &made
		}
		if made.total >= enough {
			break
		}
	}
	return best
}

// Empty tells whether there is no text in the set that could be made.
func (s *Set) Empty() bool { return s.total == 0 }

// Size is the number of texts that Append gives; it stops counting at 2^62.
func (s *Set) Size() uint64 { return s.total }

// Spells tells whether a text is made of letters of the alphabet, so that Match says the truth about it.
func (s *Set) Spells(text string) bool {
	for _, c := range text {
		if _, ok := s.index[c]; !ok {
			return false
		}
	}
	return true
}

// Match tells whether a text is in the set. It is false for texts with characters outside the alphabet.
func (s *Set) Match(text string) bool {
	state, n := int32(0), 0
	for _, c := range text {
		i, ok := s.index[c]
		if !ok {
			return false
		}
		class := slices.IndexFunc(s.dfa.groups, func(group letters) bool { return group.has(i) })
		if state = s.dfa.next[state][class]; state < 0 {
			return false
		}
		n++
	}
	return s.dfa.accept[state] && n >= s.low && (s.high < 0 || n <= s.high)
}

// prepare chooses letters for every edge and counts the texts by length.
func (s *Set) prepare(taste int) {
	states := len(s.dfa.next)
	s.edges = make([][]edge, states)
	for state, next := range s.dfa.next {
		merged := map[int32]letters{}
		var order []int32
		for class, to := range next {
			if to < 0 {
				continue
			}
			if _, seen := merged[to]; !seen {
				order = append(order, to)
			}
			set, group := merged[to], s.dfa.groups[class]
			merged[to] = letters{set[0] | group[0], set[1] | group[1]}
		}
		for _, to := range order {
			if chosen := choose(s.symbols, merged[to], taste); len(chosen) > 0 {
				s.edges[state] = append(s.edges[state], edge{to, chosen})
			}
		}
	}
	limit := longest
	if s.high >= 0 {
		limit = min(limit, s.high)
	}
	limit = min(limit, maxTable/states)
	s.counts, s.lengths, s.total = nil, nil, 0
	row := make([]uint64, states)
	for state, accept := range s.dfa.accept {
		if accept {
			row[state] = 1
		}
	}
	for n := 0; n <= limit; n++ {
		if n > 0 {
			previous := s.counts[n-1]
			row = make([]uint64, states)
			for state, edges := range s.edges {
				for _, e := range edges {
					row[state] = saturated(row[state], uint64(len(e.letters)), previous[e.to])
				}
			}
		}
		s.counts = append(s.counts, row)
		if n >= s.low && row[0] > 0 {
			s.lengths = append(s.lengths, n)
			s.total = saturated(s.total, 1, row[0])
			// More lengths than these make texts longer without need.
			if s.total >= enough && len(s.lengths) > 12 {
				return
			}
		}
	}
}

const most = uint64(1) << 62

// saturated is sum + factor × count, at most 2^62.
func saturated(sum, factor, count uint64) uint64 {
	high, low := bits.Mul64(factor, count)
	if high != 0 || low > most {
		return most
	}
	return min(most, sum+low)
}

// choose takes agreeable letters of a set: with taste 0 lower-case ones where any will do, with 1 all letters and digits,
// with 2 whatever there is. What is not a control character comes first always.
func choose(symbols []rune, set letters, taste int) []rune {
	var lower, upper, digits, rest, control []rune
	for i, c := range symbols {
		if !set.has(i) {
			continue
		}
		switch {
		case c >= 'a' && c <= 'z':
			lower = append(lower, c)
		case c >= 'A' && c <= 'Z':
			upper = append(upper, c)
		case c >= '0' && c <= '9':
			digits = append(digits, c)
		case c < ' ':
			control = append(control, c)
		default:
			rest = append(rest, c)
		}
	}
	if len(lower)+len(upper)+len(digits)+len(rest) == 0 {
		return control
	}
	switch taste {
	case 0:
		switch {
		case len(lower) == 26 && len(rest) > 20:
			return lower // anything will do
		case len(lower) > 0 && len(upper) > 0 && len(upper) == len(lower):
			return append(lower, digits...) // either case will do
		case len(lower)+len(upper)+len(digits) > 0:
			return slices.Concat(lower, upper, digits)
		}
		return rest
	case 1:
		if all := slices.Concat(lower, upper, digits); len(all) > 0 {
			return all
		}
		return rest
	}
	return slices.Concat(lower, upper, digits, rest)
}

// Append appends the text at an index below Size.
func (s *Set) Append(dst []byte, index uint64) []byte {
	for _, n := range s.lengths {
		if count := s.counts[n][0]; index >= count {
			index -= count
			continue
		}
		return s.at(dst, n, index)
	}
	return dst
}

// at appends the text of n characters at an index. Where more than 2^62 texts follow whatever letter comes next, the
// letter is taken by a hash of the index: texts with different letters differ anyway, and those with the same ones are
// told apart by what follows.
func (s *Set) at(dst []byte, n int, index uint64) []byte {
	state := int32(0)
	free := random.NewSource(index)
	for left := n; left > 0; left-- {
		edges, counts := s.edges[state], s.counts[left-1]
		plenty := 0
		for i := range edges {
			if counts[edges[i].to] == most {
				plenty += len(edges[i].letters)
			}
		}
		letter := uint64(0)
		if plenty > 0 {
			letter = free.Below(uint64(plenty))
		}
		for i := range edges {
			e := &edges[i]
			each := counts[e.to]
			switch {
			case each == 0 || plenty > 0 && each < most:
				continue
			case plenty > 0:
				if letter >= uint64(len(e.letters)) {
					letter -= uint64(len(e.letters))
					continue
				}
			default:
				if all := saturated(0, uint64(len(e.letters)), each); index >= all {
					index -= all
					continue
				}
				letter = index / each
				index -= letter * each
			}
			dst = appendRune(dst, e.letters[letter])
			state = e.to
			break
		}
	}
	return dst
}

// Draw appends a text by chance. Short texts come more often than their share, and a letter's chance is not that of the
// texts that it leads to, so that a pattern's alternatives all occur.
func (s *Set) Draw(dst []byte, r random.Source) []byte {
	if len(s.lengths) == 0 {
		return dst
	}
	// Between the first length and a little more, or with a third of the chance anywhere.
	choices := len(s.lengths)
	if choices > 8 && r.Intn(3) > 0 {
		choices = 8
	}
	n := s.lengths[r.Intn(choices)]
	state := int32(0)
	for left := n; left > 0; left-- {
		edges, counts := s.edges[state], s.counts[left-1]
		total := 0.0
		for i := range edges {
			total += weight(counts[edges[i].to], len(edges[i].letters))
		}
		at := r.Float64() * total
		chosen := -1
		for i := range edges {
			w := weight(counts[edges[i].to], len(edges[i].letters))
			if w == 0 {
				continue
			}
			chosen = i
			if at -= w; at < 0 {
				break
			}
		}
		if chosen < 0 {
			return dst
		}
		e := &edges[chosen]
		dst = appendRune(dst, e.letters[r.Intn(len(e.letters))])
		state = e.to
	}
	return dst
}

// weight of an edge in a draw: the more texts it leads to, the more, but far from in proportion.
func weight(count uint64, letters int) float64 {
	if count == 0 {
		return 0
	}
	return (1 + float64(bits.Len64(count))/8) * math.Sqrt(float64(letters))
}

func appendRune(dst []byte, c rune) []byte {
	if c < 0x80 {
		return append(dst, byte(c))
	}
	return append(dst, string(c)...)
}
