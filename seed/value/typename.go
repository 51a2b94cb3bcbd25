package value

import (
	"strings"

	"github.com/pgassay/pgassay/schema"
)

// builtInTypes are types of PostgreSQL that a constraint may name though no column has them, by the names that format_type gives
// them (src/include/catalog/pg_type.dat).
var builtInTypes = map[string]schema.Type{
	"boolean": {OID: 16, Name: "bool", Category: "B"}, "bigint": {OID: 20, Name: "int8", Category: "N"}, "smallint": {OID: 21, Name: "int2", Category: "N"},
	"integer": {OID: 23, Name: "int4", Category: "N"}, "text": {OID: 25, Name: "text", Category: "S"}, "oid": {OID: 26, Name: "oid", Category: "N"},
	"real": {OID: 700, Name: "float4", Category: "N"}, "double precision": {OID: 701, Name: "float8", Category: "N"},
	"date": {OID: 1082, Name: "date", Category: "D"}, "time without time zone": {OID: 1083, Name: "time", Category: "D"},
	"timestamp without time zone": {OID: 1114, Name: "timestamp", Category: "D"},
	"timestamp with time zone":    {OID: 1184, Name: "timestamptz", Category: "D"}, "interval": {OID: 1186, Name: "interval", Category: "T"},
	"numeric": {OID: 1700, Name: "numeric", Category: "N"}, "uuid": {OID: 2950, Name: "uuid", Category: "U"},
	"inet": {OID: 869, Name: "inet", Category: "I"},
}

// typeNamed finds a type by its name as constraints write it, with or without a modifier; nil if it is not known.
func (b *builder) typeNamed(name string) *schema.Type {
	plain, rest, modified := strings.Cut(name, "(")
	if modified { // timestamp(3) without time zone
		_, rest, _ = strings.Cut(rest, ")")
		plain += rest
	}
	for _, typ := range b.db.Types {
		if typ.Formatted == plain || typ.QualifiedName() == plain {
			return typ
		}
	}
	if typ, ok := builtInTypes[plain]; ok {
		typ.Schema, typ.Kind, typ.Formatted, typ.Length, typ.Binary = "pg_catalog", schema.BaseType, plain, -1, true
		return &typ
	}
	var found *schema.Type // by its name alone, where only one has it
	for _, typ := range b.db.Types {
		if typ.Name == plain {
			if found != nil {
				return nil
			}
			found = typ
		}
	}
	return found
}
