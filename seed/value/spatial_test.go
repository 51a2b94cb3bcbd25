package value_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
)

// TestGeometries makes every shape that a modifier can ask for, and shapes that old CHECKs ask for, where PostGIS is installed.
func TestGeometries(t *testing.T) {
	t.Parallel()
	pgtest.Extension(t, pgtest.Connect(t, pgtest.Database(t)), "postgis")
	types := []string{"geometry", "geography"}
	for _, shape := range []string{"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"} {
		for _, flags := range []string{"", "Z", "M", "ZM"} {
			types = append(types, "geometry("+shape+flags+")", "geometry("+shape+flags+", 4326)", "geometry("+shape+flags+", 25832)", "geography("+shape+flags+")")
		}
	}
	script := strings.Builder{}
	script.WriteString("CREATE EXTENSION postgis;")
	for i, name := range types {
		fmt.Fprintf(&script, "CREATE TABLE t%d (a %s NOT NULL);\n", i, name)
	}
	script.WriteString(`CREATE TABLE old (geom geometry NOT NULL, CONSTRAINT enforce_dims_geom CHECK (st_ndims(geom) = 2), CONSTRAINT enforce_srid_geom CHECK (st_srid(geom) = 27700),
		CONSTRAINT enforce_geotype_geom CHECK (geometrytype(geom) = 'MULTIPOLYGON'::text OR geom IS NULL))`)
	conn, db := load(t, script.String())
	for i, name := range types {
		r := request(conn, db, fmt.Sprintf("t%d", i), 60)
		if err := fill(t, conn, r, solve(t, r)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sql := fmt.Sprintf("SELECT bool_and(public.st_isvalid(a::public.geometry)) AND count(DISTINCT public.st_astext(a)) > 30 FROM public.t%d", i)
		if got := show(t, conn, sql); got != "t" {
			t.Errorf("%s: invalid or alike: %s", name, show(t, conn, fmt.Sprintf("SELECT public.st_astext(a) FROM public.t%d LIMIT 3", i)))
		}
	}
	r := request(conn, db, "old", 60)
	if err := fill(t, conn, r, solve(t, r)); err != nil {
		t.Error(err)
	}
}
