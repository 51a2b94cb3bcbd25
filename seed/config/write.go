package config

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgassay/pgassay/seed/allocation"
	"github.com/pgassay/pgassay/seed/value"
)

// Draft is a configuration to start from: what a plan makes, and what it would do by itself in comments.
type Draft struct {
	Title     string // a comment on top
	Seed      uint64
	NullShare *float64
	Present   time.Time
	Tables    []DraftTable
}

// DraftTable is a table of a Draft.
type DraftTable struct {
	Name    string
	Comment string
	Skip    bool
	Rows    uint64
	Per     *Per // in place of Rows; nil: none
	Columns []DraftColumn
}

// DraftColumn is a column of a DraftTable. One that says nothing but its name is written as auto.
type DraftColumn struct {
	Name    string
	Comment string
	value.Override
	Exponent *float64
}

// Write writes a configuration that Read understands.
func (d Draft) Write(w io.Writer) error {
	var out strings.Builder
	for line := range strings.Lines(d.Title) {
		out.WriteString("# " + strings.TrimSpace(line) + "\n")
	}
	fmt.Fprintf(&out, "version: 1\nseed: %d\n", d.Seed)
	if d.NullShare != nil {
		fmt.Fprintf(&out, "null_share: %s\n", number(*d.NullShare))
	}
	if !d.Present.IsZero() {
		present := d.Present.UTC().Format(time.RFC3339Nano)
		if midnight, ok := strings.CutSuffix(present, "T00:00:00Z"); ok {
			present = midnight
		}
		commented(&out, "present: "+present, "what generators take for now")
	}
	out.WriteString("tables:\n")
	for _, t := range d.Tables {
		t.write(&out)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (t DraftTable) write(out *strings.Builder) {
	out.WriteString("\n")
	if t.Skip {
		commented(out, "  "+quote(t.Name)+": skip", t.Comment)
		return
	}
	commented(out, "  "+quote(t.Name)+":", "")
	if t.Per != nil {
		commented(out, "    rows_per: "+t.Per.text(), fmt.Sprintf("%d rows", t.Rows))
	} else {
		commented(out, fmt.Sprintf("    rows: %d", t.Rows), t.Comment)
	}
	if len(t.Columns) > 0 {
		out.WriteString("    columns:\n")
	}
	for _, c := range t.Columns {
		commented(out, "      "+quote(c.Name)+": "+c.text(), c.Comment)
	}
}

// text is what is said of the number of rows.
func (p *Per) text() string {
	rows := fmt.Sprintf("%d-%d", p.Range.Low, p.Range.High)
	switch {
	case p.Range.Low == p.Range.High:
		rows = strconv.FormatUint(p.Range.Low, 10)
	case p.Range.Spread != allocation.Even:
		for name, spread := range spreads {
			if spread == p.Range.Spread {
				rows = fmt.Sprintf("{min: %d, max: %d, distribution: %s}", p.Range.Low, p.Range.High, name)
			}
		}
	}
	return "{" + quote(p.Parent) + ": " + rows + "}"
}

// commented writes a line with a comment behind it, from the same column on where there is room.
func commented(out *strings.Builder, line, comment string) {
	out.WriteString(line)
	if comment = strings.Join(strings.Fields(comment), " "); comment != "" {
		out.WriteString(strings.Repeat(" ", max(1, 56-len([]rune(line)))) + "# " + comment)
	}
	out.WriteString("\n")
}

// text is what is said of a column.
func (c DraftColumn) text() string {
	var parts []string
	add := func(key, text string) { parts = append(parts, key+": "+text) }
	switch {
	case c.Default:
		return "default"
	case len(c.Values) > 0:
		add("values", listed(c.Values))
	}
	for _, one := range []struct{ key, text string }{{"generator", c.Generator}, {"template", c.Template}, {"sql", c.SQL}} {
		if one.text != "" {
			add(one.key, quote(one.text))
		}
	}
	for _, bound := range []struct {
		key  string
		text *string
	}{{"min", c.Min}, {"max", c.Max}} {
		if bound.text != nil {
			add(bound.key, scalarText(*bound.text))
		}
	}
	if c.Distribution != "" {
		add("distribution", c.Distribution)
	}
	if c.Exponent != nil && *c.Exponent > 0 {
		add("exponent", number(*c.Exponent))
	}
	if c.NullShare != nil {
		add("null_share", number(*c.NullShare))
	}
	if len(parts) == 0 {
		return "auto"
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func listed(values []value.Weighted) string {
	weights := slices.ContainsFunc(values, func(v value.Weighted) bool { return v.Weight != values[0].Weight })
	parts := make([]string, len(values))
	for i, v := range values {
		if parts[i] = "null"; v.Value != nil {
			parts[i] = scalarText(*v.Value)
		}
		if weights {
			parts[i] = fmt.Sprintf("{value: %s, weight: %s}", parts[i], number(v.Weight))
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

var (
	plainWord   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./@+-]*$`)
	plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
	// Words that YAML, of whatever version, or this package reads as something else.
	reserved = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n|auto|default|skip|\.inf|\.nan)$`)
)

// quote writes a text so that it is read back as that text.
func quote(text string) string {
	switch {
	case plainWord.MatchString(text) && !reserved.MatchString(text):
		return text
	case strings.Contains(text, `"`) && !strings.ContainsFunc(text, func(r rune) bool { return r == '\'' || !strconv.IsPrint(r) }):
		return "'" + text + "'"
	}
	return strconv.Quote(text)
}

// scalarText is quote for values: numbers stay as they are.
func scalarText(text string) string {
	if plainNumber.MatchString(text) {
		return text
	}
	return quote(text)
}
