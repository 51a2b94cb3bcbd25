package value

import (
	"fmt"
	"math"

	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/wire"
)

// spatial makes geometries and geographies of PostGIS, at the row's place: points, or what the type's modifier asks for. Curves,
// surfaces and triangles are left to trials on the server.
func (b *builder) spatial(w wish) (*special, float64) {
	// The modifier: 21 bits of spatial reference, 6 of the kind of shape, and whether there is Z and M.
	g, shape := wire.Geometry{}, wire.PointShape
	if w.mod >= 0 {
		g = wire.Geometry{SRID: uint32(w.mod) >> 8 & 0x1fffff, Z: w.mod&2 != 0, M: w.mod&1 != 0}
		shape = max(shape, wire.Shape(w.mod>>2&0x3f))
	}
	if w.typ.Name == "geography" && g.SRID == 0 {
		g.SRID = 4326
	}
	if shape > wire.CollectionShape {
		return nil, 0
	}
	where := b.place(w.meaning.Group)
	d := drawing{Geometry: g, unit: 1, project: func(longitude, latitude float64) (x, y float64) { return longitude, latitude }}
	switch g.SRID {
	case 0, 4326, 4258, 4269, 4267:
	default: // in metres
		d.unit, d.project = 111_320, mercator
	}
	width := float64(9 + map[wire.Shape]int{
		wire.PointShape: 16, wire.LineShape: 68, wire.PolygonShape: 88, wire.MultiPointShape: 46, wire.MultiLineShape: 86, wire.MultiPolygonShape: 186, wire.CollectionShape: 98,
	}[shape])
	return &special{size: 1 << 30, write: func(dst []byte, index, row uint64, s random.Source) []byte {
		latitude, longitude := where.coordinate(row)
		// A millimetre's difference keeps values apart.
		x, y := d.project(float64(longitude)/1e6+float64(index)*1e-12, float64(latitude)/1e6)
		return d.draw(d.Begin(dst, shape), shape, x, y, &s)
	}}, width
}

// mercator projects degrees to metres as the maps of the web do.
func mercator(longitude, latitude float64) (x, y float64) {
	const radius = 6_378_137
	return radius * longitude * math.Pi / 180, radius * math.Log(math.Tan(math.Pi/4+latitude*math.Pi/360))
}

// drawing draws shapes.
type drawing struct {
	wire.Geometry
	unit    float64 // one degree
	project func(longitude, latitude float64) (x, y float64)
}

// draw appends what follows the beginning of a shape that begins at a place.
func (d *drawing) draw(dst []byte, shape wire.Shape, x, y float64, s *random.Source) []byte {
	step := func(size float64) float64 { return (s.Float64() - 0.5) * size * d.unit }
	switch shape {
	case wire.PointShape:
		return d.Coordinate(dst, x, y, s.Float64()*300, s.Float64())
	case wire.LineShape:
		n := 2 + s.Intn(4)
		dst = wire.Int4(dst, int32(n))
		for i := range n {
			dst = d.Coordinate(dst, x, y, s.Float64()*300, float64(i)/float64(n))
			x, y = x+step(0.01), y+step(0.01)
		}
		return dst
	case wire.PolygonShape: // a quadrangle that is convex, and whose ring is closed
		dst = wire.Int4(wire.Int4(dst, 1), 5)
		wide, high, z := 0.001*d.unit*(1+9*s.Float64()), 0.001*d.unit*(1+9*s.Float64()), s.Float64()*300
		for _, corner := range [5][2]float64{{0, 0}, {wide, 0.1 * high}, {0.9 * wide, high}, {-0.1 * wide, 0.9 * high}, {0, 0}} {
			dst = d.Coordinate(dst, x+corner[0], y+corner[1], z, 0)
		}
		return dst
	case wire.CollectionShape:
		dst = wire.Int4(dst, 2)
		dst = d.draw(d.Part(dst, wire.PointShape), wire.PointShape, x, y, s)
		return d.draw(d.Part(dst, wire.LineShape), wire.LineShape, x, y, s)
	}
	part := shape - wire.MultiPointShape + wire.PointShape
	dst = wire.Int4(dst, 2)
	dst = d.draw(d.Part(dst, part), part, x, y, s)
	return d.draw(d.Part(dst, part), part, x+0.05*d.unit, y, s) // clear of the other one
}

// shapes are texts of one geometry of each kind, with the spatial references that a constraint speaks of.
func shapes(constants []string) []string {
	var texts []string
	for _, reference := range append([]string{"", "4326"}, constants...) {
		prefix := ""
		if _, err := parseInt(reference); err == nil {
			prefix = fmt.Sprintf("SRID=%s;", reference)
		} else if reference != "" {
			continue
		}
		for i := range 8 {
			x := float64(5 + i)
			for _, form := range []string{
				"POINT(%[1]g 50)", "LINESTRING(%[1]g 50,%[1]g 51)", "POLYGON((%[1]g 50,%[2]g 50,%[2]g 51,%[1]g 50))", "MULTIPOINT((%[1]g 50),(%[2]g 51))",
				"MULTILINESTRING((%[1]g 50,%[2]g 51))", "MULTIPOLYGON(((%[1]g 50,%[2]g 50,%[2]g 51,%[1]g 50)))", "GEOMETRYCOLLECTION(POINT(%[1]g 50))",
				"POINT Z (%[1]g 50 1)", "LINESTRING Z (%[1]g 50 1,%[1]g 51 1)", "POLYGON Z ((%[1]g 50 1,%[2]g 50 1,%[2]g 51 1,%[1]g 50 1))",
			} {
				texts = append(texts, prefix+fmt.Sprintf(form, x, x+1))
			}
		}
	}
	return texts
}
