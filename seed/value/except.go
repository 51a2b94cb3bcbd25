package value

import "slices"

// exceptSearch is how many of a domain's values are compared with those that other rows have. Of larger domains it is the
// first ones, from which values are taken first.
const exceptSearch = 1 << 20

// except lists the values that a column's new rows must not have.
func (r *Request) except(name string) [][]byte {
	for _, d := range r.Distinct {
		if d.Column == name {
			return d.Except
		}
	}
	return nil
}

// needs is how many values a column takes that has another one in every row. Rows that were there before count unless it
// is known which values they have.
func (r *Request) needs(name string) uint64 {
	if len(r.except(name)) > 0 {
		return r.Rows
	}
	return r.First + r.Rows
}

// remaining is a domain without some of its values.
type remaining struct {
	Domain
	skipped []uint64 // indexes, ascending
}

// without takes values out of a source's domain.
func without(src *source, except [][]byte, rows uint64) Domain {
	out := map[string]bool{}
	for _, v := range except {
		out[string(v)] = true
	}
	end := rows + uint64(len(except))
	if src.block > 0 {
		end = (end/src.block + 1) * src.block
	} else {
		end = src.domain.Size() // drawn from all of it
	}
	d := &remaining{Domain: src.domain}
	var buffer []byte
	for i := range min(end, src.domain.Size(), exceptSearch) {
		if buffer = src.domain.Append(buffer[:0], i); out[string(buffer)] {
			d.skipped = append(d.skipped, i)
		}
	}
	if len(d.skipped) == 0 {
		return src.domain
	}
	return d
}

// Size implements Domain.
func (d *remaining) Size() uint64 {
	if n := d.Domain.Size(); n != Unlimited {
		return n - uint64(len(d.skipped))
	}
	return Unlimited
}

// Append implements Domain.
func (d *remaining) Append(dst []byte, index uint64) []byte {
	// The index-th of those that are left: every value left out before it moves it on by one.
	low, _ := slices.BinarySearchFunc(d.skipped, index, func(skipped, index uint64) int {
		place, _ := slices.BinarySearch(d.skipped, skipped)
		if skipped-uint64(place) <= index {
			return -1
		}
		return 1
	})
	return d.Domain.Append(dst, index+uint64(low))
}
