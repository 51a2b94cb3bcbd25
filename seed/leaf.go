package seed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value"
)

// domainIn gives the values that a column has for a set to be unique in: of a JSON column whose documents the set reads, those
// that may be in one of the places read.
func (l *layout) domainIn(ctx context.Context, s *uniqueSet, name string) (value.Domain, error) {
	if !readsDocument(l.table.table, s, name) || l.table.first > 0 {
		return l.domain(ctx, name)
	}
	key := leafKey(s, name)
	if d, known := l.leaves[key]; known {
		if d == nil {
			return l.domain(ctx, name)
		}
		return d, nil
	}
	var best value.Domain
	for _, e := range s.expressions[name] {
		d, _, err := value.Leaf(ctx, l.request, name, e)
		if err != nil {
			return nil, fmt.Errorf("values of %s: %w", e, err)
		}
		if d != nil && (best == nil || d.Size() > best.Size()) {
			best = d
		}
	}
	l.leaves[key] = best
	if best == nil {
		return l.domain(ctx, name)
	}
	return best, nil
}

// readsDocument tells whether a set reads something out of a JSON column.
func readsDocument(table *schema.Table, s *uniqueSet, name string) bool {
	c := table.Column(name)
	return c != nil && (c.Type == "json" || c.Type == "jsonb") && len(s.expressions[name]) > 0 && !slices.Contains(s.plain, name)
}

func leafKey(s *uniqueSet, name string) string {
	return name + "\x00" + strings.Join(s.expressions[name], "\x00")
}

// keeps tells whether rows that differ in a column, or in what is read of it, differ in a set.
func (l *layout) keeps(s *uniqueSet, name string) bool {
	return s.keeps(l.table.table, name) || readsDocument(l.table.table, s, name) && l.leaves[leafKey(s, name)] != nil
}

// read has what a set reads of a JSON column differ.
func (d *distinct) read(l *layout, s *uniqueSet) {
	if readsDocument(l.table.table, s, d.Column) && l.leaves[leafKey(s, d.Column)] != nil {
		d.Apart = append(d.Apart, slices.Clone(s.expressions[d.Column]))
	}
}
