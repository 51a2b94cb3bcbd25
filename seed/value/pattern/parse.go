package pattern

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

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
