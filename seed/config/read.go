package config

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/allocation"
	"github.com/pgassay/pgassay/seed/value"
)

// Read reads a file. If there is something wrong with what it says, the error is Problems.
func Read(path string) (*Config, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(filepath.ToSlash(path), content)
}

// Parse is Read for content at hand; file is what messages call it.
func Parse(file string, content []byte) (*Config, error) {
	r := &reader{file: file, out: &Config{File: file}}
	tree, err := parser.ParseBytes(content, 0)
	if err != nil {
		return nil, r.syntax(err)
	}
	root := &node{line: 1}
	switch bodies := slices.DeleteFunc(slices.Clone(tree.Docs), isEmpty); len(bodies) {
	case 0:
	case 1:
		root = (&converter{anchors: map[string]*node{}}).convert(bodies[0].Body, 1)
	default:
		r.problem(lineOf(bodies[1]), "a second document begins here: write one")
	}
	if root.kind != null {
		r.root(root)
	}
	if err := r.problems.Sorted(); err != nil {
		return nil, err
	}
	return r.out, nil
}

type reader struct {
	file     string
	out      *Config
	problems Problems
}

func (r *reader) problem(line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{r.file, line, fmt.Sprintf(format, args...)})
}

// syntax turns an error of the YAML library into a problem.
func (r *reader) syntax(err error) error {
	p := Problem{r.file, 1, "not YAML: " + err.Error()}
	var at yaml.Error
	if errors.As(err, &at) {
		p.Text = "not YAML: " + at.GetMessage()
		if tk := at.GetToken(); tk != nil && tk.Position != nil {
			p.Line = tk.Position.Line
		}
	}
	return Problems{p}
}

// key is a key that a mapping may have, and what is done with its value.
type key map[string]func(key, value *node)

// mapping reads a mapping's keys. Others than those are problems, each with the name that is nearest.
func (r *reader) mapping(n *node, what string, keys key) {
	if n.kind != mapping {
		r.problem(n.line, "%s must be a mapping with the keys %s, and not %s", what, known(keys), n.kind)
		return
	}
	for _, e := range n.entries {
		if read, ok := keys[e.key.text]; ok {
			read(e.key, e.value)
			continue
		}
		r.problem(e.key.line, "%s has no key %s; %s", what, e.key.text, schema.Suggest(e.key.text, slices.Sorted(maps.Keys(keys))))
	}
}

func known(keys key) string { return strings.Join(slices.Sorted(maps.Keys(keys)), ", ") }

func (r *reader) root(n *node) {
	r.mapping(n, "the file", key{
		"version": func(_, v *node) {
			if v.text != "1" {
				r.problem(v.line, "version %s is not known: write version: 1, or leave it out", v.text)
			}
		},
		"seed": func(_, v *node) {
			n, err := strconv.ParseUint(v.text, 10, 64)
			if err != nil {
				r.problem(v.line, "seed must be a whole number from 0 on, and not %s", v.show())
				return
			}
			r.out.Seed = &n
		},
		"rows":       func(_, v *node) { r.out.Rows = r.count(v, "rows") },
		"null_share": func(_, v *node) { r.out.NullShare = r.share(v) },
		"present":    func(_, v *node) { r.out.Present = r.instant(v) },
		"tables":     func(_, v *node) { r.tables(v) },
	})
}

func (r *reader) tables(n *node) {
	if n.kind == null {
		return
	}
	if n.kind != mapping {
		r.problem(n.line, "tables must be a mapping from names of tables, and not %s", n.kind)
		return
	}
	for _, e := range n.entries {
		t := &Table{Name: e.key.text, Line: e.key.line}
		r.out.Tables = append(r.out.Tables, t)
		switch {
		case e.value.kind == null || e.value.word() == "auto":
		case e.value.word() == "skip":
			t.Skip = true
		default:
			r.table(t, e.value)
		}
	}
}

func (r *reader) table(t *Table, n *node) {
	if n.kind == scalar {
		if rows, err := ParseRows(n.text); err == nil && !n.quoted {
			t.Rows, t.RowsAt = &rows, n.line
			return
		}
		r.problem(n.line, "table %s: write skip, a number of rows, or a mapping with rows, rows_per and columns, and not %s", t.Name, n.show())
		return
	}
	r.mapping(n, "table "+t.Name, key{
		"rows": func(k, v *node) {
			if v.word() == "auto" {
				return
			}
			t.Rows, t.RowsAt = r.count(v, "rows"), k.line
		},
		"rows_per": func(k, v *node) { r.per(t, k, v) },
		"skip": func(_, v *node) {
			if v.text != "true" && v.text != "false" {
				r.problem(v.line, "skip must be true or false, and not %s", v.show())
			}
			t.Skip = v.text == "true"
		},
		"columns": func(_, v *node) { r.columns(t, v) },
	})
	switch {
	case t.Rows != nil && t.Per != nil:
		r.problem(t.Per.Line, "table %s has rows and rows_per: write one of them", t.Name)
	case t.Skip && (t.Rows != nil || t.Per != nil):
		r.problem(t.RowsAt, "table %s is skipped and shall have rows: write one of them", t.Name)
	}
}

