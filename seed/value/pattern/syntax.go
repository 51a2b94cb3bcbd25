package pattern

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
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

// parser reads PostgreSQL's advanced regular expressions (manual, 9.7.3).
type parser struct {
	text   []rune
	at     int
	fold   bool // case does not matter
	extend bool // white space and comments are left out
	line   bool // . and [^…] leave newlines out, ^ and $ match at them
}

// parse reads an expression as the operator ~ does, or with fold as ~* does.
func parse(expression string, fold bool) (*syntax, error) {
	p := &parser{fold: fold}
	if rest, ok := strings.CutPrefix(expression, "***="); ok {
		x := &syntax{op: opConcat}
		for _, c := range rest {
			x.kids = append(x.kids, p.literal(c))
		}
		return x, nil
	}
	expression = strings.TrimPrefix(expression, "***:")
	p.text = []rune(expression)
	if err := p.options(); err != nil {
		return nil, err
	}
	x, err := p.alternate(0)
	if err == nil && p.at < len(p.text) {
		err = errors.New("parentheses not balanced")
	}
	if err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", expression, err)
	}
	return x, nil
}

// options reads embedded options: (?i) at the start.
func (p *parser) options() error {
	if !p.sees("(?") || len(p.text) < 3 || !unicode.IsLower(p.text[2]) {
		return nil
	}
	end := slices.Index(p.text, ')')
	if end < 0 {
		return errors.New("parentheses not balanced")
	}
	for _, c := range p.text[2:end] {
		switch c {
		case 'i':
			p.fold = true
		case 'c':
			p.fold = false
		case 'x':
			p.extend = true
		case 'n', 'm', 'p', 'w':
			p.line = true
		case 's', 't', 'e':
		default:
			return fmt.Errorf("option %q: %w", c, ErrUnsupported)
		}
	}
	p.at = end + 1
	return nil
}

func (p *parser) sees(text string) bool {
	return strings.HasPrefix(string(p.text[p.at:min(len(p.text), p.at+len(text))]), text)
}

func (p *parser) more() bool {
	for p.extend && p.at < len(p.text) {
		switch {
		case unicode.IsSpace(p.text[p.at]):
			p.at++
		case p.text[p.at] == '#':
			for p.at < len(p.text) && p.text[p.at] != '\n' {
				p.at++
			}
		default:
			return true
		}
	}
	return p.at < len(p.text)
}

func (p *parser) alternate(depth int) (*syntax, error) {
	if depth > 100 {
		return nil, fmt.Errorf("nested too deeply: %w", ErrUnsupported)
	}
	x := &syntax{op: opAlternate}
	for {
		branch, err := p.concat(depth)
		if err != nil {
			return nil, err
		}
		x.kids = append(x.kids, branch)
		if !p.more() || p.text[p.at] != '|' {
			break
		}
		p.at++
	}
	if len(x.kids) == 1 {
		return x.kids[0], nil
	}
	return x, nil
}

func (p *parser) concat(depth int) (*syntax, error) {
	x := &syntax{op: opConcat}
	for p.more() && p.text[p.at] != '|' && (p.text[p.at] != ')' || depth == 0) {
		if p.text[p.at] == ')' {
			return nil, errors.New("parentheses not balanced")
		}
		atom, err := p.atom(depth)
		if err != nil {
			return nil, err
		}
		if atom, err = p.quantified(atom); err != nil {
			return nil, err
		}
		x.kids = append(x.kids, atom)
	}
	if len(x.kids) == 1 {
		return x.kids[0], nil
	}
	return x, nil
}

func (p *parser) atom(depth int) (*syntax, error) {
	c := p.text[p.at]
	p.at++
	switch c {
	case '(':
		return p.group(depth)
	case '[':
		return p.bracket()
	case '.':
		set := runes{negated: true}
		if p.line {
			set.add('\n', '\n')
		}
		return &syntax{op: opSet, set: set}, nil
	case '^', '$':
		if p.line {
			return nil, fmt.Errorf("anchors at lines: %w", ErrUnsupported)
		}
		if c == '^' {
			return &syntax{op: opBegin}, nil
		}
		return &syntax{op: opEnd}, nil
	case '\\':
		return p.escape()
	case '*', '+', '?':
		return nil, errors.New("quantifier without operand")
	}
	return p.literal(c), nil
}

