package schema

import (
	"context"
	_ "embed"
)

// Partitioning says how a partitioned table routes rows.
type Partitioning struct {
	Strategy   string   `json:"strategy"` // list, range or hash
	Columns    []string `json:"columns"`  // "" at the place of an expression
	Definition string   `json:"definition"`
	Partitions []string `json:"partitions"` // quoted qualified names, sorted
}

//go:embed partitioning.sql
var partitioningSQL string

func (l *loader) partitioning(ctx context.Context) error {
	var relation uint32
	var p Partitioning
	err := l.each(ctx, partitioningSQL, []any{l.oids}, []any{&relation, &p.Strategy, &p.Columns, &p.Definition}, func() error {
		partitioning := p
		partitioning.Partitions = []string{}
		l.db.tables[relation].Partitioning = &partitioning
		return nil
	})
	for _, t := range l.db.Tables {
		if parent := l.db.names[t.PartitionOf]; parent != nil && parent.Partitioning != nil {
			parent.Partitioning.Partitions = append(parent.Partitioning.Partitions, t.QualifiedName())
		}
	}
	return err
}
