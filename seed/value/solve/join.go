package solve

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/pattern"
)

// Join says that a text is put together from others: a key begins with its parent's, a name is the first and the last one.
type Join struct {
	Column string
	Pieces []Piece
}

// Piece is a part of a text that is put together: one of a constant, another column's text, and what is the text's own.
type Piece struct {
	Text   string
	Column string
	Left   int    // of Column: its first characters; 0 for all
	Fold   string // of Column: lower or upper; "" as it is
	Own    *Texts // at most one piece of a Join
}

// columns lists the columns of a join, the one that is put together first.
func (j Join) columns() []string {
	names := []string{j.Column}
	for _, p := range j.Pieces {
		if p.Column != "" {
			names = append(names, p.Column)
		}
	}
	return names
}

// Reads tells whether the text is put together from a column.
func (j Join) Reads(column string) bool { return slices.Contains(j.columns()[1:], column) }

// joined reads a comparison of a text with one that is put together from other columns. It is false if it is none.
func (e *expander) joined(left, right *check.Expr, name string, m mode) ([]Case, bool) {
	if !m.positive() {
		return nil, false
	}
	target, pieces, ok := e.joinOf(left, right, name)
	if !ok && name == "=" {
		target, pieces, ok = e.joinOf(right, left, name)
	}
	if !ok {
		return nil, false
	}
	c := e.columns[target]
	if c == nil || !c.Text || c.Given || c.Padded > 0 && slices.ContainsFunc(pieces, func(p Piece) bool { return p.Own != nil }) || !slices.ContainsFunc(pieces, func(p Piece) bool { return p.Column != "" }) ||
		slices.ContainsFunc(pieces, func(p Piece) bool { return p.Column == target }) {
		return nil, false
	}
	names := []string{target}
	for _, p := range pieces {
		if p.Column != "" && !slices.Contains(names, p.Column) {
			names = append(names, p.Column)
		}
	}
	out := e.withNulls(names, m)
	out.Joins = []Join{{target, pieces}}
	e.shorten(&out, c, pieces, m)
	return []Case{out}, true
}

// shorten keeps the columns of a join so short that the whole fits.
func (e *expander) shorten(c *Case, target *Column, pieces []Piece, m mode) {
	if target.Limit == 0 {
		return
	}
	room, parts := target.Limit, 0
	for _, p := range pieces {
		room -= len([]rune(p.Text))
		if p.Column != "" || p.Own != nil {
			parts++
		}
	}
	share := max(1, room/parts)
	if c.Sets == nil {
		c.Sets = map[string]Set{}
	}
	for i, p := range pieces {
		if column := e.columns[p.Column]; column != nil && column.Text && !column.Given && (column.Limit == 0 || column.Limit > share) {
			texts := anyText()
			texts.High = share
			c.Sets[p.Column] = Set{Some: true, Null: m.nulls(), Texts: []Texts{texts}}
		}
		if p.Own != nil {
			own := *p.Own
			if own.High < 0 || own.High > share {
				own.High = share
			}
			pieces[i].Own = &own
		}
	}
}

// joinOf reads left op right where left is the text that is put together.
func (e *expander) joinOf(left, right *check.Expr, name string) (target string, pieces []Piece, ok bool) {
	left = strip(left)
	if left.Kind == check.Call {
		return e.joinOfCall(left, strip(right), name)
	}
	if left.Kind != check.Column {
		return "", nil, false
	}
	parts, ok := e.concatenated(right)
	if !ok {
		return "", nil, false
	}
	switch name {
	case "=":
		return left.Name, parts, len(parts) > 1 || parts[0].Left > 0 || parts[0].Fold != ""
	case "^@":
		return left.Name, append(parts, ownPiece()), true
	case "~~", "~~*":
		parts, ok = patterned(parts, likePieces)
		return left.Name, parts, ok
	case "~", "~*":
		parts, ok = anchored(parts, name == "~*")
		return left.Name, parts, ok
	}
	return "", nil, false
}

func ownPiece() Piece {
	texts := anyText()
	return Piece{Own: &texts}
}

