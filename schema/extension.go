package schema

import (
	"context"
	_ "embed"
)

// Extension is an installed extension.
type Extension struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Schema  string `json:"schema"` // the schema that holds its objects
}

//go:embed extension.sql
var extensionSQL string

func (l *loader) extensions(ctx context.Context) error {
	var e Extension
	return l.each(ctx, extensionSQL, nil, []any{&e.Name, &e.Version, &e.Schema}, func() error {
		l.db.Extensions = append(l.db.Extensions, e)
		return nil
	})
}
