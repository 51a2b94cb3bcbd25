package schema

// ForeignKey is a foreign key; Columns and ReferencedColumns pair up.
type ForeignKey struct {
	Name              string   `json:"name"`
	Columns           []string `json:"columns"`
	ReferencedSchema  string   `json:"referenced_schema"`
	ReferencedTable   string   `json:"referenced_table"`
	ReferencedColumns []string `json:"referenced_columns"`
	OnDelete          string   `json:"on_delete"` // no action, restrict, cascade, set null, set default
	OnUpdate          string   `json:"on_update"`
	MatchFull         bool     `json:"match_full,omitempty"`
	Deferrable        bool     `json:"deferrable,omitempty"`
	Deferred          bool     `json:"deferred,omitempty"` // initially deferred
	Validated         bool     `json:"validated"`
	NotEnforced       bool     `json:"not_enforced,omitempty"` // PostgreSQL 18
	Period            bool     `json:"period,omitempty"`       // PostgreSQL 18: the last column is a range that must be covered
	Inherited         bool     `json:"inherited,omitempty"`    // it came from the partitioned parent's
	Definition        string   `json:"definition"`
}

// ReferencedName returns the quoted qualified name of the table that the key points to.
func (fk *ForeignKey) ReferencedName() string {
	return QualifiedName(fk.ReferencedSchema, fk.ReferencedTable)
}

func (r constraintRow) foreignKey() *ForeignKey {
	actions := map[string]string{"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
	return &ForeignKey{
		Name: r.name, Columns: r.columns,
		ReferencedSchema: r.referencedSchema, ReferencedTable: r.referencedTable, ReferencedColumns: r.referencedColumns,
		OnDelete: actions[r.onDelete], OnUpdate: actions[r.onUpdate], MatchFull: r.matchFull,
		Deferrable: r.deferrable, Deferred: r.deferred, Validated: r.validated, NotEnforced: !r.enforced, Period: r.period,
		Inherited: r.inherited, Definition: r.definition,
	}
}