// per reads rows_per: {users: 3}, {users: 1-5}, {users: {min: 0, max: 20, distribution: zipf}}.
func (r *reader) per(t *Table, k, n *node) {
	if n.kind != mapping || len(n.entries) != 1 {
		r.problem(n.line, "table %s: rows_per must name one table, or one column of a foreign key, as in {users: 3} or {users: 1-5}", t.Name)
		return
	}
	e := n.entries[0]
	per := &Per{Parent: e.key.text, Line: k.line}
	if e.value.kind == mapping {
		r.perRange(t, per, e.value)
	} else {
		low, high, isRange := strings.Cut(e.value.text, "-")
		if !isRange {
			high = low
		}
		from, err := ParseRows(strings.TrimSpace(low))
		to, err2 := ParseRows(strings.TrimSpace(high))
		if e.value.kind != scalar || err != nil || err2 != nil {
			r.problem(e.value.line, "table %s: rows_per %s: write a number, a range such as 1-5, or {min: 0, max: 20, distribution: zipf}, and not %s", t.Name, per.Parent, e.value.show())
			return
		}
		per.Range = allocation.Range{Low: from, High: to}
	}
	if per.Range.Low > per.Range.High {
		r.problem(e.value.line, "table %s: rows_per %s: %d is more than %d", t.Name, per.Parent, per.Range.Low, per.Range.High)
		return
	}
	t.Per, t.RowsAt = per, k.line
}

// spreads are the distributions of rows_per.
var spreads = map[string]allocation.Spread{"uniform": allocation.Even, "zipf": allocation.Zipf, "normal": allocation.Bell}

func (r *reader) perRange(t *Table, per *Per, n *node) {
	high := false
	r.mapping(n, "rows_per "+per.Parent, key{
		"min": func(_, v *node) {
			if c := r.count(v, "min"); c != nil {
				per.Range.Low = *c
			}
		},
		"max": func(_, v *node) {
			if c := r.count(v, "max"); c != nil {
				per.Range.High = *c
			}
			high = true
		},
		"distribution": func(_, v *node) {
			spread, ok := spreads[v.text]
			if !ok {
				names := slices.Sorted(maps.Keys(spreads))
				r.problem(v.line, "there is no distribution %s of rows_per; %s", v.show(), schema.Suggest(v.text, names))
			}
			per.Range.Spread = spread
		},
	})
	if !high {
		r.problem(n.line, "table %s: rows_per %s needs max", t.Name, per.Parent)
		per.Range.High = per.Range.Low
	}
}

func (r *reader) columns(t *Table, n *node) {
	if n.kind == null {
		return
	}
	if n.kind != mapping {
		r.problem(n.line, "columns of %s must be a mapping from names of columns, and not %s", t.Name, n.kind)
		return
	}
	for _, e := range n.entries {
		c := &Column{Name: e.key.text, Line: e.key.line}
		c.Where = r.where(c.Line)
		t.Columns = append(t.Columns, c)
		r.column(c, e.value)
	}
}

func (r *reader) where(line int) string { return fmt.Sprintf("%s:%d", r.file, line) }

func (r *reader) column(c *Column, n *node) {
	switch {
	case n.kind == null || n.word() == "auto":
		return
	case n.word() == "default" || n.word() == "skip":
		c.Default = true
		return
	case n.kind == list:
		c.Values = r.values(n, "column "+c.Name)
		return
	case n.kind == scalar:
		r.problem(n.line, "column %s: write auto, default, a list of values, or a mapping such as {generator: email}, and not %s", c.Name, n.show())
		return
	}
	var kinds []string // of those that exclude each other
	at := func(k *node) {
		kinds = append(kinds, k.text)
		c.Where = r.where(k.line)
	}
	text := func(into *string) func(k, v *node) {
		return func(k, v *node) {
			if at(k); v.kind != scalar || v.text == "" {
				r.problem(v.line, "column %s: %s must be a text, and not %s", c.Name, k.text, v.show())
				return
			}
			*into = v.text
		}
	}
	bound := func(into **string) func(k, v *node) {
		return func(k, v *node) {
			if v.kind != scalar {
				r.problem(v.line, "column %s: %s must be a value, and not %s", c.Name, k.text, v.show())
				return
			}
			if len(kinds) == 0 {
				c.Where = r.where(k.line)
			}
			*into = &v.text
		}
	}
	r.mapping(n, "column "+c.Name, key{
		"generator": text(&c.Generator),
		"template":  text(&c.Template),
		"sql":       text(&c.SQL),
		"values": func(k, v *node) {
			at(k)
			c.Values = r.values(v, "column "+c.Name)
		},
		"min": bound(&c.Min),
		"max": bound(&c.Max),
		"distribution": func(k, v *node) {
			if c.distributionAt = k.line; len(kinds) == 0 {
				c.Where = r.where(k.line)
			}
			if names := value.Distributions(); !slices.Contains(names, v.text) {
				r.problem(v.line, "column %s: there is no distribution %s; %s", c.Name, v.show(), schema.Suggest(v.text, names))
			}
			c.Distribution = v.text
		},
		"exponent": func(k, v *node) {
			c.exponentAt = k.line
			f, err := strconv.ParseFloat(v.text, 64)
			if err != nil || !(f > 0 && f <= 3) {
				r.problem(v.line, "column %s: exponent must be a number above 0 and up to 3, and not %s", c.Name, v.show())
				return
			}
			c.Exponent = &f
		},
		"null_share": func(k, v *node) { c.NullShare, c.nullAt = r.share(v), k.line },
	})
	r.together(c, n, kinds)
}

