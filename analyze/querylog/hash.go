package querylog

import (
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"math"
	"reflect"
	"time"
)

// hasher turns values into 64-bit hashes under a secret of the process. A value has the same hash as a bind argument,
// in binary and in text format: integers of any width and their decimal text are one, and so are a UUID and its text.
type hasher struct{ seed maphash.Seed }

func newHasher() hasher { return hasher{maphash.MakeSeed()} }

// what a hash was made of, so that the integer 1 and the byte 1 differ
const (
	tagNull byte = iota
	tagInt
	tagUUID
	tagBytes
	tagFloat
	tagTime
	tagOther
)

func (h hasher) null() uint64 { return maphash.Bytes(h.seed, []byte{tagNull}) }

func (h hasher) fixed(tag byte, v uint64) uint64 {
	var b [9]byte
	b[0] = tag
	binary.LittleEndian.PutUint64(b[1:], v)
	return maphash.Bytes(h.seed, b[:])
}

func (h hasher) int(v int64) uint64 { return h.fixed(tagInt, uint64(v)) }

func (h hasher) uuid(v [16]byte) uint64 {
	var b [17]byte
	b[0] = tagUUID
	copy(b[1:], v[:])
	return maphash.Bytes(h.seed, b[:])
}

// text hashes the text of a value, in canonical form if it reads as an integer or UUID.
func (h hasher) text(s string) uint64 {
	if v, ok := parseInt(s); ok {
		return h.int(v)
	}
	if v, ok := parseUUID(s); ok {
		return h.uuid(v)
	}
	return maphash.String(h.seed, s) ^ 1<<tagBytes
}

// parseInt reads the one way of writing an integer: no sign but a minus, no leading zeros, at most 18 digits.
func parseInt(s string) (int64, bool) {
	digits := s
	if digits != "" && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 18 || digits[0] == '0' && len(s) > 1 {
		return 0, false
	}
	var v int64
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	if len(digits) != len(s) {
		v = -v
	}
	return v, true
}

func parseUUID(s string) (v [16]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return v, false
	}
	var digits [32]byte
	copy(digits[copy(digits[copy(digits[copy(digits[copy(digits[:], s[:8]):], s[9:13])+8:], s[14:18])+12:], s[19:23])+16:], s[24:])
	_, err := hex.Decode(v[:], digits[:])
	return v, err == nil
}

// value hashes a bind argument of any type that pgx takes.
func (h hasher) value(arg any) uint64 {
	switch v := arg.(type) {
	case nil:
		return h.null()
	case int:
		return h.int(int64(v))
	case int64:
		return h.int(v)
	case int32:
		return h.int(int64(v))
	case string:
		return h.text(v)
	case [16]byte:
		return h.uuid(v)
	case []byte:
		if len(v) > maxKeyBytes {
			return maphash.Bytes(h.seed, v) ^ 1<<tagBytes
		}
		return h.text(string(v))
	case bool:
		if v {
			return h.int(1)
		}
		return h.int(0)
	case float64:
		return h.float(v)
	case time.Time:
		return h.fixed(tagTime, uint64(v.UnixMicro()))
	}
	return h.reflected(reflect.ValueOf(arg), 0)
}

func (h hasher) float(v float64) uint64 {
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return h.int(int64(v))
	}
	return h.fixed(tagFloat, math.Float64bits(v))
}

// reflected hashes what value has no case for: named types, pointers, slices, types that are their own encoders.
func (h hasher) reflected(v reflect.Value, depth int) uint64 {
	const deepest = 4
	if !v.IsValid() || (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil() {
		return h.null()
	}
	if depth < deepest && v.CanInterface() {
		if valuer, ok := v.Interface().(driver.Valuer); ok {
			if inner, err := valuer.Value(); err == nil {
				if _, again := inner.(driver.Valuer); !again {
					return h.value(inner)
				}
			}
		}
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return h.int(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return h.int(int64(v.Uint()))
	case reflect.Float32, reflect.Float64:
		return h.float(v.Float())
	case reflect.String:
		return h.text(v.String())
	case reflect.Bool:
		return h.value(v.Bool())
	case reflect.Pointer, reflect.Interface:
		if depth < deepest {
			return h.reflected(v.Elem(), depth+1)
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Array && v.Len() == 16 && v.Type().Elem().Kind() == reflect.Uint8 {
			var id [16]byte
			reflect.Copy(reflect.ValueOf(id[:]), v)
			return h.uuid(id)
		}
		if depth < deepest {
			sum := h.fixed(tagOther, uint64(v.Len()))
			for i := range v.Len() {
				sum = h.fixed(tagOther, sum^h.reflected(v.Index(i), depth+1))
			}
			return sum
		}
	}
	// Structs, maps: their Go syntax is as good a key as any. Rare, and slow.
	return maphash.String(h.seed, fmt.Sprintf("%#v", v))
}

// PostgreSQL's OIDs of the types that keys have.
const (
	oidInt8    = 20
	oidInt2    = 21
	oidInt4    = 23
	oidText    = 25
	oidOID     = 26
	oidName    = 19
	oidBpchar  = 1042
	oidVarchar = 1043
	oidUUID    = 2950
)

// wire hashes a value of a result as the server sent it.
func (h hasher) wire(oid uint32, format int16, raw []byte) uint64 {
	switch oid {
	case oidInt2, oidInt4, oidInt8, oidOID:
		if format != textFormat {
			switch {
			case oid == oidInt2 && len(raw) == 2:
				return h.int(int64(int16(binary.BigEndian.Uint16(raw))))
			case oid == oidInt4 && len(raw) == 4:
				return h.int(int64(int32(binary.BigEndian.Uint32(raw))))
			case oid == oidOID && len(raw) == 4:
				return h.int(int64(binary.BigEndian.Uint32(raw)))
			case oid == oidInt8 && len(raw) == 8:
				return h.int(int64(binary.BigEndian.Uint64(raw)))
			}
		}
	case oidUUID:
		if len(raw) == 16 {
			return h.uuid([16]byte(raw))
		}
	}
	return h.text(string(raw))
}
