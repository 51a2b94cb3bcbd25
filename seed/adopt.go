package seed

import (
	"slices"

	"github.com/pgassay/pgassay/schema"
)

// adopt hands the keys that partitions have of their own up to the table that rows enter through: unique indexes, foreign
// keys and columns that are never null. A row may land in any partition, so that what one of them demands is kept by all
// rows; where the demands of two contradict each other, rows go to the first. A foreign key to a partition becomes one to
// the table that it is a part of, and is noted in landing: the rows that it points to must land there.
//
// Columns whose domain refuses null count as NOT NULL.
func (p *Plan) adopt() {
	for _, t := range p.db.Tables {
		for _, c := range t.Columns {
			c.NotNull = c.NotNull || p.db.RefusesNull(c.TypeOID)
		}
	}
	p.closed = map[uint32]bool{}
	adopted := map[*schema.Table][]*schema.ForeignKey{} // by root
	for _, part := range p.db.Tables {
		root := p.db.Root(part)
		if root == part || part.Kind != schema.Ordinary {
			continue
		}
		if contradicts(adopted[root], part) {
			p.closed[part.OID] = true
			continue
		}
		for _, c := range part.Columns {
			if own := root.Column(c.Name); own != nil {
				own.NotNull = own.NotNull || c.NotNull
			}
		}
		for _, index := range part.Indexes {
			if index.Unique && index.PartitionOf == "" && !slices.ContainsFunc(root.Indexes, func(i *schema.Index) bool { return sameIndex(i, index) }) {
				root.Indexes = append(root.Indexes, index)
			}
		}
		for _, key := range part.ForeignKeys {
			if !key.Inherited {
				root.ForeignKeys = append(root.ForeignKeys, key)
				adopted[root] = append(adopted[root], key)
			}
		}
	}
	p.landing = map[*schema.ForeignKey]*schema.Table{}
	for _, t := range p.db.Tables {
		if t.PartitionOf != "" {
			continue
		}
		var keys []*schema.ForeignKey
		for _, key := range t.ForeignKeys {
			part := p.db.Referenced(key)
			if part != nil && p.db.Root(part) != part {
				key = p.toRoot(key, part)
			}
			twin := slices.IndexFunc(keys, func(k *schema.ForeignKey) bool { return k.Name != key.Name && sameKey(k, key) && p.landing[k] != nil })
			if twin < 0 {
				keys = append(keys, key)
			} else if p.landing[keys[twin]] != p.landing[key] {
				delete(p.landing, keys[twin]) // one for each partition, which pair up
			}
		}
		t.ForeignKeys = keys
	}
}

// contradicts tells whether a foreign key of a partition references another table than one of other partitions, by the same
// columns: a row that keeps both may not be found. No rows go to that partition.
func contradicts(others []*schema.ForeignKey, part *schema.Table) bool {
	return slices.ContainsFunc(part.ForeignKeys, func(key *schema.ForeignKey) bool {
		return !key.Inherited && slices.ContainsFunc(others, func(k *schema.ForeignKey) bool {
			return slices.Equal(k.Columns, key.Columns) && k.ReferencedName() != key.ReferencedName()
		})
	})
}

// toRoot makes a foreign key to a partition one to the table that it is a part of.
func (p *Plan) toRoot(key *schema.ForeignKey, part *schema.Table) *schema.ForeignKey {
	root := p.db.Root(part)
	moved := *key
	moved.ReferencedSchema, moved.ReferencedTable = root.Schema, root.Name
	p.landing[&moved] = part
	return &moved
}

// asDeclared gives a foreign key as the schema has it.
func (p *Plan) asDeclared(key *schema.ForeignKey) *schema.ForeignKey {
	part := p.landing[key]
	if part == nil {
		return key
	}
	declared := *key
	declared.ReferencedSchema, declared.ReferencedTable = part.Schema, part.Name
	return &declared
}

// sameIndex tells whether two unique indexes demand the same.
func sameIndex(a, b *schema.Index) bool {
	return a.Unique == b.Unique && a.Primary == b.Primary && a.NullsNotDistinct == b.NullsNotDistinct && a.Predicate == b.Predicate &&
		slices.EqualFunc(a.Elements, b.Elements, func(x, y schema.IndexElement) bool { return x.Column == y.Column && x.Expression == y.Expression })
}
