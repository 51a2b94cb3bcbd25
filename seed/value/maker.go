package value

import (
	"github.com/pgassay/pgassay/seed/permutation"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/wire"
)

// maker makes values by chance. What must agree within a row, such as a name and an address made of it, looks at the row;
// all else at s, which is different for every value.
type maker interface {
	make(dst []byte, row uint64, s random.Source) []byte
}

// cell is a column that is independent of the others of its row.
type cell struct {
	stream random.Stream
	nulls  float64 // their share
	maker  maker
}

// Append implements Generator.
func (c *cell) Append(dst []byte, row uint64) (out []byte, null bool) {
	s := c.stream.At(row)
	if c.nulls > 0 && s.Chance(c.nulls) {
		return dst, true
	}
	return c.maker.make(dst, row, s), false
}

// nothing is a column that is always null.
type nothing struct{}

// Append implements Generator.
func (nothing) Append(dst []byte, _ uint64) (out []byte, null bool) { return dst, true }

// unique is a column whose rows all differ: rows are spread over blocks of its domain, each of which is permuted.
type unique struct {
	domain Domain
	block  uint64 // a block's size
	limit  uint64 // the domain's size in whole blocks
	order  permutation.Permutation
	nulls  float64
	stream random.Stream
}

// few is a column whose rows all differ or are null, as there are fewer values than rows: each value is in one of them.
type few struct {
	domain Domain
	first  uint64
	order  permutation.Permutation // of the rows
}

func newFew(domain Domain, first, rows uint64, stream random.Stream) *few {
	return &few{domain: domain, first: first, order: permutation.New(max(1, rows), stream.Key())}
}

// nulls is the share of nulls.
func (f *few) nulls() float64 { return 1 - float64(f.domain.Size())/float64(f.order.Len()) }

// Append implements Generator.
func (f *few) Append(dst []byte, row uint64) (out []byte, null bool) {
	i := f.order.At((row - f.first) % f.order.Len())
	if i >= f.domain.Size() {
		return dst, true
	}
	return f.domain.Append(dst, i), false
}

// newUnique makes a unique column of a domain. block is the number of indexes that are as good as each other, 0 for all.
func newUnique(domain Domain, block uint64, stream random.Stream, nulls float64) *unique {
	size := domain.Size()
	if block == 0 || block > size {
		block = size
	}
	if size/block < 2 {
		block = size
	}
	return &unique{domain: domain, block: block, limit: size / block * block, order: permutation.New(block, stream.Key()), nulls: nulls, stream: stream}
}

// Append implements Generator.
func (u *unique) Append(dst []byte, row uint64) (out []byte, null bool) {
	if u.nulls > 0 {
		if s := u.stream.At(row); s.Chance(u.nulls) {
			return dst, true
		}
	}
	if row >= u.limit {
		row %= u.limit // more rows than values: the plan has said so
	}
	return u.domain.Append(dst, row/u.block*u.block+u.order.At(row%u.block)), false
}

// sequence is a unique column that counts up.
type sequence struct {
	domain Domain
	first  uint64 // the index of row 0
}

// Append implements Generator.
func (u *sequence) Append(dst []byte, row uint64) (out []byte, null bool) {
	return u.domain.Append(dst, u.first+row), false
}

// values is a list of values in binary form.
type values struct {
	list   [][]byte
	shares []float64 // cumulative, for drawing; nil if each is as likely
	skew   bool      // Zipf's shares
}

// Size implements Domain.
func (v *values) Size() uint64 { return uint64(len(v.list)) }

// Append implements Domain.
func (v *values) Append(dst []byte, index uint64) []byte { return append(dst, v.list[index]...) }

func (v *values) make(dst []byte, _ uint64, s random.Source) []byte {
	n := uint64(len(v.list))
	switch {
	case v.shares != nil:
		u := s.Float64()
		for i, share := range v.shares {
			if u < share {
				return append(dst, v.list[i]...)
			}
		}
		return append(dst, v.list[n-1]...)
	case v.skew:
		return append(dst, v.list[s.Zipf(n)]...)
	}
	return append(dst, v.list[s.Below(n)]...)
}

// array makes arrays of one dimension.
type array struct {
	element maker
	oid     uint32
	low     int // elements
	high    int
	domain  Domain // of the elements where they must differ from each other, or nil
}

func (m *array) make(dst []byte, row uint64, s random.Source) []byte {
	n := m.low
	if m.high > m.low {
		n += s.Intn(m.high - m.low + 1)
	}
	dst = wire.Array(dst, m.oid, n, false)
	from := uint64(0)
	if m.domain != nil {
		from = s.Below(m.domain.Size())
	}
	for i := range n {
		var at int
		dst, at = wire.Begin(dst)
		if m.domain != nil {
			dst = m.domain.Append(dst, (from+uint64(i))%m.domain.Size())
		} else {
			dst = m.element.make(dst, row, s.Split())
		}
		dst = wire.End(dst, at)
	}
	return dst
}

// singletons are arrays of one element: the domain of an array type, made of that of its elements.
type singletons struct {
	element Domain
	oid     uint32
	size    int // elements; the element is repeated where the array must have more
}

// Size implements Domain.
func (d *singletons) Size() uint64 { return d.element.Size() }