// together reports what excludes each other.
func (r *reader) together(c *Column, n *node, kinds []string) {
	bounds := c.Min != nil || c.Max != nil
	switch {
	case len(kinds) > 1:
		r.problem(n.line, "column %s: %s exclude each other: write one of them", c.Name, strings.Join(kinds, " and "))
	case bounds && len(kinds) == 1 && c.Generator == "":
		r.problem(n.line, "column %s: %s and min or max exclude each other: write one of them", c.Name, kinds[0])
	case c.Distribution != "" && len(kinds) == 1 && kinds[0] != "values":
		r.problem(c.distributionAt, "column %s: distribution goes with min and max, with values, or with a foreign key, but not with %s", c.Name, kinds[0])
	case c.Distribution != "" && len(c.Values) > 0 && c.Distribution != "zipf" && c.Distribution != "uniform":
		r.problem(c.distributionAt, "column %s: values can be distributed zipf or uniform, or by weights: {VALUE: 3, …}", c.Name)
	}
}

// values reads [a, b, null], [{value: a, weight: 3}, b] or {a: 3, b: 1}.
func (r *reader) values(n *node, what string) []value.Weighted {
	var out []value.Weighted
	weights := false
	add := func(v, weight *node) {
		if v.kind == list || v.kind == mapping {
			r.problem(v.line, "%s: a value can't be %s: write it in quotes", what, v.kind)
			return
		}
		w := value.Weighted{Weight: 1}
		if v.kind == scalar {
			w.Value = &v.text
		}
		if weight != nil {
			f, err := strconv.ParseFloat(weight.text, 64)
			if err != nil || !(f >= 0) || math.IsInf(f, 0) {
				r.problem(weight.line, "%s: the weight of %s must be a number from 0 on, and not %s", what, v.show(), weight.show())
			}
			w.Weight, weights = f, true
		}
		out = append(out, w)
	}
	switch n.kind {
	case mapping:
		for _, e := range n.entries {
			add(e.key, e.value)
		}
	case list:
		for _, item := range n.items {
			if item.kind != mapping {
				add(item, nil)
				continue
			}
			v, weight := &node{line: item.line}, &node{kind: scalar, text: "1", line: item.line}
			r.mapping(item, "a value", key{"value": func(_, n *node) { v = n }, "weight": func(_, n *node) { weight = n }})
			add(v, weight)
		}
	}
	sum := 0.0
	for _, w := range out {
		sum += w.Weight
	}
	switch {
	case len(out) == 0 && len(n.items)+len(n.entries) == 0:
		r.problem(n.line, "%s: values must be a list such as [a, b], or values with their weights such as {a: 3, b: 1}", what)
	case sum == 0 && len(out) > 0:
		r.problem(n.line, "%s: one of the weights must be above 0", what)
	case !weights:
		for i := range out {
			out[i].Weight = 0 // equal ones
		}
	}
	return out
}

func (r *reader) count(n *node, what string) *uint64 {
	if n.kind != scalar {
		r.problem(n.line, "%s must be a number of rows such as 5000 or 200k, and not %s", what, n.show())
		return nil
	}
	rows, err := ParseRows(n.text)
	if err != nil {
		r.problem(n.line, "%s: %s", what, err)
		return nil
	}
	return &rows
}

func (r *reader) share(n *node) *float64 {
	f, err := strconv.ParseFloat(n.text, 64)
	if n.kind != scalar || err != nil || !(f >= 0 && f <= 1) {
		r.problem(n.line, "null_share must be a share from 0 to 1, and not %s", n.show())
		return nil
	}
	return &f
}

func (r *reader) instant(n *node) time.Time {
	for _, layout := range []string{time.DateOnly, time.RFC3339, time.DateTime} {
		if t, err := time.Parse(layout, n.text); err == nil && n.kind == scalar {
			return t
		}
	}
	r.problem(n.line, "present must be a date or a point in time such as 2026-01-01, and not %s", n.show())
	return time.Time{}
}

// show writes a node into a message.
func (n *node) show() string {
	if n.kind == scalar {
		return strconv.Quote(n.text)
	}
	return n.kind.String()
}