// joinOfCall reads left(x, length(y)) = y, position(y in x) = 1, split_part(x, ':', 1) = y and the like.
func (e *expander) joinOfCall(x, right *check.Expr, name string) (target string, pieces []Piece, ok bool) {
	column := func(i int) bool {
		if i >= len(x.Args) || strip(x.Args[i]).Kind != check.Column {
			return false
		}
		target = strip(x.Args[i]).Name
		return true
	}
	lengthOf := func(i int) bool { // of what is on the right
		if i >= len(x.Args) {
			return false
		}
		n := strip(x.Args[i])
		return n.Kind == check.Call && slices.Contains([]string{"length", "char_length", "character_length"}, n.Name) && len(n.Args) == 1 &&
			strip(n.Args[0]).String() == right.String()
	}
	if len(x.Args) == 0 || !column(0) {
		return "", nil, false
	}
	switch x.Name {
	case "position", "strpos":
		n, isNumber := e.number(right)
		if pieces, ok = e.concatenated(x.Args[1]); !ok || !isNumber || !right.Constant() {
			return "", nil, false
		}
		switch {
		case name == "=" && n == 1:
			return target, append(pieces, ownPiece()), true
		case name == ">" && n == 0, name == ">=" && n == 1, name == "<>" && n == 0:
			return target, append([]Piece{ownPiece()}, pieces...), true
		}
		return "", nil, false
	}
	if name != "=" {
		return "", nil, false
	}
	one := func(i int) bool {
		n, ok := e.number(x.Args[i])
		return ok && n == 1
	}
	// left(x, 3) = y: y is cut off x, unless y is made by somebody else.
	if right.Kind == check.Column && (x.Name == "left" && len(x.Args) == 2 || (x.Name == "substr" || x.Name == "substring") && len(x.Args) == 3 && one(1)) {
		n, isNumber := e.number(x.Args[len(x.Args)-1])
		if other := e.columns[right.Name]; isNumber && n > 0 && other != nil && !other.Given && !other.Fixed {
			return right.Name, []Piece{{Column: target, Left: n}}, true
		} else if isNumber {
			pieces, ok = e.concatenated(right)
			return target, append(pieces, ownPiece()), ok
		}
	}
	if pieces, ok = e.concatenated(right); !ok {
		return "", nil, false
	}
	switch {
	case x.Name == "left" && lengthOf(1), (x.Name == "substr" || x.Name == "substring") && len(x.Args) == 3 && one(1) && lengthOf(2):
		return target, append(pieces, ownPiece()), true
	case x.Name == "right" && lengthOf(1):
		return target, append([]Piece{ownPiece()}, pieces...), true
	case x.Name == "split_part" && len(x.Args) == 3 && one(2):
		if by, err := e.eval.Eval(x.Args[1]); err == nil {
			if text, ok := textOf(by); ok && text != "" {
				return target, append(pieces, Piece{Text: text}, ownPiece()), true
			}
		}
	}
	return "", nil, false
}

// concatenated takes a concatenation apart into constants and columns.
func (e *expander) concatenated(x *check.Expr) ([]Piece, bool) {
	x = strip(x)
	if x.Constant() {
		v, err := e.eval.Eval(x)
		text, ok := textOf(v)
		return []Piece{{Text: text}}, ok && err == nil
	}
	switch {
	case x.Kind == check.Column:
		c := e.columns[x.Name]
		return []Piece{{Column: x.Name}}, c != nil && (c.Text && c.Padded == 0 || c.Line != nil)
	case x.Kind == check.Cast && textType(x.Name):
		return e.concatenated(x.Args[0])
	case x.Kind == check.Call && (x.Name == "lower" || x.Name == "upper") && len(x.Args) == 1:
		pieces, ok := e.concatenated(x.Args[0])
		for i := range pieces {
			if pieces[i].Fold = x.Name; pieces[i].Column == "" {
				return nil, false
			}
		}
		return pieces, ok
	case x.Kind == check.Call && (x.Name == "left" && len(x.Args) == 2 || (x.Name == "substr" || x.Name == "substring") && len(x.Args) == 3):
		pieces, ok := e.concatenated(x.Args[0])
		n, isNumber := e.number(x.Args[len(x.Args)-1])
		from := 1
		if len(x.Args) == 3 {
			from, _ = e.number(x.Args[1])
		}
		if !ok || !isNumber || n < 1 || from != 1 || len(pieces) != 1 || pieces[0].Column == "" || pieces[0].Left > 0 {
			return nil, false
		}
		pieces[0].Left = n
		return pieces, true
	case x.Kind == check.Operator && x.Name == "||" && len(x.Args) == 2, x.Kind == check.Call && x.Name == "concat":
		var out []Piece
		for _, arg := range x.Args {
			pieces, ok := e.concatenated(arg)
			if !ok {
				return nil, false
			}
			for _, p := range pieces {
				if last := len(out) - 1; p.Column == "" && last >= 0 && out[last].Column == "" {
					out[last].Text += p.Text
				} else {
					out = append(out, p)
				}
			}
		}
		return out, true
	}
	return nil, false
}

