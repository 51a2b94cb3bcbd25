package schema

import (
	"fmt"
	"strings"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// Quote writes a name the way PostgreSQL's quote_ident does: as it is if it is a plain lower-case name and no keyword
// that SQL gives a meaning to, else in double quotes. Which keywords those are grew over the versions; those of all
// supported versions are quoted, which is right on each.
func Quote(name string) string { return sqltext.QuoteIdent(name) }

// QualifiedName writes a schema's name and a relation's or a type's, both quoted where they must be.
func QualifiedName(schema, name string) string { return Quote(schema) + "." + Quote(name) }

// parseName splits a name as it is written in SQL into its parts, in two readings: folded has unquoted parts in lower
// case as PostgreSQL has it, exact has them as they are.
func parseName(name string) (folded, exact []string, err error) {
	for rest, more := name, true; more; {
		var part string
		quoted := strings.HasPrefix(rest, `"`)
		if quoted {
			end := closingQuote(rest)
			if end < 0 {
				return nil, nil, fmt.Errorf("name %s: a quoted part does not end: add the closing \"", name)
			}
			part, rest = strings.ReplaceAll(rest[1:end], `""`, `"`), rest[end+1:]
			if rest != "" && rest[0] != '.' {
				return nil, nil, fmt.Errorf("name %s: expected a dot before %s", name, rest)
			}
			rest, more = strings.CutPrefix(rest, ".")
		} else {
			part, rest, more = strings.Cut(rest, ".")
		}
		if part == "" {
			return nil, nil, fmt.Errorf("name %q has an empty part: write schema.table", name)
		}
		exact = append(exact, part)
		if !quoted {
			part = strings.ToLower(part)
		}
		folded = append(folded, part)
	}
	if len(folded) > 2 {
		return nil, nil, fmt.Errorf("name %s has %d parts: write schema.table, and quote a name that has a dot in it", name, len(folded))
	}
	return folded, exact, nil
}

// closingQuote returns the place of the quote that ends the quoted name at the start of s, or -1.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if !strings.HasPrefix(s[i:], `""`) {
			return i
		}
		i++
	}
	return -1
}
