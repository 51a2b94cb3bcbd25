package emit

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgassay/pgassay/schema"
)

// lessUsual gives the text form of types that few columns have, or nil.
func lessUsual(oid uint32) textForm {
	switch oid {
	case pgtype.IntervalOID:
		return appendInterval
	case pgtype.InetOID, pgtype.CIDROID:
		return appendNetwork
	case pgtype.MacaddrOID:
		return func(dst, v []byte) []byte {
			return fmt.Appendf(dst, "%02x:%02x:%02x:%02x:%02x:%02x", v[0], v[1], v[2], v[3], v[4], v[5])
		}
	case pgtype.BitOID, pgtype.VarbitOID:
		return func(dst, v []byte) []byte {
			for i := range int(binary.BigEndian.Uint32(v)) {
				dst = append(dst, '0'+v[4+i/8]>>(7-i%8)&1)
			}
			return dst
		}
	}
	return nil
}

// appendInterval: microseconds, days, months (interval_send).
func appendInterval(dst, v []byte) []byte {
	micros, days, months := int64(binary.BigEndian.Uint64(v)), int32(binary.BigEndian.Uint32(v[8:])), int32(binary.BigEndian.Uint32(v[12:]))
	dst = append(strconv.AppendInt(dst, int64(months), 10), " mons "...)
	dst = append(strconv.AppendInt(dst, int64(days), 10), " days "...)
	if micros < 0 {
		dst, micros = append(dst, '-'), -micros
	}
	return appendClock(dst, micros)
}

// appendNetwork: family (2 for version 4), length of the prefix, whether it is a cidr, length of the address, the address
// (network_send).
func appendNetwork(dst, v []byte) []byte {
	address, ok := netip.AddrFromSlice(v[4 : 4+int(v[3])])
	if !ok {
		return dst
	}
	return strconv.AppendUint(append(address.AppendTo(dst), '/'), uint64(v[1]), 10)
}

// The flags of a range's binary form (range_send).
const (
	rangeEmpty         = 0x01
	rangeLowInclusive  = 0x02
	rangeHighInclusive = 0x04
	rangeLowInfinite   = 0x08
	rangeHighInfinite  = 0x10
)

// rangeOf gives the text form of a range: flags, then the bounds that it has with their lengths.
func rangeOf(db *schema.Database, typ *schema.Type) textForm {
	bound := textOf(db, typ.Subtype)
	if bound == nil {
		return nil
	}
	return func(dst, v []byte) []byte {
		flags, rest := v[0], v[1:]
		if flags&rangeEmpty != 0 {
			return append(dst, "empty"...)
		}
		next := func(infinite byte) {
			if flags&infinite != 0 {
				return
			}
			n := int(binary.BigEndian.Uint32(rest))
			dst = appendQuoted(dst, bound(nil, rest[4:4+n])) // always, since an empty text is not the same as none
			rest = rest[4+n:]
		}
		dst = append(dst, "(["[flags&rangeLowInclusive/rangeLowInclusive])
		next(rangeLowInfinite)
		dst = append(dst, ',')
		next(rangeHighInfinite)
		return append(dst, ")]"[flags&rangeHighInclusive/rangeHighInclusive])
	}
}

// multirangeOf gives the text form of a multirange: the number of its ranges, then each with its length.
func multirangeOf(db *schema.Database, typ *schema.Type) textForm {
	of := db.Type(typ.Range)
	if of == nil {
		of = &schema.Type{Subtype: typ.Subtype}
	}
	one := rangeOf(db, of)
	if one == nil {
		return nil
	}
	return func(dst, v []byte) []byte {
		dst = append(dst, '{')
		rest := v[4:]
		for i := range binary.BigEndian.Uint32(v) {
			if i > 0 {
				dst = append(dst, ',')
			}
			n := int(binary.BigEndian.Uint32(rest))
			dst = one(dst, rest[4:4+n])
			rest = rest[4+n:]
		}
		return append(dst, '}')
	}
}
