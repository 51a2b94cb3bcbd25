package value

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/corpus"
	"github.com/pgassay/pgassay/seed/value/solve"
	"github.com/pgassay/pgassay/seed/value/wire"
)

// special makes values of a type with a form of its own. As a domain it writes the index into the value, so that
// different indexes give different values.
type special struct {
	write func(dst []byte, index uint64, row uint64, s random.Source) []byte
	size  uint64 // of the indexes that write tells apart
	few   uint64 // of the indexes that are drawn by chance; 0 for all
	key   uint64 // of the column, so that two columns differ
}

func (m *special) make(dst []byte, row uint64, s random.Source) []byte {
	index := s.Uint64()
	if m.few > 0 {
		index %= min(m.few, m.size)
	} else {
		index %= m.size
	}
	return m.write(dst, index, row, s)
}

// Size implements Domain.
func (m *special) Size() uint64 { return m.size }

// Append implements Domain.
func (m *special) Append(dst []byte, index uint64) []byte {
	return m.write(dst, index, index, random.NewSource(m.key^index))
}

// makeSpecial makes the values of the built-in types that have no order to count by, and of well-known extensions.
func (b *builder) makeSpecial(w wish) (src *source, err error, known bool) { //nolint:revive // known says more
	if w.typ.Kind != schema.BaseType {
		return nil, nil, false
	}
	if w.set.List != nil {
		return nil, nil, false // values that the server reads
	}
	var m *special
	width := 16.0
	if w.typ.Extension == "" {
		m, width = b.builtIn(w)
	} else {
		m, width = b.extension(w)
	}
	if m == nil {
		return nil, nil, false
	}
	m.key = w.stream.Key()
	from := w.meaning.Name
	return &source{maker: m, domain: m, block: m.few, width: width, from: from}, nil, true
}

type writer = func(dst []byte, index uint64, row uint64, s random.Source) []byte

func (b *builder) builtIn(w wish) (*special, float64) {
	switch w.typ.Name {
	case "uuid":
		key := w.stream.Key() & (1<<60 - 1)
		return &special{size: 1 << 60, write: func(dst []byte, index, _ uint64, s random.Source) []byte {
			high, low := uuidOf(index^key, s)
			return wire.UUID(dst, high, low)
		}}, 16
	case "bytea":
		return bytea(w), 32
	case "json", "jsonb":
		return b.document(w)
	case "inet", "cidr":
		return network(w.typ.Name == "cidr"), 8
	case "macaddr", "macaddr8":
		n := 3
		if w.typ.Name == "macaddr8" {
			n = 5
		}
		return &special{size: 1 << (8 * n), write: func(dst []byte, index, _ uint64, _ random.Source) []byte {
			dst = append(dst, 0x02, 0x00, 0x5e) // locally administered
			for i := n - 1; i >= 0; i-- {
				dst = append(dst, byte(index>>(8*i)))
			}
			return dst
		}}, 8
	case "bit", "varbit":
		return bitString(w), 8
	case "char":
		return &special{size: 62, write: func(dst []byte, index, _ uint64, _ random.Source) []byte {
			return append(dst, base62[(index+10)%62])
		}}, 1
	case "xml":
		return worded(nil, "<item><name>", "</name></item>"), 50
	case "tsvector":
		return &special{size: 1 << 40, few: uint64(len(corpus.Words())), write: writeVector}, 80
	case "tsquery":
		return &special{size: 1 << 40, few: 1 << 18, write: func(dst []byte, index, _ uint64, _ random.Source) []byte {
			words := corpus.Words()
			n := uint64(len(words))
			second := index / n
			if second == 0 {
				return wire.TSQueryAnd(dst, words[index%n], "")
			}
			return wire.TSQueryAnd(dst, words[index%n], words[second%n]+suffix(second/n))
		}}, 30
	case "jsonpath":
		return worded(wire.JSONPath(nil), "$.\"", "\""), 20
	case "pg_snapshot", "txid_snapshot":
		return &special{size: 1 << 40, write: func(dst []byte, index, _ uint64, _ random.Source) []byte {
			return wire.Snapshot(dst, int64(index)+3)
		}}, 20
	case "tid":
		return &special{size: 1 << 36, write: func(dst []byte, index, _ uint64, _ random.Source) []byte {
			return wire.TID(dst, uint32(index>>6), uint16(index&63)+1)
		}}, 6
	}
	return geometric(w.typ.Name)
}

