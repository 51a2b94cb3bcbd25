package value

import (
	"bytes"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/pgassay/pgassay/seed/value/pattern"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// joined is a text that is put together from those of other columns. Where one of these is null it is its own part alone.
type joined struct {
	pieces []joinPiece
}

type joinPiece struct {
	text  string
	place int      // of another column; -1 for none
	own   bool     // what the text has of its own
	print *ordered // how to print the other column; nil for text
	left  int      // characters of it; 0 for all
	fold  string   // lower, upper or ""
}

// join lets a text be put together from columns that do not depend on it.
func (a *assembly) join(sc *scenario, s *solve.Scenario, j solve.Join, place map[string]int) error {
	target, ok := place[j.Column]
	c := &sc.cells[target]
	pc := a.puzzle.columns[j.Column]
	if !ok || pc.given || pc.wish.fixed != nil || c.nulls == 1 || c.join != nil || dependsOn(s, j, j.Column, map[string]bool{}) {
		return nil // the server will tell
	}
	out := &joined{}
	hasOwn := false
	for i, p := range j.Pieces {
		switch {
		case p.Column != "":
			at, ok := place[p.Column]
			if !ok {
				return nil
			}
			piece := joinPiece{place: at, left: p.Left, fold: p.Fold}
			if pc := a.puzzle.columns[p.Column]; !isText(pc.typ) {
				if piece.print = pc.order; piece.print == nil {
					return nil
				}
			}
			out.pieces = append(out.pieces, piece)
		case p.Own != nil:
			hasOwn = true
			out.pieces = append(out.pieces, joinPiece{place: -1, own: true})
			own, err := a.ownPart(j, i, s.Sets[j.Column])
			if err != nil {
				return err
			}
			nulls := c.nulls
			if *c, err = a.member(j.Column, own); err != nil {
				return err
			}
			c.nulls = max(c.nulls, nulls)
		default:
			out.pieces = append(out.pieces, joinPiece{place: -1, text: p.Text})
		}
	}
	if !hasOwn && pc.wish.distinct {
		return nil // whether it differs is for the others to say
	}
	c.join = out
	return nil
}

// ownPart is the set of what a text has of its own at a piece of a join. Where the text must differ from row to row the part
// does, and one can tell where it begins: it has nothing of what separates it from the rest, or always the same length.
func (a *assembly) ownPart(j solve.Join, at int, set solve.Set) (solve.Set, error) {
	texts := *j.Pieces[at].Own
	if a.puzzle.columns[j.Column].wish.distinct {
		separator := ""
		if at > 0 {
			separator = j.Pieces[at-1].Text
		}
		if separator == "" && at+1 < len(j.Pieces) {
			separator = j.Pieces[at+1].Text
		}
		if separator != "" {
			letters := []rune(separator)
			contains, err := pattern.Regexp(regexp.QuoteMeta(string(letters[len(letters)-1:])), false)
			if without, ok := contains.Not(); err == nil && ok {
				texts.Language = texts.Language.And(without)
			}
		} else {
			texts.Low = max(texts.Low, 12)
			if texts.High >= 0 {
				texts.Low = min(texts.Low, texts.High)
			}
			texts.High = texts.Low
		}
	}
	own := solve.Set{Null: set.Null, Some: true, Texts: []solve.Texts{texts}}
	if set.Texts != nil {
		if both := set.And(own); both.Some {
			both.Conditions = nil
			if _, err := a.source(j.Column, both); err == nil {
				return both, nil
			}
		}
	}
	_, err := a.source(j.Column, own)
	return own, err
}

// dependsOn tells whether a text that is put together needs a column, by way of others.
func dependsOn(s *solve.Scenario, j solve.Join, column string, seen map[string]bool) bool {
	if seen[j.Column] {
		return false
	}
	seen[j.Column] = true
	if j.Reads(column) {
		return true
	}
	reads := func(name string) bool {
		return j.Reads(name) || slices.ContainsFunc(s.Pairs, func(p solve.Pair) bool {
			return p.Equal && (p.Left == name && j.Reads(p.Right) || p.Right == name && j.Reads(p.Left))
		})
	}
	if reads(column) {
		return true
	}
	return slices.ContainsFunc(s.Joins, func(other solve.Join) bool { return reads(other.Column) && dependsOn(s, other, column, seen) })
}

// put appends the text of a row.
func (j *joined) put(m *Memory, dst []byte, sc *scenario, c *member, row uint64) (out []byte, null bool) {
	start := len(dst)
	for i := range j.pieces {
		switch p := &j.pieces[i]; {
		case p.own:
			if dst, null = sc.own(m, dst, c, row); null {
				return dst[:start], true
			}
		case p.place >= 0:
			at := len(dst)
			if dst, null = sc.append(m, dst, p.place, row); null {
				return sc.own(m, dst[:start], c, row)
			}
			if p.print != nil {
				var scratch [64]byte // the text takes the value's place
				tick, ok := p.print.tick(scratch[:copy(scratch[:], dst[at:])])
				if !ok {
					return sc.own(m, dst[:start], c, row)
				}
				dst = p.print.appendText(dst[:at], tick)
			}
			dst = p.change(dst, at)
		default:
			dst = append(dst, p.text...)
		}
	}
	return dst, false
}

// change makes the text from a place on what the piece says of it.
func (p *joinPiece) change(dst []byte, at int) []byte {
	if p.left > 0 {
		end := at
		for n := 0; n < p.left && end < len(dst); n++ {
			_, size := utf8.DecodeRune(dst[end:])
			end += size
		}
		dst = dst[:end]
	}
	switch p.fold {
	case "lower":
		dst = append(dst[:at], bytes.ToLower(dst[at:])...)
	case "upper":
		dst = append(dst[:at], bytes.ToUpper(dst[at:])...)
	}
	return dst
}

// own appends what a text has of its own.
func (sc *scenario) own(m *Memory, dst []byte, c *member, row uint64) (out []byte, null bool) {
	if c.fixed != nil {
		return AppendWith(m, c.fixed, dst, row)
	}
	s := c.stream.At(row)
	if c.nulls > 0 && s.Chance(c.nulls) {
		return dst, true
	}
	return c.maker.make(dst, row, s), false
}
