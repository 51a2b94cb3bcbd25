package show

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/schema"
)

// drawnInFull is how many tables a diagram shows with all their columns. Of more it shows the keys alone: a drawing with
// thousands of lines helps nobody, and Mermaid refuses texts of over 50,000 characters.
const drawnInFull = 40

// Mermaid writes an entity-relationship diagram; see https://mermaid.js.org/syntax/entityRelationshipDiagram.html. Names
// that the syntax has no room for stand in a column's comment. Partitions are left out: they look like their table.
func (r *Result) Mermaid(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "erDiagram")
	tables := slices.DeleteFunc(slices.Clone(r.Tables), func(t *schema.Table) bool { return !r.named && r.all.Root(t) != t })
	ids := map[*schema.Table]string{}
	for i, t := range tables {
		ids[t] = fmt.Sprintf("t%d", i+1)
	}
	for _, t := range tables {
		fmt.Fprintf(out, "    %s[\"%s\"] {\n", ids[t], label(diagramName(t)))
		for _, c := range t.Columns {
			marks := marksOf(t, c.Name)
			if len(tables) <= drawnInFull || marks != "" {
				fmt.Fprintf(out, "        %s\n", attribute(c, marks))
			}
		}
		fmt.Fprintln(out, "    }")
	}
	for _, t := range tables {
		for _, fk := range t.ForeignKeys {
			parent, ok := ids[r.all.Referenced(fk)]
			if !ok {
				continue
			}
			one, many := "||", "o{"
			if slices.ContainsFunc(fk.Columns, func(name string) bool { c := t.Column(name); return c != nil && !c.NotNull }) {
				one = "|o"
			}
			if unique(t, fk.Columns) {
				many = "o|"
			}
			fmt.Fprintf(out, "    %s %s--%s %s : \"%s\"\n", parent, one, many, ids[t], label(strings.Join(fk.Columns, ", ")))
		}
	}
	return out.Flush()
}

// diagramName leaves the schema out where it is the usual one.
func diagramName(t *schema.Table) string {
	if t.Schema == "public" {
		return t.Name
	}
	return t.Schema + "." + t.Name
}

// label escapes a text for a quoted one: Mermaid knows entities by number, written with # and ;.
func label(s string) string {
	var out strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune("\"%\\#;`<>&~", r) || r < ' ':
			fmt.Fprintf(&out, "#%d;", r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// attribute is one line of an entity: type, name, keys, and a comment if the name had to be changed.
func attribute(c *schema.Column, marks string) string {
	name := word(c.Name, "")
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = fmt.Sprintf("column_%d", c.Position)
	}
	if slices.Contains([]string{"pk", "fk", "uk"}, strings.ToLower(name)) {
		name += "_"
	}
	line := word(shortType(c.Type), "[]()") + " " + name
	if marks != "" {
		line += " " + marks
	}
	if name != c.Name {
		line += ` "` + label(c.Name) + `"`
	}
	return line
}

// word makes a word that every version of Mermaid takes for an attribute: of ASCII letters, digits, underscores and the
// further signs that are allowed.
func word(s, allowed string) string {
	mapped := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(allowed, r) {
			return r
		}
		return '_'
	}, s)
	if mapped == s {
		return s
	}
	return strings.Trim(mapped, "_")
}

// shortType uses the shorter of PostgreSQL's names for a type, without its schema.
func shortType(t string) string {
	for _, pair := range [][2]string{
		{"timestamp with time zone", "timestamptz"},
		{"timestamp without time zone", "timestamp"},
		{"time with time zone", "timetz"},
		{"time without time zone", "time"},
		{"character varying", "varchar"},
		{"double precision", "float8"},
		{"bit varying", "varbit"},
	} {
		if rest, ok := strings.CutPrefix(t, pair[0]); ok {
			return pair[1] + rest
		}
	}
	if i := strings.LastIndexByte(t, '.'); i >= 0 && !strings.ContainsRune(t, '(') {
		t = t[i+1:]
	}
	return strings.ReplaceAll(t, `"`, "")
}

// marksOf returns a column's key marks as Mermaid writes them.
func marksOf(t *schema.Table, column string) string {
	var marks []string
	if t.PrimaryKey != nil && slices.Contains(t.PrimaryKey.Columns, column) {
		marks = append(marks, "PK")
	}
	if slices.ContainsFunc(t.ForeignKeys, func(fk *schema.ForeignKey) bool { return slices.Contains(fk.Columns, column) }) {
		marks = append(marks, "FK")
	}
	if slices.ContainsFunc(t.Uniques, func(k *schema.Key) bool { return len(k.Columns) == 1 && k.Columns[0] == column }) {
		marks = append(marks, "UK")
	}
	return strings.Join(marks, ",")
}

// unique tells whether some key makes a set of columns unique.
func unique(t *schema.Table, columns []string) bool {
	within := func(k *schema.Key) bool {
		return k != nil && !slices.ContainsFunc(k.Columns, func(c string) bool { return !slices.Contains(columns, c) })
	}
	return within(t.PrimaryKey) || slices.ContainsFunc(t.Uniques, within)
}