// suffix is a number after a word, or nothing for 0.
func suffix(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 36)
}

// worded makes two words and a number between two pieces of text.
func worded(prefix []byte, before, after string) *special {
	return &special{size: 1 << 40, few: 1 << 18, write: func(dst []byte, index, _ uint64, _ random.Source) []byte {
		words := corpus.Words()
		n := uint64(len(words))
		dst = append(append(append(dst, prefix...), before...), words[index%n]...)
		if index /= n; index > 0 {
			dst = append(append(dst, '_'), words[index%n]...)
			if index /= n; index > 0 {
				dst = strconv.AppendUint(append(dst, '_'), index, 10)
			}
		}
		return append(dst, after...)
	}}
}

// bytea makes bytea: as long as a hash where the name says so.
func bytea(w wish) *special {
	low, high := 8, 48
	switch w.meaning.Name {
	case "sha256":
		low, high = 32, 32
	case "sha1":
		low, high = 20, 20
	case "md5":
		low, high = 16, 16
	}
	if t := w.set.Texts; len(t) > 0 { // octet_length
		low, high = t[0].Low, max(t[0].Low, 48)
		if t[0].High >= 0 {
			high = min(high, t[0].High)
		}
	}
	size := uint64(1) << 62
	if low < 8 {
		size = 1 << (8 * max(0, low))
	}
	return &special{size: size, write: func(dst []byte, index, _ uint64, s random.Source) []byte {
		n := low
		if high > low {
			n += s.Intn(high - low + 1)
		}
		index = index * 0x9e3779b97f4a7c15 // odd: a bijection of 64 bits, and of each low byte count
		for i := range min(n, 8) {
			dst = append(dst, byte(index>>(8*i)))
		}
		for i := 8; i < n; {
			word := s.Uint64()
			for ; i < n; i++ {
				dst = append(dst, byte(word))
				if word >>= 8; i%8 == 7 {
					i++
					break
				}
			}
		}
		return dst
	}}
}

// network makes addresses of private networks. As networks they are 10.x.y.0/24 and, after these, single addresses of
// 11.0.0.0/8: no two overlap.
func network(cidr bool) *special {
	if cidr {
		return &special{size: 1<<16 + 1<<24, few: 1 << 16, write: func(dst []byte, index, _ uint64, _ random.Source) []byte {
			var address [4]byte
			if index < 1<<16 {
				binary.BigEndian.PutUint32(address[:], 10<<24|uint32(index)<<8)
				return wire.Inet(dst, address[:], 24, true)
			}
			binary.BigEndian.PutUint32(address[:], 11<<24|uint32(index-1<<16))
			return wire.Inet(dst, address[:], 32, true)
		}}
	}
	return &special{size: 1 << 24, write: func(dst []byte, index, _ uint64, _ random.Source) []byte {
		var address [4]byte
		binary.BigEndian.PutUint32(address[:], 10<<24|uint32(index&0xffffff))
		return wire.Inet(dst, address[:], 32, false)
	}}
}

func bitString(w wish) *special {
	n := int(w.mod)
	if n < 1 {
		n = 8
		if w.typ.Name == "bit" && w.mod < 0 {
			n = 1
		}
	}
	size := uint64(1) << min(n, 60)
	return &special{size: size, write: func(dst []byte, index, _ uint64, s random.Source) []byte {
		dst = wire.Int4(dst, int32(n))
		for done := 0; done < n; done += 8 {
			width := min(8, n-done)
			var octet byte
			if done < 56 {
				octet = byte(index) & (1<<width - 1)
				index >>= width
			} else {
				octet = byte(s.Uint64()) & (1<<width - 1)
				if done == 56 { // the last bits that the index reaches
					octet = byte(index)&0xf | octet&^0xf
					octet &= 1<<width - 1
				}
			}
			dst = append(dst, octet<<(8-width))
		}
		return dst
	}}
}

