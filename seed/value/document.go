package value

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/wire"
)

// document is a JSON column into whose objects leaves are put. Other values are left as they are.
type document struct {
	Generator
	members []leafMember
}

// leafMember is a key of an object, with a leaf or with an object of such.
type leafMember struct {
	key    []byte // with what stands between it and its value
	leaf   *laterGenerator
	write  leafWriter
	inside []leafMember
}

// leafWriter appends to dst what the binary form of a value is in JSON. The value may lie in dst.
type leafWriter func(dst, value []byte) []byte

// Append implements Generator.
func (d *document) Append(dst []byte, row uint64) (out []byte, null bool) {
	out, null = d.Generator.Append(dst, row)
	if null || len(out) == len(dst) || out[len(out)-1] != '}' {
		return out, null
	}
	return append(appendMembers(out[:len(out)-1], d.members, row), '}'), false
}

func appendMembers(dst []byte, members []leafMember, row uint64) []byte {
	for i := range members {
		m := &members[i]
		start := len(dst)
		if dst[start-1] != '{' {
			dst = append(dst, ", "...)
		}
		dst = append(dst, m.key...)
		if m.leaf == nil {
			dst = append(appendMembers(append(dst, '{'), m.inside, row), '}')
			continue
		}
		at := len(dst)
		binary, null := m.leaf.Append(dst, row)
		if null {
			dst = binary[:start]
			continue
		}
		text := m.write(binary, binary[at:])
		dst = append(text[:at], text[len(binary):]...)
	}
	return dst
}

// membersOf builds what is put into documents at a place. later gives the generator of a leaf, which is known in the end.
func membersOf(n *branch, later func(leaf *branch) *laterGenerator) []leafMember {
	var out []leafMember
	for _, in := range n.inside {
		m := leafMember{key: append(appendQuoted(nil, []byte(in.key)), ": "...)}
		if in.column != nil {
			m.leaf, m.write = later(in), writerOf(in.column)
		} else if m.inside = membersOf(in, later); len(m.inside) == 0 {
			continue
		}
		out = append(out, m)
	}
	return out
}

// writable tells whether the values of a type can be written into a document.
func writable(typ *schema.Type) bool {
	return writerOf(&puzzleColumn{typ: typ}) != nil
}

// writerOf gives the writer of a column's type; nil if there is none.
func writerOf(pc *puzzleColumn) leafWriter {
	switch {
	case pc.typ.Kind == schema.EnumType, isText(pc.typ):
		return appendQuoted
	case pc.typ.Schema != "pg_catalog" || pc.typ.Kind != schema.BaseType:
		return nil
	}
	switch pc.typ.Name {
	case "int2":
		return func(dst, v []byte) []byte {
			return strconv.AppendInt(dst, int64(int16(binary.BigEndian.Uint16(v))), 10)
		}
	case "int4":
		return func(dst, v []byte) []byte {
			return strconv.AppendInt(dst, int64(int32(binary.BigEndian.Uint32(v))), 10)
		}
	case "int8":
		return func(dst, v []byte) []byte { return strconv.AppendInt(dst, int64(binary.BigEndian.Uint64(v)), 10) }
	case "oid":
		return func(dst, v []byte) []byte { return strconv.AppendUint(dst, uint64(binary.BigEndian.Uint32(v)), 10) }
	case "float4":
		return func(dst, v []byte) []byte {
			return strconv.AppendFloat(dst, float64(math.Float32frombits(binary.BigEndian.Uint32(v))), 'g', -1, 32)
		}
	case "float8":
		return func(dst, v []byte) []byte {
			return strconv.AppendFloat(dst, math.Float64frombits(binary.BigEndian.Uint64(v)), 'g', -1, 64)
		}
	case "numeric":
		o := pc.order
		return func(dst, v []byte) []byte {
			tick, _ := o.tick(v)
			return appendDecimal(dst, tick, o.Scale)
		}
	case "bool":
		return func(dst, v []byte) []byte { return strconv.AppendBool(dst, v[0] != 0) }
	case "date":
		return func(dst, v []byte) []byte {
			return clock(int64(int32(binary.BigEndian.Uint32(v)))*day).AppendFormat(dst, `"2006-01-02"`)
		}
	case "timestamp":
		return func(dst, v []byte) []byte {
			return clock(int64(binary.BigEndian.Uint64(v))).AppendFormat(dst, `"2006-01-02T15:04:05.999999"`)
		}
	case "timestamptz":
		return func(dst, v []byte) []byte {
			return clock(int64(binary.BigEndian.Uint64(v))).AppendFormat(dst, `"2006-01-02T15:04:05.999999Z"`)
		}
	case "time":
		return func(dst, v []byte) []byte {
			return clock(int64(binary.BigEndian.Uint64(v))).AppendFormat(dst, `"15:04:05.999999"`)
		}
	case "interval":
		return appendInterval
	case "uuid":
		return func(dst, v []byte) []byte { return append(wire.UUIDText(append(dst, '"'), v), '"') }
	case "json":
		return func(dst, v []byte) []byte { return append(dst, v...) }
	case "jsonb":
		return func(dst, v []byte) []byte { return append(dst, v[1:]...) } // after the version
	}
	return nil
}

