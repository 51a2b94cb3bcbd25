// Package config reads what people write in seed.yaml: how many rows a table gets and how its columns are filled, where
// that shall not be inferred. Read checks the file by itself, Resolve holds it against a database. Both report every
// problem that they find, each with its file and line.
package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/allocation"
	"github.com/pgassay/pgassay/seed/value"
)

// DefaultFile is the name under which a configuration is looked for in the current folder.
const DefaultFile = "seed.yaml"

// Config is what a file says. What it does not say is nil, or the zero value.
type Config struct {
	File      string
	Rows      *uint64 // of every table that Tables does not name
	Seed      *uint64
	NullShare *float64 // of nullable columns about which nothing is known
	Present   time.Time
	Tables    []*Table // in the order of the file
}

// Table is what is said of a table.
type Table struct {
	Name    string // as written, with or without a schema
	Line    int
	Skip    bool    // it gets no rows
	Rows    *uint64 // how many it gets
	RowsAt  int     // the line of rows or rows_per
	Per     *Per    // how many each row of another table gets; nil: not said
	Columns []*Column

	table *schema.Table // once it is resolved
}

// Per is a number of rows for each row of a parent's table.
type Per struct {
	Parent string // the parent's table, or a column of the foreign key to it
	Range  allocation.Range
	Line   int
	Key    *schema.ForeignKey // once it is resolved
}

// Column is what is said of a column.
type Column struct {
	Name string
	Line int
	value.Override
	// Exponent is that of the Zipf distribution of a foreign key; nil for the usual one. It is resolved from Distribution
	// too: 0 is uniform.
	Exponent *float64
	Key      *schema.ForeignKey // the foreign key that it is in, once it is resolved; nil: none

	nullAt, distributionAt, exponentAt int // lines
}

// Problem is something in a file that can't be done.
type Problem struct {
	File string
	Line int
	Text string
}

// String writes it as compilers do.
func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// Problems is an error that has all that is wrong with a file, in the order of its lines.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	if len(p) == 1 {
		return lines[0]
	}
	return fmt.Sprintf("%d problems in the configuration:\n%s", len(p), strings.Join(lines, "\n"))
}

// Sorted puts problems into the order of their lines, each once. It is nil if there are none.
func (p Problems) Sorted() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int { return a.Line - b.Line })
	return slices.Compact(p)
}

// ParseRows reads a number of rows: 5000, 5_000, 200k, 1.5M, 2G.
func ParseRows(text string) (uint64, error) {
	number := strings.ReplaceAll(text, "_", "")
	zeros := 0
	if n := len(number); n > 0 {
		zeros = map[byte]int{'k': 3, 'K': 3, 'm': 6, 'M': 6, 'g': 9, 'G': 9}[number[n-1]]
		if zeros > 0 {
			number = number[:n-1]
		}
	}
	whole, fraction, _ := strings.Cut(number, ".")
	fraction = strings.TrimRight(fraction, "0")
	digits := whole + fraction
	if bad := strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); bad || whole == "" || len(fraction) > zeros || len(whole) > 15 {
		return 0, fmt.Errorf("%q is no number of rows: write 5000, 200k or 1.5M", text)
	}
	n := uint64(0)
	for i := range len(digits) + zeros - len(fraction) {
		n *= 10
		if i < len(digits) {
			n += uint64(digits[i] - '0')
		}
		if n > 1e15 {
			return 0, fmt.Errorf("%q is too many rows: at most 1,000,000G can be told apart", text)
		}
	}
	return n, nil
}

// Digest is a text that differs where what is said of a table differs, wherever in the file it stands.
func (t *Table) Digest() string {
	var out strings.Builder
	if t.Per != nil {
		fmt.Fprintf(&out, "per %q %+v;", t.Per.Key.Name, t.Per.Range)
	}
	for _, c := range t.Columns {
		o := c.Override
		fmt.Fprintf(&out, "%q %q %q %q %q %v", c.Name, o.Generator, o.Template, o.SQL, o.Distribution, o.Default)
		for _, bound := range []*string{o.Min, o.Max} {
			fmt.Fprintf(&out, " %q", text(bound))
		}
		for _, number := range []*float64{o.NullShare, c.Exponent} {
			if number != nil {
				fmt.Fprintf(&out, " %g", *number)
			}
			out.WriteByte(',')
		}
		for _, v := range o.Values {
			fmt.Fprintf(&out, " %q %g", text(v.Value), v.Weight)
		}
		out.WriteByte(';')
	}
	return out.String()
}

func text(s *string) []string {
	if s == nil {
		return nil
	}
	return []string{*s}
}