func writeVector(dst []byte, index, _ uint64, s random.Source) []byte {
	// One word carries the index; the others are distinct because they have different lengths.
	words := corpus.Words()
	n := uint64(len(words))
	first := words[index%n] + suffix(index/n)
	var lexemes [4]string
	lexemes[0] = first
	count := 1
	for range 3 {
		word := words[s.Below(n)]
		fresh := true
		for _, other := range lexemes[:count] {
			fresh = fresh && len(other) != len(word)
		}
		if fresh {
			lexemes[count] = word
			count++
		}
	}
	for i := 1; i < count; i++ { // the order in which the server keeps them
		for j := i; j > 0 && lexemes[j] < lexemes[j-1]; j-- {
			lexemes[j], lexemes[j-1] = lexemes[j-1], lexemes[j]
		}
	}
	dst = wire.TSVector(dst, count)
	for i, lexeme := range lexemes[:count] {
		dst = wire.Lexeme(dst, lexeme, i+1)
	}
	return dst
}

// apart gives a place for a shape of less than 20 in width and height, another one for every index: no two overlap, which
// is what EXCLUDE … WITH && asks for.
func apart(index uint64) (x, y float64) {
	return float64(index%100_000) * 20, float64(index/100_000) * 20
}

// geometric makes points and what is made of them. The index is in the coordinates.
func geometric(name string) (*special, float64) {
	at := func(index uint64, s *random.Source) (x, y float64) {
		return float64(index%100_000) / 100, float64(index/100_000) + math.Round(s.Float64()*99)/100
	}
	switch name {
	case "point":
		return &special{size: 1 << 40, few: 1 << 32, write: func(dst []byte, index, _ uint64, s random.Source) []byte {
			x, y := at(index, &s)
			return wire.Point(dst, x, y)
		}}, 16
	case "lseg", "box":
		return &special{size: 1 << 40, few: 1 << 32, write: func(dst []byte, index, _ uint64, s random.Source) []byte {
			x, y := apart(index)
			return wire.Point(wire.Point(dst, x+10, y+float64(1+s.Intn(9))), x, y)
		}}, 32
	case "line":
		return &special{size: 1 << 40, few: 1 << 32, write: func(dst []byte, index, _ uint64, s random.Source) []byte {
			x, y := at(index, &s)
			return wire.Float8(wire.Point(dst, x, -1), y)
		}}, 24
	case "circle":
		return &special{size: 1 << 40, few: 1 << 32, write: func(dst []byte, index, _ uint64, s random.Source) []byte {
			x, y := apart(index)
			return wire.Float8(wire.Point(dst, x, y), float64(1+s.Intn(9)))
		}}, 24
	case "path", "polygon":
		return &special{size: 1 << 40, few: 1 << 32, write: func(dst []byte, index, _ uint64, s random.Source) []byte {
			x, y := apart(index)
			if name == "path" {
				dst = wire.Bool(dst, true)
			}
			dst = wire.Int4(dst, 3)
			return wire.Point(wire.Point(wire.Point(dst, x, y), x+float64(1+s.Intn(9)), y), x, y+float64(1+s.Intn(9)))
		}}, 60
	}
	return nil, 0
}

// extension makes the values of well-known extensions' types.
func (b *builder) extension(w wish) (*special, float64) {
	switch w.typ.Name {
	case "hstore":
		return &special{size: 1 << 40, few: 10_000, write: func(dst []byte, index, _ uint64, s random.Source) []byte {
			words := corpus.Words()
			dst = wire.Int4(dst, 2)
			dst = wire.HStorePair(dst, "code", "n"+strconv.FormatUint(index, 10))
			return wire.HStorePair(dst, "kind", words[s.Intn(len(words))])
		}}, 40
	case "ltree":
		return worded(wire.LTree(nil), "top.", ""), 20
	case "lquery":
		return worded(wire.LTree(nil), "*.", ""), 20
	case "ltxtquery":
		return worded(wire.LTree(nil), "", ""), 20
	case "vector", "halfvec", "sparsevec":
		return vectors(w)
	case "geometry", "geography":
		return b.spatial(w)
	}
	return nil, 0
}