func textType(name string) bool { return name == "text" || name == "character varying" }

// patterned puts what a pattern's constants mean in the place of them. More than one part may be anything, but of those only the
// last one is used, and the others are empty.
func patterned(parts []Piece, read func(text string) ([]Piece, bool)) ([]Piece, bool) {
	var out []Piece
	own := -1
	for _, p := range parts {
		if p.Column != "" {
			out = append(out, p)
			continue
		}
		pieces, ok := read(p.Text)
		if !ok {
			return nil, false
		}
		for _, piece := range pieces {
			if piece.Own != nil {
				if own >= 0 && out[own].Own.Low > 0 {
					if piece.Own.Low > 0 {
						return nil, false // two parts that must be there
					}
					continue
				}
				if own >= 0 {
					out = slices.Delete(out, own, own+1)
				}
				own = len(out)
			}
			out = append(out, piece)
		}
	}
	return out, true
}

// likePieces reads a constant part of a LIKE pattern.
func likePieces(text string) ([]Piece, bool) {
	var out []Piece
	literal := ""
	flush := func() {
		if literal != "" {
			out = append(out, Piece{Text: literal})
			literal = ""
		}
	}
	letters := []rune(text)
	for i := 0; i < len(letters); i++ {
		switch c := letters[i]; c {
		case '%':
			flush()
			out = append(out, ownPiece())
		case '_':
			flush()
			texts := anyText()
			texts.Low, texts.High = 1, 1
			out = append(out, Piece{Own: &texts})
		case '\\':
			if i++; i < len(letters) {
				literal += string(letters[i])
			}
		default:
			literal += string(c)
		}
	}
	flush()
	return out, true
}

// anchored reads a regular expression that is put together. What is not anchored may have anything before or after it.
func anchored(parts []Piece, fold bool) ([]Piece, bool) {
	parts = slices.Clone(parts)
	if rest, ok := strings.CutPrefix(parts[0].Text, "^"); ok {
		parts[0].Text = rest
	}
	last := &parts[len(parts)-1]
	if rest, ok := strings.CutSuffix(last.Text, "$"); ok && !strings.HasSuffix(rest, `\`) {
		last.Text = rest
	} else if last.Column != "" || last.Text != "" {
		parts = append(parts, Piece{Text: ".*"})
	}
	return patterned(parts, func(text string) ([]Piece, bool) { return regexpPieces(text, fold) })
}

const special = `\.[](){}*+?|^$`

// regexpPieces reads a constant part of a regular expression: the letters that it begins with, and the rest as a pattern.
func regexpPieces(text string, fold bool) ([]Piece, bool) {
	var out []Piece
	letters := []rune(text)
	literal := 0
	for literal < len(letters) && !strings.ContainsRune(special, letters[literal]) && (literal+1 == len(letters) || !strings.ContainsRune("*+?{", letters[literal+1])) {
		literal++
	}
	if strings.Contains(text, "|") && !strings.ContainsAny(text, "([") {
		return nil, false // alternatives of the whole
	}
	if literal > 0 {
		out = append(out, Piece{Text: string(letters[:literal])})
	}
	rest := string(letters[literal:])
	if rest == "" {
		return out, true
	}
	if plain := strings.ReplaceAll(rest, `\`, ""); regexp.QuoteMeta(plain) == rest { // \. and the like
		return append(out, Piece{Text: plain}), true
	}
	language, err := pattern.Regexp("^(?:"+rest+")$", fold)
	if err != nil {
		return nil, false
	}
	set, err := language.Compile(0, -1)
	if err != nil {
		return nil, false
	}
	texts := anyText()
	texts.Language = language
	if !set.Match("") {
		texts.Low = 1
	}
	return append(out, Piece{Own: &texts}), true
}
