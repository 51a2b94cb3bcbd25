package solve

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/pattern"
)

// textSet gives the texts that compare to a constant, or match a pattern, as wanted.
func textSet(c *Column, name string, v check.Value) (Set, bool) {
	set := Set{Some: true}
	text, ok := textOf(v)
	if !ok {
		return set, false
	}
	texts := anyText()
	switch name {
	case "=":
		texts.List = []string{text}
	case "<>":
		if text == "" {
			texts.Low = 1
			if c.Padded > 0 { // blanks are equal to nothing
				texts.Language, _ = pattern.Regexp("[^ ]", false)
			}
		} else {
			texts.Except = []string{text}
		}
	case "^@":
		var err error
		if texts.Language, err = pattern.Regexp("^"+regexp.QuoteMeta(text), false); err != nil {
			return set, false
		}
	default:
		positive := strings.TrimPrefix(name, "!")
		fold := strings.HasSuffix(positive, "*")
		read := pattern.Regexp
		switch strings.TrimSuffix(positive, "*") {
		case "~~":
			read = pattern.Like
		case "~":
		default:
			return set, false
		}
		language, err := read(text, fold)
		if err != nil {
			return set, false
		}
		if positive != name {
			if language, ok = language.Not(); !ok {
				return set, false
			}
		}
		texts.Language = language
		if c.Padded > 0 { // it sees the blanks: make values that need none
			texts.Low = c.Padded
		}
	}
	set.Texts = []Texts{texts}
	return set, true
}

func wholeNumber(v check.Value) (int, bool) {
	switch v := v.(type) {
	case check.Num:
		if v.R.IsInt() && v.R.Num().IsInt64() {
			return int(v.R.Num().Int64()), true
		}
	case check.Untyped:
		n, ok := new(big.Int).SetString(v.Text, 10)
		if ok && n.IsInt64() {
			return int(n.Int64()), true
		}
	}
	return 0, false
}

// numeric bounds of a count that compares to n as wanted; high -1 is none.
func countBounds(name string, n int) (low, high int, ok bool) {
	switch name {
	case "=":
		return max(0, n), n, n >= 0
	case "<":
		return 0, n - 1, n > 0
	case "<=":
		return 0, n, n >= 0
	case ">":
		return max(0, n+1), -1, true
	case ">=":
		return max(0, n), -1, true
	case "<>":
		return n + 1, -1, true
	}
	return 0, 0, false
}

func lengths(c *Column, arg *check.Expr, direct bool, name string, n int, octets bool) (Set, bool) {
	low, high, ok := countBounds(name, n)
	if !ok {
		return Set{}, ordering(name) // no text is that short
	}
	texts := anyText()
	texts.Low, texts.High, texts.ASCII = low, high, octets
	if name == "<>" && n == 0 {
		texts.Low = 1
	}
	if !direct {
		if arg.Kind != check.Call || !slices.Contains([]string{"btrim", "ltrim", "rtrim", "lower", "upper"}, arg.Name) || len(arg.Args) != 1 ||
			strip(arg.Args[0]).Kind != check.Column {
			return Set{}, false
		}
		if strings.HasSuffix(arg.Name, "trim") && texts.Low > 0 {
			// A text that neither begins nor ends with a blank is as long as it is trimmed.
			texts.Language, _ = pattern.Regexp("^[^ ](.*[^ ])?$", false)
		}
	}
	if !c.Text { // bytea: the bounds alone count
		texts.Language = pattern.Language{}
	}
	set := Set{Some: true, Texts: []Texts{texts}}
	if name == "<>" && n > 0 && direct { // shorter ones, too
		shorter := texts
		shorter.Low, shorter.High = 0, n-1
		set.Texts = append(set.Texts, shorter)
	}
	return set, true
}

func counts(name string, n int, length bool) (Set, bool) {
	low, high, ok := countBounds(name, n)
	if !ok {
		return Set{}, false
	}
	if length && low == 0 {
		low = 1 // array_length of an empty array is null
	}
	return Set{Some: true, Array: &Array{Low: low, High: high}}, high < 0 || low <= high
}