func (p *parser) group(depth int) (*syntax, error) {
	op := opEmpty
	switch {
	case p.sees("?:"):
		p.at += 2
	case p.sees("?="):
		op, p.at = opLook, p.at+2
	case p.sees("?!"):
		op, p.at = opNotLook, p.at+2
	case p.sees("?<"):
		return nil, fmt.Errorf("look-behind: %w", ErrUnsupported)
	case p.sees("?#"):
		for p.at < len(p.text) && p.text[p.at] != ')' {
			p.at++
		}
		p.at++
		return &syntax{op: opEmpty}, nil
	case p.sees("?"):
		return nil, errors.New("quantifier without operand")
	}
	x, err := p.alternate(depth + 1)
	if err != nil {
		return nil, err
	}
	if !p.more() {
		return nil, errors.New("parentheses not balanced")
	}
	p.at++
	if op != opEmpty {
		return &syntax{op: op, kids: []*syntax{x}}, nil
	}
	return x, nil
}

// quantified reads what follows an atom: * + ? {m,n}, and the ? that makes them prefer less, which changes nothing here.
func (p *parser) quantified(atom *syntax) (*syntax, error) {
	for p.more() {
		low, high := 0, -1
		switch c := p.text[p.at]; {
		case c == '*':
		case c == '+':
			low = 1
		case c == '?':
			high = 1
		case c == '{' && p.at+1 < len(p.text) && unicode.IsDigit(p.text[p.at+1]):
			end := slices.Index(p.text[p.at:], '}')
			if end < 0 {
				return nil, errors.New("braces not balanced")
			}
			first, second, comma := strings.Cut(string(p.text[p.at+1:p.at+end]), ",")
			var err error
			if low, err = strconv.Atoi(first); err != nil {
				return nil, errors.New("invalid repetition count")
			}
			if !comma {
				high = low
			} else if second != "" {
				if high, err = strconv.Atoi(second); err != nil || high < low {
					return nil, errors.New("invalid repetition count")
				}
			}
			if low > 255 || high > 255 {
				return nil, errors.New("invalid repetition count")
			}
			p.at += end
		default:
			return atom, nil
		}
		p.at++
		if p.at < len(p.text) && p.text[p.at] == '?' {
			p.at++
		}
		if !atom.plain() && (atom.op == opBegin || atom.op == opEnd || atom.op == opLook || atom.op == opNotLook) {
			return nil, fmt.Errorf("quantified assertion: %w", ErrUnsupported)
		}
		atom = &syntax{op: opRepeat, min: low, max: high, kids: []*syntax{atom}}
	}
	return atom, nil
}

func (p *parser) literal(c rune) *syntax {
	var set runes
	p.addRange(&set, c, c)
	return &syntax{op: opSet, set: set}
}