// kindOf is what jsonb_typeof says of a leaf of a type other than JSON.
func kindOf(typ *schema.Type) string {
	switch typ.Name {
	case "int2", "int4", "int8", "oid", "float4", "float8", "numeric":
		return "number"
	case "bool":
		return "boolean"
	}
	return "string"
}

// appendQuoted writes a text as a JSON string.
func appendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < 0x20:
			dst = append(dst, `\u00`...)
			dst = hex.AppendEncode(dst, text[:1])
		default:
			dst = append(dst, text[:size]...)
		}
		text = text[size:]
	}
	return append(dst, '"')
}

// appendDecimal writes ticks of a scale as a number.
func appendDecimal(dst []byte, tick int64, scale int) []byte {
	if tick < 0 {
		dst = append(dst, '-')
		tick = -tick
	}
	start := len(dst)
	dst = strconv.AppendInt(dst, tick, 10)
	if scale <= 0 {
		return dst
	}
	for len(dst)-start <= scale {
		dst = append(dst, '0')
		copy(dst[start+1:], dst[start:])
		dst[start] = '0'
	}
	dst = append(dst, 0)
	point := len(dst) - 1 - scale
	copy(dst[point+1:], dst[point:])
	dst[point] = '.'
	return dst
}

// appendInterval writes an interval as ISO 8601 does.
func appendInterval(dst, v []byte) []byte {
	micros, days, months := int64(binary.BigEndian.Uint64(v)), int32(binary.BigEndian.Uint32(v[8:])), int32(binary.BigEndian.Uint32(v[12:]))
	dst = append(dst, `"P`...)
	dst = append(strconv.AppendInt(dst, int64(months), 10), 'M')
	dst = append(strconv.AppendInt(dst, int64(days), 10), "DT"...)
	dst = appendDecimal(dst, micros, 6)
	return append(dst, `S"`...)
}

// set publishes how a column is made. The documents of a JSON column get their leaves where they are not taken as a whole.
func (a *assembly) set(name string, made Column, leaves bool) {
	root := a.puzzle.documents[name]
	switch {
	case a.puzzle.columns[name].leafOf != "":
		a.leaf(name).Generator = made.Generator
	case root != nil && leaves && a.puzzle.columns[name].typ.Kind == schema.RangeType:
		made.Generator = &bounded{made.Generator, a.leaf(root.inside[0].name), a.leaf(root.inside[1].name)}
	case root != nil && leaves:
		made.Generator = &document{made.Generator, membersOf(root, func(n *branch) *laterGenerator { return a.leaf(n.name) })}
	}
	a.out.Columns[name] = made
}

// leaf gives the generator of a leaf, which is null until it is known.
func (a *assembly) leaf(name string) *laterGenerator {
	if a.leaves == nil {
		a.leaves = map[string]*laterGenerator{}
	}
	if a.leaves[name] == nil {
		a.leaves[name] = &laterGenerator{nothing{}}
	}
	return a.leaves[name]
}

// whole puts the columns of documents in the place of their leaves.
func (a *assembly) whole(names []string) []string {
	var out []string
	for _, name := range names {
		if pc := a.puzzle.columns[name]; pc.leafOf != "" {
			name = pc.leafOf
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// takeLeaves takes the leaves out of the solution: what it says of them goes for their documents.
func (a *assembly) takeLeaves() {
	for name, root := range a.puzzle.documents {
		made, ok := a.out.Columns[name]
		for _, leaf := range root.leaves() {
			part, known := a.out.Columns[leaf.name]
			if delete(a.out.Columns, leaf.name); known {
				made.Free = made.Free && part.Free
				made.Width += part.Width + float64(len(leaf.key)) + 6
			}
		}
		if ok {
			a.out.Columns[name] = made
		}
	}
}
