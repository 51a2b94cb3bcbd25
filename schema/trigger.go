package schema

import (
	"context"
	_ "embed"
)

// Trigger is a user trigger.
type Trigger struct {
	Name       string `json:"name"`
	Enabled    string `json:"enabled"`             // origin, replica, always or disabled
	Inherited  bool   `json:"inherited,omitempty"` // it came from the partitioned parent's
	Definition string `json:"definition"`
}

//go:embed trigger.sql
var triggerSQL string

func (l *loader) triggers(ctx context.Context) error {
	var relation uint32
	var t Trigger
	return l.each(ctx, triggerSQL, []any{l.oids}, []any{&relation, &t.Name, &t.Enabled, &t.Inherited, &t.Definition}, func() error {
		trigger, table := t, l.db.tables[relation]
		table.Triggers = append(table.Triggers, &trigger)
		return nil
	})
}
