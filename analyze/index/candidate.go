package index

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/catalog"
)

// How many candidates one scan may bring, and how wide they may be.
const (
	maxCandidates = 24
	maxWidth      = 4
)

// Candidates lists indexes that might serve a scan, the most promising first: equality columns, then one that bounds or
// orders the rest (E, E+R, E+S), joins' columns, and what only other kinds of index serve.
func (need *Need) Candidates() []Definition {
	c := collector{need: need, seen: map[string]bool{}}
	equal := byKey(need.Equal)
	slices.SortStableFunc(equal, func(a, b Term) int {
		return cmp.Or(cmp.Compare(a.Selective, b.Selective), cmp.Compare(a.Key.Column+a.Key.Expression, b.Key.Column+b.Key.Expression))
	})
	// What most rows have is no use as a key; a partial index may leave the others out.
	useful := slices.DeleteFunc(slices.Clone(equal), func(t Term) bool { return t.Selective > 0.3 })
	common := keysOf(useful)
	for width := min(len(common), maxWidth); width >= 1; width-- {
		c.tails(common[:width])
	}
	for _, t := range useful {
		c.add(t.Key)
	}
	c.tails(nil)
	for _, join := range byKey(need.Join) {
		c.add(join.Key)
		for _, t := range useful {
			c.add(join.Key, t.Key)
			c.add(t.Key, join.Key)
		}
		for _, t := range need.Range {
			c.add(c.rangeKeys([]Key{join.Key}, t)...)
		}
		if len(need.Order) > 0 {
			c.add(append([]Key{join.Key}, need.Order...)...)
		}
	}
	for _, arms := range need.Arms {
		for _, t := range arms {
			c.add(t.Key)
		}
	}
	for _, t := range need.Special {
		c.special(t)
	}
	c.partial(equal)
	return c.found[:min(len(c.found), maxCandidates)]
}

type collector struct {
	need  *Need
	found []Definition
	seen  map[string]bool
}

// tails adds the equality keys alone and with each of what may follow them.
func (c *collector) tails(equal []Key) {
	need := c.need
	if len(need.Order) > 0 && (need.Limited || len(equal) > 0) {
		c.add(append(slices.Clone(equal), need.orderAfter(equal)...)...)
	}
	for _, t := range byKey(need.Range) {
		c.add(c.rangeKeys(equal, t)...)
	}
	for _, t := range byKey(need.In) {
		c.add(append(slices.Clone(equal), t.Key)...)
		for _, r := range byKey(need.Range) {
			c.add(c.rangeKeys(append(slices.Clone(equal), t.Key), r)...)
		}
	}
	if len(equal) > 0 {
		c.add(equal...)
	}
}

// orderAfter is the wanted order without the columns that have one value anyway.
func (need *Need) orderAfter(equal []Key) []Key {
	return slices.DeleteFunc(slices.Clone(need.Order), func(k Key) bool { return slices.ContainsFunc(equal, k.Same) })
}

func (c *collector) rangeKeys(equal []Key, t Term) []Key {
	key := t.Key
	if t.Prefix {
		if column := c.need.Table.Column(key.Column); column == nil || column.Linguistic {
			key.OpClass = patternClass(column)
		}
	}
	return append(slices.Clone(equal), key)
}

func patternClass(c *catalog.Column) string {
	if c != nil && c.Base == "varchar" {
		return "varchar_pattern_ops"
	}
	if c != nil && c.Base == "bpchar" {
		return "bpchar_pattern_ops"
	}
	return "text_pattern_ops"
}

// special adds the index that serves an operator that no btree does.
func (c *collector) special(t Term) {
	column := c.need.Table.Column(t.Key.Column)
	d := Definition{Method: "gin", Keys: []Key{t.Key}}
	base := ""
	if column != nil {
		base = column.Base
	}
	switch t.Operator {
	case "@>", "<@", "&&", "?", "?|", "?&", "@?", "@@":
		switch {
		case base == "jsonb":
			if t.Operator == "@?" || t.Operator == "@@" { // a path with more in it than equality
				c.define(Definition{Method: "gin", Keys: []Key{t.Key}})
			}
			if t.Operator == "@>" || t.Operator == "@?" || t.Operator == "@@" {
				d.Keys[0].OpClass = "jsonb_path_ops"
			}
		case base == "tsvector" || strings.HasPrefix(base, "_") || column == nil:
		default:
			d.Method = "gist" // ranges, boxes
		}
	case "~~", "~~*", "~", "~*", "%", "<%":
		d.Keys[0].OpClass = "gin_trgm_ops"
	default:
		return
	}
	c.define(d)
}

// partial adds indexes that hold only the rows for which one of the statement's constant conditions holds, where they
// are few.
func (c *collector) partial(equal []Term) {
	for _, constant := range equal {
		if constant.Predicate == "" || constant.Selective > maxPartialShare {
			continue
		}
		for _, d := range slices.Clone(c.found) {
			if d.Where != "" || d.method() != "btree" {
				continue
			}
			d.Keys = slices.DeleteFunc(slices.Clone(d.Keys), constant.Key.Same)
			d.Where = constant.Predicate
			if len(d.Keys) > 0 {
				c.define(d)
			}
		}
	}
}

// maxPartialShare is the largest share of a table's rows that a partial index is worth making for.
const maxPartialShare = 0.2

func (c *collector) add(keys ...Key) {
	var unique []Key
	for _, k := range keys {
		if slices.ContainsFunc(unique, k.Same) {
			continue
		}
		if column := c.need.Table.Column(k.Column); column != nil && !column.Sortable {
			return
		}
		unique = append(unique, k)
	}
	if len(unique) > 0 && len(unique) <= maxWidth {
		c.define(Definition{Keys: unique})
	}
}

func (c *collector) define(d Definition) {
	d.Schema, d.Table = c.need.Table.Schema, c.need.Table.Name
	if t := c.need.Table; t.Root != "" {
		d.Schema, d.Table, d.Partitioned, d.Partitions = t.RootSchema, t.RootName, true, t.Siblings
	}
	if c.seen[d.ID()] || has(c.need.Table, d) {
		return
	}
	c.seen[d.ID()] = true
	c.found = append(c.found, d)
}

// has tells whether an index that exists already does what d would: it starts with the same keys.
func has(t *catalog.Table, d Definition) bool {
	return slices.ContainsFunc(t.Indexes, func(i *catalog.Index) bool {
		return i.Valid && i.Method == d.method() && (i.Where == "" || i.Where == d.Where) && len(d.Include) == 0 && i.StartsWith(d.Keys)
	})
}

// byKey leaves one term per key.
func byKey(terms []Term) []Term {
	var unique []Term
	for _, t := range terms {
		if !slices.ContainsFunc(unique, func(u Term) bool { return u.Key.Same(t.Key) }) {
			unique = append(unique, t)
		}
	}
	return unique
}

func keysOf(terms []Term) []Key {
	keys := make([]Key, len(terms))
	for i, t := range terms {
		keys[i] = t.Key
	}
	return keys
}
