package sqltext

import (
	"encoding/hex"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Normalize returns the statement that sql is an execution of: every literal and bind is written $1, $2, … in order,
// lists in IN (…), ARRAY[…] and the rows of VALUES are shortened to their distinct elements, comments and the last
// semicolon are gone, key words are capitals, unquoted identifiers lower case, and white space is the same everywhere.
// Two texts have the same Fingerprint exactly if Normalize writes them alike. Normalizing again changes nothing.
//
// A sign before a number belongs to it; NULL, TRUE and FALSE are literals where a value stands (not in IS NULL).
// An identifier in quotes is written without them where it means the same.
func Normalize(sql string) string {
	n := pool.Get().(*Normalizer)
	defer pool.Put(n)
	return string(n.Normalize(sql))
}

// Fingerprint returns 16 hexadecimal digits that are equal for statements with the same normalised text, and for others
// only by an accident of 64 bits.
func Fingerprint(sql string) string {
	n := pool.Get().(*Normalizer)
	defer pool.Put(n)
	return FormatFingerprint(n.Fingerprint(sql))
}

// FormatFingerprint writes a fingerprint as Fingerprint does.
func FormatFingerprint(fingerprint uint64) string {
	var raw [8]byte
	for i := range raw {
		raw[i] = byte(fingerprint >> (56 - 8*i))
	}
	return hex.EncodeToString(raw[:])
}

var pool = sync.Pool{New: func() any { return new(Normalizer) }}

// Normalizer normalises one text after another and allocates only to grow. The zero value is ready for use; it must not
// be used from several goroutines at once.
type Normalizer struct {
	canonical []byte // with one placeholder byte per value
	text      []byte
	frames    [maxFrames]frame
	collect   bool
	values    []Value
	positions []int
	depth     int // of open parentheses and brackets
}

// Value is a literal or bind of the text that was normalised.
type Value struct {
	Kind        Kind // String, Number, Param, Variable, or Word for NULL, TRUE and FALSE
	Start, End  int  // byte offsets in the text; the sign of a number is within
	Placeholder int  // 0 is $1 of the normalised text; the values of a shortened list share one

	at int // offset of the placeholder in canonical text
}

// placeholder stands for a value in canonical text. No token holds it: it is white space to the Lexer, and in quoted
// identifiers render leaves it alone.
const placeholder = 0x01

// Fingerprint returns the fingerprint of sql as a number.
func (n *Normalizer) Fingerprint(sql string) uint64 {
	n.canonicalize(sql)
	return hash(n.canonical)
}

// Normalize is like the function, but the result is overwritten by the next call.
func (n *Normalizer) Normalize(sql string) []byte {
	n.canonicalize(sql)
	return n.render()
}

// Both returns what Fingerprint and Normalize do.
func (n *Normalizer) Both(sql string) (uint64, []byte) {
	n.canonicalize(sql)
	return hash(n.canonical), n.render()
}

// Values is like Both, and also tells which values of sql the placeholders stand for, in the order of sql. They are
// overwritten by the next call.
func (n *Normalizer) Values(sql string) (uint64, []byte, []Value) {
	n.collect, n.values = true, n.values[:0]
	fingerprint, text := n.Both(sql)
	n.collect = false
	n.positions = n.positions[:0]
	quoted := false
	for i, c := range n.canonical {
		switch {
		case c == '"':
			quoted = !quoted
		case c == placeholder && !quoted:
			n.positions = append(n.positions, i)
		}
	}
	for i := range n.values {
		n.values[i].Placeholder, _ = slices.BinarySearch(n.positions, n.values[i].at)
	}
	return fingerprint, text, n.values
}

// render numbers the placeholders.
func (n *Normalizer) render() []byte {
	out, number, quoted := n.text[:0], 0, false
	for _, c := range n.canonical {
		switch {
		case c == '"':
			quoted = !quoted
			out = append(out, c)
		case c == placeholder && !quoted:
			number++
			out = strconv.AppendInt(append(out, '$'), int64(number), 10)
		default:
			out = append(out, c)
		}
	}
	n.text = out
	return out
}

// Beyond this many open parentheses lists are left as they are.
const maxFrames = 48

// frame is an open parenthesis or bracket, or the whole statement.
type frame struct {
	mode     mode
	bracket  bool
	separate int // where the separator before the current element starts in canonical
	start    int // where the current element starts
	count    int // distinct elements so far
	kept     [8]struct{ start, end int }
}

type mode uint8

const (
	plain mode = iota
	list       // elements separated by commas: IN (…), ARRAY[…]
	rows       // after VALUES: elements are parenthesised
)

// left describes the token that was written last, for the layout and the meaning of what follows.
type left uint8

const (
	atStart      left = iota
	afterOperand      // an identifier, a value, a closing parenthesis: an operator that follows is binary
	afterValue        // the same, and it was a value: an adjacent string continues it
	afterCall         // the same, and a parenthesis that follows is a call's
	afterKeyword      // a key word that is followed by an operand
	afterWord         // another key word
	afterOperator
	afterUnary
	afterOpen  // ( or [
	afterComma // or semicolon
	afterGlue  // . or ::
)

// operandFollows tells whether a sign belongs to the number after it.
func (l left) operandFollows() bool {
	return l == atStart || l >= afterOperator && l != afterGlue || l == afterKeyword
}

// canonicalize writes sql to n.canonical.
func (n *Normalizer) canonicalize(sql string) {
	out := n.canonical[:0]
	lexer := Lexer{Source: sql}
	n.depth, n.frames[0] = 0, frame{}
	prev := atStart
	prevString := false // the last token was a string
	semicolon := false  // one is due before the next token
	var pending role    // of the key word just before
	for t := lexer.Next(); t.Kind != EOF; {
		next := Token{Kind: EOF, Start: -1}
		c := sql[t.Start]
		if semicolon && c != ';' {
			semicolon = false
			if prev != atStart {
				out = append(out, "; "...)
				prev = afterComma
			}
		}
		if top := n.top(); top.mode == rows && c != '(' && c != ',' {
			top.mode = plain
		}
		was := pending
		pending = noRole
		wasString := prevString
		prevString = false
		switch t.Kind {
		case Number, Param, Variable:
			out = n.value(out, prev, t)
			prev = afterValue
		case String:
			prevString = true
			if !wasString { // 'a' 'b' on two lines is one constant
				out = n.value(out, prev, t)
			}
			prev = afterValue
		case Word:
			out, prev, pending = n.word(out, prev, t, sql[t.Start:t.End])
		case Ident:
			text := sql[t.Start:t.End]
			out = space(out, prev)
			if name := strings.TrimSuffix(text[1:], `"`); c == '"' && plainIdent(name) {
				out = append(out, name...)
			} else {
				out = appendIdent(out, text, t.Open)
			}
			prev = afterCall
		case Operator:
			if t.End-t.Start == 1 && (c == '-' || c == '+') && prev.operandFollows() {
				if next = lexer.Next(); next.Kind == Number {
					out = n.value(out, prev, Token{Kind: Number, Start: t.Start, End: next.End})
					prev = afterValue
					next.Start = -1
					break
				}
			}
			out = space(out, prev)
			// Operators stay apart, or two of them would become one, or a comment.
			if prev == afterUnary {
				out = append(out, ' ')
			}
			out = append(out, sql[t.Start:t.End]...)
			if prev.operandFollows() && c != '*' {
				prev = afterUnary
			} else {
				prev = afterOperator
			}
		case Other:
			out = append(space(out, prev), c)
			prev = afterOperand
		case Punct:
			switch c {
			case '(', '[':
				out = n.open(out, prev, was, c)
				prev = afterOpen
			case ')', ']':
				out = n.close(out, c)
				prev = afterOperand
			case ',':
				out = n.comma(out)
				prev = afterComma
			case ';':
				semicolon = true
			case '.':
				out = append(out, c)
				prev = afterGlue
			case ':':
				if t.End-t.Start == 2 {
					if prev == afterOperator { // it may be a colon
						out = append(out, ' ')
					}
					out = append(out, "::"...)
					prev = afterGlue
					break
				}
				out = append(space(out, prev), c)
				prev = afterOperator
			}
		}
		if next.Start < 0 {
			next = lexer.Next()
		}
		t = next
	}
	n.canonical = out
}

// top is the innermost frame.
func (n *Normalizer) top() *frame { return &n.frames[min(n.depth, maxFrames-1)] }

// word writes a word: an identifier, a key word, or a constant.
func (n *Normalizer) word(out []byte, prev left, t Token, word string) ([]byte, left, role) {
	k := lookup(word)
	switch {
	case k == nil:
		out = space(out, prev)
		for i := range len(word) {
			out = append(out, lowerCase[word[i]])
		}
		return out, afterCall, noRole
	case prev == afterGlue: // a.values is a column
		return append(out, k.word...), afterCall, noRole
	case k.role == constantWord && prev.operandFollows() && prev != atStart:
		return n.value(out, prev, t), afterValue, noRole
	}
	if top := n.top(); k.role == queryWord && prev == afterOpen && top.mode == list {
		top.mode = plain
	}
	out = append(space(out, prev), k.text...)
	switch {
	case k.operandAfter:
		return out, afterKeyword, k.role
	case k.spaceAfter:
		return out, afterWord, k.role
	}
	return out, afterCall, k.role
}

// open writes a parenthesis or bracket and begins its frame; was is the role of the key word just before.
func (n *Normalizer) open(out []byte, prev left, was role, c byte) []byte {
	first := prev == afterOpen || prev == afterComma
	if c == '(' && prev != afterCall {
		out = space(out, prev)
	}
	m := plain
	switch top := n.top(); {
	case was == inWord && c == '(', was == arrayWord && c == '[', c == '[' && first && top.mode == list && top.bracket:
		m = list
	case was == valuesWord && c == '(' && n.depth < maxFrames:
		top.mode, top.count = rows, 0
		top.separate, top.start = len(out), len(out)
	}
	out = append(out, c)
	n.depth++
	if n.depth < maxFrames {
		top := n.top()
		top.mode, top.bracket, top.count = m, c == '[', 0
		top.separate, top.start = len(out), len(out)
	}
	return out
}

// close writes a closing parenthesis or bracket, which ends an element, a frame, and perhaps a row of VALUES.
func (n *Normalizer) close(out []byte, c byte) []byte {
	if top := n.top(); n.depth < maxFrames && n.depth > 0 && top.mode == list {
		out = n.element(top, out)
	}
	n.depth = max(0, n.depth-1)
	out = append(out, c)
	if top := n.top(); n.depth < maxFrames && top.mode == rows {
		out = n.element(top, out)
	}
	return out
}

// comma ends an element.
func (n *Normalizer) comma(out []byte) []byte {
	if n.depth >= maxFrames {
		return append(out, ", "...)
	}
	top := n.top()
	if top.mode == list {
		out = n.element(top, out)
	}
	top.separate = len(out)
	out = append(out, ", "...)
	top.start = len(out)
	return out
}

// space separates a token from what was written before.
func space(out []byte, prev left) []byte {
	switch prev {
	case atStart, afterOpen, afterComma, afterGlue, afterUnary:
		return out
	}
	return append(out, ' ')
}

// value writes a placeholder.
func (n *Normalizer) value(out []byte, prev left, t Token) []byte {
	out = space(out, prev)
	if n.collect {
		n.values = append(n.values, Value{Kind: t.Kind, Start: t.Start, End: t.End, at: len(out)})
	}
	return append(out, placeholder)
}

// element ends an element of a list or a row of VALUES: one that was there before is taken back.
func (n *Normalizer) element(f *frame, out []byte) []byte {
	text := out[f.start:]
	for _, k := range f.kept[:f.count] {
		if string(out[k.start:k.end]) == string(text) {
			for i := len(n.values) - 1; n.collect && i >= 0 && n.values[i].at >= f.start; i-- {
				n.values[i].at += k.start - f.start // the same place in the element that stays
			}
			return out[:f.separate]
		}
	}
	if f.count < len(f.kept) {
		f.kept[f.count].start, f.kept[f.count].end = f.start, len(out)
		f.count++
	}
	return out
}

// plainIdent tells whether an identifier means the same with and without quotes, and is no key word.
func plainIdent(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != "" && lookup(name) == nil
}

// appendIdent writes a quoted identifier as it stands, closed if the text ended in it.
func appendIdent(out []byte, text string, open bool) []byte {
	if text[0] == 'u' {
		out = append(out, 'U')
		text = text[1:]
	}
	out = append(out, text...)
	if open {
		out = append(out, '"')
	}
	return out
}

// hash is 64 bits of the text: a multiply-fold over eight bytes at a time (as in wyhash). It is the same in every process.
func hash(text []byte) uint64 {
	const k0, k1 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db
	h := uint64(len(text)) ^ k0
	for len(text) >= 8 {
		word := uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
			uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
		h = fold(h^word, k1)
		text = text[8:]
	}
	var tail uint64
	for i, c := range text {
		tail |= uint64(c) << (8 * i)
	}
	return fold(fold(h^tail, k0), k1)
}

func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}
