package wire

import "encoding/binary"

// Shape is a kind of PostGIS geometry, by its number in well-known binary form.
type Shape uint32

// The shapes.
const (
	PointShape Shape = 1 + iota
	LineShape
	PolygonShape
	MultiPointShape
	MultiLineShape
	MultiPolygonShape
	CollectionShape
)

// Geometry writes PostGIS geometries and geographies in extended well-known binary form (EWKB).
type Geometry struct {
	SRID uint32 // of the spatial reference; 0: none
	Z, M bool   // coordinates have a height, a measure
}

// Begin begins a geometry. Its number of parts follows unless it is a point, as an Int4; then the parts: coordinates of a line,
// rings of a polygon, which begin with their number of coordinates, geometries of the others, with Part.
func (g Geometry) Begin(dst []byte, shape Shape) []byte {
	kind := g.kind(shape)
	if g.SRID == 0 {
		return binary.BigEndian.AppendUint32(append(dst, 0), kind) // 0: big endian
	}
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(append(dst, 0), kind|0x20000000), g.SRID)
}

// Part begins a geometry in another one.
func (g Geometry) Part(dst []byte, shape Shape) []byte {
	return binary.BigEndian.AppendUint32(append(dst, 0), g.kind(shape))
}

func (g Geometry) kind(shape Shape) uint32 {
	kind := uint32(shape)
	if g.Z {
		kind |= 0x80000000
	}
	if g.M {
		kind |= 0x40000000
	}
	return kind
}

// Coordinate appends one, with those of z and m that the geometry has.
func (g Geometry) Coordinate(dst []byte, x, y, z, m float64) []byte {
	dst = Point(dst, x, y)
	if g.Z {
		dst = Float8(dst, z)
	}
	if g.M {
		dst = Float8(dst, m)
	}
	return dst
}