// addRange adds characters, in both cases where case does not matter.
func (p *parser) addRange(set *runes, first, last rune) {
	set.add(first, last)
	if !p.fold {
		return
	}
	// ASCII only: whether É matches é depends on the collation.
	if low, high := max(first, 'a'), min(last, 'z'); low <= high {
		set.add(low-'a'+'A', high-'a'+'A')
	}
	if low, high := max(first, 'A'), min(last, 'Z'); low <= high {
		set.add(low-'A'+'a', high-'A'+'a')
	}
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

// escape reads what follows a backslash.
func (p *parser) escape() (*syntax, error) {
	if p.at >= len(p.text) {
		return nil, errors.New("invalid escape")
	}
	c := p.text[p.at]
	p.at++
	class := func(name string, negated bool) (*syntax, error) {
		return &syntax{op: opSet, set: runes{ranges: slices.Clone(classes[name]), negated: negated}}, nil
	}
	control := func(c rune) (*syntax, error) { return &syntax{op: opSet, set: runes{ranges: []rune{c, c}}}, nil }
	switch c {
	case 'd':
		return class("digit", false)
	case 'D':
		return class("digit", true)
	case 'w':
		return class("word", false)
	case 'W':
		return class("word", true)
	case 's':
		return class("space", false)
	case 'S':
		return class("space", true)
	case 'A':
		return &syntax{op: opBegin}, nil
	case 'Z':
		return &syntax{op: opEnd}, nil
	case 'm', 'M', 'y', 'Y':
		return nil, fmt.Errorf("word boundary: %w", ErrUnsupported)
	case 'a':
		return control(7)
	case 'b':
		return control(8)
	case 'B':
		return p.literal('\\'), nil
	case 'e':
		return control(27)
	case 'f':
		return control(12)
	case 'n':
		return control('\n')
	case 'r':
		return control('\r')
	case 't':
		return control('\t')
	case 'v':
		return control(11)
	case 'c':
		if p.at >= len(p.text) {
			return nil, errors.New("invalid escape")
		}
		p.at++
		return control(p.text[p.at-1] & 31)
	case 'x', 'u', 'U':
		return p.hexadecimal(map[rune]int{'x': 255, 'u': 4, 'U': 8}[c])
	}
	if c >= '1' && c <= '9' {
		return nil, fmt.Errorf("back reference: %w", ErrUnsupported)
	}
	if c == '0' {
		return control(0)
	}
	if unicode.IsLetter(c) || unicode.IsDigit(c) {
		return nil, errors.New("invalid escape")
	}
	return p.literal(c), nil
}

func (p *parser) hexadecimal(limit int) (*syntax, error) {
	start := p.at
	for p.at < len(p.text) && p.at-start < limit && unicode.Is(unicode.ASCII_Hex_Digit, p.text[p.at]) {
		p.at++
	}
	n, err := strconv.ParseUint(string(p.text[start:p.at]), 16, 32)
	if err != nil || n > unicode.MaxRune {
		return nil, errors.New("invalid escape")
	}
	return p.literal(rune(n)), nil
}

// like reads the pattern of LIKE, or with fold of ILIKE. The escape character is a backslash; deparsed patterns with
// another one have been through like_escape.
func like(text string, fold bool) (*syntax, error) {
	p := &parser{fold: fold}
	x := &syntax{op: opConcat, kids: []*syntax{{op: opBegin}}}
	letters := []rune(text)
	for i := 0; i < len(letters); i++ {
		any := &syntax{op: opSet, set: runes{negated: true}}
		switch c := letters[i]; c {
		case '%':
			x.kids = append(x.kids, &syntax{op: opRepeat, max: -1, kids: []*syntax{any}})
		case '_':
			x.kids = append(x.kids, any)
		case '\\':
			if i++; i == len(letters) {
				return nil, fmt.Errorf("LIKE pattern %q: ends with its escape character", text)
			}
			x.kids = append(x.kids, p.literal(letters[i]))
		default:
			x.kids = append(x.kids, p.literal(c))
		}
	}
	x.kids = append(x.kids, &syntax{op: opEnd})
	return x, nil
}

// similar turns the pattern of SIMILAR TO into an advanced regular expression, as similar_to_escape does. escape is 0
// for none.
func similar(pattern string, escape rune) string {
	var out strings.Builder
	out.WriteString("^(?:")
	escaped, bracket := false, false
	for _, c := range pattern {
		switch {
		case escaped:
			escaped = false
			out.WriteByte('\\')
			out.WriteRune(c)
		case c == escape && escape != 0:
			escaped = true
		case bracket:
			if c == '\\' {
				out.WriteByte('\\')
			}
			out.WriteRune(c)
			bracket = c != ']'
		case c == '[':
			bracket = true
			out.WriteRune(c)
		case c == '%':
			out.WriteString(".*")
		case c == '_':
			out.WriteByte('.')
		case c == '(':
			out.WriteString("(?:")
		case strings.ContainsRune(`\.^$`, c):
			out.WriteByte('\\')
			out.WriteRune(c)
		default:
			out.WriteRune(c)
		}
	}
	out.WriteString(")$")
	return out.String()
}