// foldedText reads lower(column) = 'x'.
func foldedText(function, name, text string) (Set, bool) {
	changed := strings.ToLower(text)
	if function == "upper" {
		changed = strings.ToUpper(text)
	}
	texts := anyText()
	switch name {
	case "=":
		if changed != text {
			return Set{}, true
		}
		texts.List = []string{text}
	case "<>":
		texts.Language, _ = pattern.List([]string{text}, true).Not()
	case "~", "~~":
		read := pattern.Regexp
		if name == "~~" {
			read = pattern.Like
		}
		language, err := read(text, true)
		if err != nil {
			return Set{}, false
		}
		texts.Language = language
	default:
		return Set{}, false
	}
	return Set{Some: true, Texts: []Texts{texts}}, true
}

// positions reads position('@' in column) > 1.
func (e *expander) positions(c *Column, x *check.Expr, name string, n int, isNumber bool) (Set, bool) {
	if !isNumber || !c.Text || len(x.Args) != 2 || strip(x.Args[0]).Kind != check.Column {
		return Set{}, false
	}
	part, err := e.eval.Eval(x.Args[1])
	text, ok := textOf(part)
	if err != nil || !ok {
		return Set{}, false
	}
	quoted := regexp.QuoteMeta(text)
	texts := anyText()
	switch {
	case name == ">" && n >= 0, name == ">=" && n >= 1, name == "<>" && n == 0:
		if name == ">=" {
			n--
		}
		// Its first occurrence is after n characters, none of which begins another.
		first := regexp.QuoteMeta(text[:min(1, len(text))])
		texts.Language, err = pattern.Regexp(fmt.Sprintf("^[^%s]{%d}.*%s", first, max(0, n), quoted), false)
	case name == "=" && n == 0:
		language, readErr := pattern.Regexp(quoted, false)
		texts.Language, _ = language.Not()
		err = readErr
	case name == "=" && n == 1:
		texts.Language, err = pattern.Regexp("^"+quoted, false)
	default:
		return Set{}, false
	}
	return Set{Some: true, Texts: []Texts{texts}}, err == nil
}

// beginning reads left(column, 2) = 'ab' and substring(column, 1, 2) = 'ab'.
func (e *expander) beginning(c *Column, x *check.Expr, name string, v check.Value) (Set, bool) {
	text, ok := textOf(v)
	if !ok || !c.Text || strip(x.Args[0]).Kind != check.Column || name != "=" && name != "<>" || text == "" {
		return Set{}, false
	}
	var n int
	place := "^"
	switch {
	case (x.Name == "left" || x.Name == "right") && len(x.Args) == 2:
		n, ok = e.number(x.Args[1])
	case len(x.Args) == 3:
		from, fromOK := e.number(x.Args[1])
		n, ok = e.number(x.Args[2])
		ok = ok && fromOK && from >= 1 && from < 200
		place = fmt.Sprintf("^.{%d}", from-1)
	case len(x.Args) == 2 && name == "=":
		from, fromOK := e.number(x.Args[1])
		if !fromOK || from < 1 || from > 200 {
			return Set{}, false
		}
		texts := anyText()
		texts.Language, _ = pattern.Regexp(fmt.Sprintf("^.{%d}%s$", from-1, regexp.QuoteMeta(text)), false)
		return Set{Some: true, Texts: []Texts{texts}}, true
	default:
		ok = false
	}
	if !ok || n != len([]rune(text)) {
		return Set{}, false
	}
	language, err := pattern.Regexp(place+regexp.QuoteMeta(text), false)
	if x.Name == "right" {
		language, err = pattern.Regexp(regexp.QuoteMeta(text)+"$", false)
	}
	if err != nil {
		return Set{}, false
	}
	if name == "<>" {
		language, _ = language.Not()
	}
	texts := anyText()
	texts.Language = language
	return Set{Some: true, Texts: []Texts{texts}}, true
}