func vectors(w wish) (*special, float64) {
	n := int(w.mod)
	if n < 1 {
		n = 3
	}
	unit := func(s *random.Source) float32 { return float32(math.Round(s.Normal()*1000) / 4000) }
	switch w.typ.Name {
	case "sparsevec":
		return &special{size: 1 << 20, write: func(dst []byte, index, _ uint64, s random.Source) []byte {
			dst = wire.SparseVector(dst, n, 1)
			dst = wire.Int4(dst, int32(s.Intn(n)))
			return wire.Float4(dst, 1+float32(index)/1024)
		}}, 24
	case "halfvec":
		return &special{size: 1 << 10, write: func(dst []byte, index, _ uint64, s random.Source) []byte {
			dst = wire.Half(wire.Vector(dst, n), 1+float32(index)/1024)
			for range n - 1 {
				dst = wire.Half(dst, unit(&s))
			}
			return dst
		}}, float64(4 + 2*n)
	}
	return &special{size: 1 << 20, write: func(dst []byte, index, _ uint64, s random.Source) []byte {
		dst = wire.Float4(wire.Vector(dst, n), 1+float32(index)/(1<<20))
		for range n - 1 {
			dst = wire.Float4(dst, unit(&s))
		}
		return dst
	}}, float64(4 + 4*n)
}

// makeRange makes ranges: from a point of the subtype's usual values on, for a while.
func (b *builder) makeRange(w wish) (*source, error) {
	subtype := b.db.Type(w.typ.Subtype)
	if subtype == nil {
		return nil, unfitf("the subtype of %s is not known", w.typ.Formatted)
	}
	inner := w.within(subtype, -1, "bound")
	inner.set = solve.Set{Some: true}
	src, err := b.make(inner)
	if err != nil {
		return nil, err
	}
	if src.order == nil || src.order.Unit == solve.Enum || src.order.Unit == solve.Bool {
		if src.domain == nil {
			return nil, unfitf("ranges of %s cannot be made", subtype.Formatted)
		}
		return &source{maker: pointRanges{src.maker}, domain: points{src.domain}, width: 10 + 2*src.width, from: src.from}, nil
	}
	return b.orderedRange(src, w)
}

func (b *builder) orderedRange(src *source, w wish) (*source, error) {
	o := src.order
	m := &ranges{ordered: o, lower: *src.draw, limit: o.Max}
	unit := max(o.Step, wire.PowersOfTen[min(max(o.Scale, 0), 18)])
	wide := 50 * unit
	switch o.Unit {
	case solve.Date:
		unit, wide = 1, 30
	case solve.Timestamp, solve.TimestampTZ:
		unit, wide = 15*minute, 8*hour
		m.lower.step = max(m.lower.step, 15*minute)
	}
	if r := w.set.Range; r != nil {
		if r.Lower != nil {
			m.lower.spans = r.Lower.Intersect(o.All())
			m.lower.shape = uniform
			if cut := m.lower.spans.Intersect(src.draw.spans); len(cut) > 0 {
				m.lower.spans = cut
			} else {
				m.lower.spans = comfortable(m.lower.spans, 100*wide)
			}
		}
		if r.Upper != nil {
			upper := r.Upper.Intersect(o.All())
			if len(upper) == 0 {
				return nil, unfitf("no upper bound satisfies the checks")
			}
			last := upper[len(upper)-1].High
			m.limit = last
			m.lower.spans = m.lower.spans.Intersect(solve.Spans{{Low: o.Min, High: last - unit}})
		}
		if len(m.lower.spans) == 0 {
			return nil, unfitf("no range satisfies the checks")
		}
	}
	m.width = draw{spans: solve.Spans{{Low: unit, High: wide}}, step: unit}
	d := &slots{ordered: o, first: m.lower.spans[0].Low, width: unit, gap: unit}
	if o.Unit == solve.Timestamp || o.Unit == solve.TimestampTZ {
		d.first = floorTo(d.first, 15*minute)
		d.width, d.gap = hour, hour
	}
	d.count = (uint64(min(o.Max, m.limit)) - uint64(d.first)) / uint64(d.width+d.gap)
	return &source{maker: m, domain: d, width: 10 + 2*src.width, from: src.from, rising: true}, nil
}
