package pattern

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// bracket reads a bracket expression, whose [ is behind us.
func (p *parser) bracket() (*syntax, error) {
	var set runes
	if p.sees("^") {
		set.negated = true
		p.at++
	}
	for first := true; ; first = false {
		if p.at >= len(p.text) {
			return nil, errors.New("brackets not balanced")
		}
		c := p.text[p.at]
		if c == ']' && !first {
			p.at++
			break
		}
		low, isRune, err := p.member(&set)
		if err != nil {
			return nil, err
		}
		if !isRune {
			continue
		}
		high := low
		if p.at+1 < len(p.text) && p.text[p.at] == '-' && p.text[p.at+1] != ']' {
			p.at++
			if high, isRune, err = p.member(&set); err != nil {
				return nil, err
			}
			if !isRune || high < low {
				return nil, errors.New("invalid character range")
			}
		}
		p.addRange(&set, low, high)
	}
	if set.negated && p.line {
		set.add('\n', '\n')
	}
	return &syntax{op: opSet, set: set}, nil
}

// member reads one member of a bracket expression: a character, which it returns, or a class, which it adds.
func (p *parser) member(set *runes) (c rune, isRune bool, err error) {
	for _, kind := range []rune{':', '.', '='} {
		if !p.sees("[" + string(kind)) {
			continue
		}
		end := strings.Index(string(p.text[p.at+2:]), string(kind)+"]")
		if end < 0 {
			return 0, false, errors.New("brackets not balanced")
		}
		name := string([]byte(string(p.text[p.at+2:]))[:end])
		p.at += 2 + len([]rune(name)) + 2
		if kind == ':' {
			if name == "<" || name == ">" {
				return 0, false, fmt.Errorf("word boundary: %w", ErrUnsupported)
			}
			return 0, false, p.addClass(set, name)
		}
		if letters := []rune(name); len(letters) == 1 {
			return letters[0], true, nil
		}
		return 0, false, fmt.Errorf("collating element %q: %w", name, ErrUnsupported)
	}
	c = p.text[p.at]
	p.at++
	if c != '\\' {
		return c, true, nil
	}
	x, err := p.escape()
	if err != nil {
		return 0, false, err
	}
	if x.op != opSet {
		return 0, false, errors.New("invalid escape in brackets")
	}
	if len(x.set.ranges) == 2 && x.set.ranges[0] == x.set.ranges[1] && !x.set.negated {
		return x.set.ranges[0], true, nil
	}
	if x.set.negated {
		set.complement(x.set.ranges)
	} else {
		set.ranges = append(set.ranges, x.set.ranges...)
	}
	return 0, false, nil
}

func (p *parser) addClass(set *runes, name string) error {
	ranges, ok := classes[name]
	if !ok {
		return errors.New("invalid character class")
	}
	if p.fold && (name == "upper" || name == "lower") {
		ranges = classes["alpha"]
	}
	set.ranges = append(set.ranges, ranges...)
	return nil
}

// classes are the character classes of POSIX, in ASCII; the alphabet holds nothing else that belongs to them.
var classes = map[string][]rune{
	"alpha":  {'a', 'z', 'A', 'Z'},
	"digit":  {'0', '9'},
	"alnum":  {'a', 'z', 'A', 'Z', '0', '9'},
	"word":   {'a', 'z', 'A', 'Z', '0', '9', '_', '_'},
	"upper":  {'A', 'Z'},
	"lower":  {'a', 'z'},
	"space":  {' ', ' ', '\t', '\r'},
	"blank":  {' ', ' ', '\t', '\t'},
	"punct":  {'!', '/', ':', '@', '[', '`', '{', '~'},
	"print":  {' ', '~'},
	"graph":  {'!', '~'},
	"cntrl":  {0, 31, 127, 127},
	"xdigit": {'0', '9', 'a', 'f', 'A', 'F'},
	"ascii":  {0, 127},
}

// complement adds every character that is not in the ranges.
func (r *runes) complement(ranges []rune) {
	pairs := slices.Collect(slices.Chunk(ranges, 2))
	slices.SortFunc(pairs, func(x, y []rune) int { return int(x[0] - y[0]) })
	from := rune(0)
	for _, pair := range pairs {
		if pair[0] > from {
			r.add(from, pair[0]-1)
		}
		from = max(from, pair[1]+1)
	}
	r.add(from, unicode.MaxRune)
}