// Append implements Domain.
func (d *singletons) Append(dst []byte, index uint64) []byte {
	dst = wire.Array(dst, d.oid, d.size, false)
	for range d.size {
		var at int
		dst, at = wire.Begin(dst)
		dst = d.element.Append(dst, index)
		dst = wire.End(dst, at)
	}
	return dst
}

// composite makes composite values.
type composite struct {
	fields []maker // nil: null
	oids   []uint32
}

func (m *composite) make(dst []byte, row uint64, s random.Source) []byte {
	dst = wire.Composite(dst, len(m.fields))
	for i, field := range m.fields {
		dst = wire.OID(dst, m.oids[i])
		if field == nil {
			dst = wire.PartNull(dst)
			continue
		}
		var at int
		dst, at = wire.Begin(dst)
		dst = field.make(dst, row, s.Split())
		dst = wire.End(dst, at)
	}
	return dst
}

// tuples is the domain of a composite type: the fields that have domains in mixed radix, the others fixed.
type tuples struct {
	fields []Domain // nil: fixed
	makers []maker  // of the fixed ones; nil: null
	oids   []uint32
}

// Size implements Domain.
func (d *tuples) Size() uint64 {
	size := uint64(1)
	for _, field := range d.fields {
		if field == nil {
			continue
		}
		n := field.Size()
		if n == 0 {
			return 0
		}
		if size > Unlimited/n {
			return Unlimited
		}
		size *= n
	}
	return size
}

// Append implements Domain.
func (d *tuples) Append(dst []byte, index uint64) []byte {
	dst = wire.Composite(dst, len(d.fields))
	for i, field := range d.fields {
		dst = wire.OID(dst, d.oids[i])
		if field == nil && d.makers[i] == nil {
			dst = wire.PartNull(dst)
			continue
		}
		if field == nil {
			var at int
			dst, at = wire.Begin(dst)
			dst = d.makers[i].make(dst, 0, random.NewSource(uint64(i)))
			dst = wire.End(dst, at)
			continue
		}
		digit := index
		if n := field.Size(); n != Unlimited {
			digit, index = index%n, index/n
		} else {
			index = 0
		}
		var at int
		dst, at = wire.Begin(dst)
		dst = field.Append(dst, digit)
		dst = wire.End(dst, at)
	}
	return dst
}

// ranges makes ranges of ordered values: from a lower bound on, for some width.
type ranges struct {
	*ordered
	lower draw
	width draw // of the range, in ticks; at least 1
	limit int64
}

func (m *ranges) make(dst []byte, _ uint64, s random.Source) []byte {
	lower := m.lower.ticks(s.Split())
	upper := min(m.limit, lower+max(m.width.ticks(s.Split()), m.step()))
	return m.bounds(dst, lower, upper)
}

func (m *ranges) step() int64 { return max(1, m.lower.step) }

// bounds writes the range from lower, inclusive, to upper, exclusive.
func (o *ordered) bounds(dst []byte, lower, upper int64) []byte {
	dst = append(dst, wire.RangeLowerInclusive)
	for _, bound := range [...]int64{lower, upper} {
		var at int
		dst, at = wire.Begin(dst)
		dst = o.append(dst, bound)
		dst = wire.End(dst, at)
	}
	return dst
}

// slots are ranges that do not overlap: the domain of a range type, and what EXCLUDE … WITH && asks for.
type slots struct {
	*ordered
	first int64 // the first lower bound
	width int64 // of each, in ticks
	gap   int64
	count uint64
}

// Size implements Domain.
func (d *slots) Size() uint64 { return d.count }

// Append implements Domain.
func (d *slots) Append(dst []byte, index uint64) []byte {
	lower := d.first + int64(index)*(d.width+d.gap)
	return d.bounds(dst, lower, lower+d.width)
}

// points are ranges of a single value of a type without arithmetic: [x,x].
type points struct{ subtype Domain }

// Size implements Domain.
func (d points) Size() uint64 { return d.subtype.Size() }

// Append implements Domain.
func (d points) Append(dst []byte, index uint64) []byte {
	dst = append(dst, wire.RangeLowerInclusive|wire.RangeUpperInclusive)
	for range 2 {
		var at int
		dst, at = wire.Begin(dst)
		dst = d.subtype.Append(dst, index)
		dst = wire.End(dst, at)
	}
	return dst
}

// pointRanges makes them by chance.
type pointRanges struct{ subtype maker }

func (m pointRanges) make(dst []byte, row uint64, s random.Source) []byte {
	dst = append(dst, wire.RangeLowerInclusive|wire.RangeUpperInclusive)
	for range 2 {
		var at int
		dst, at = wire.Begin(dst)
		dst = m.subtype.make(dst, row, s)
		dst = wire.End(dst, at)
	}
	return dst
}

// multirange wraps a range as a multirange of one.
type multirange struct {
	one    maker
	domain Domain
}

func (m multirange) make(dst []byte, row uint64, s random.Source) []byte {
	dst, at := wire.Begin(wire.Multirange(dst, 1))
	return wire.End(m.one.make(dst, row, s), at)
}

// Size implements Domain.
func (m multirange) Size() uint64 { return m.domain.Size() }

// Append implements Domain.
func (m multirange) Append(dst []byte, index uint64) []byte {
	dst, at := wire.Begin(wire.Multirange(dst, 1))
	return wire.End(m.domain.Append(dst, index), at)
}
