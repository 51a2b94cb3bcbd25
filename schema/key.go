package schema

// Key is a primary key or a unique constraint.
type Key struct {
	Name             string   `json:"name"`
	Columns          []string `json:"columns"`
	Deferrable       bool     `json:"deferrable,omitempty"`
	NullsNotDistinct bool     `json:"nulls_not_distinct,omitempty"` // PostgreSQL 15 and later
	WithoutOverlaps  bool     `json:"without_overlaps,omitempty"`   // PostgreSQL 18: the last column is a range
	Definition       string   `json:"definition"`                   // pg_get_constraintdef
}

func (r constraintRow) key() *Key {
	return &Key{
		Name: r.name, Columns: r.columns, Deferrable: r.deferrable, NullsNotDistinct: r.nullsNotDistinct,
		WithoutOverlaps: r.period, Definition: r.definition,
	}
}
