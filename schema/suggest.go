package schema

import (
	"fmt"
	"strings"
)

// suggestion names the table whose name is nearest to one that does not exist, or points to the list.
func (d *Database) suggestion(name string) string {
	names := make([]string, len(d.Tables))
	for i, t := range d.Tables {
		names[i] = t.Name
	}
	best := nearest(name, names)
	if best < 0 {
		return "; pgassay schema show lists the tables"
	}
	return fmt.Sprintf("; did you mean %s?", d.Tables[best].QualifiedName())
}

// Suggest says, after a name that does not exist, which one was meant, "did you mean email?", or which there are:
// "there are: email, name".
func Suggest(name string, names []string) string {
	if i := nearest(name, names); i >= 0 {
		return "did you mean " + names[i] + "?"
	}
	return "there are: " + strings.Join(names, ", ")
}

// nearest is the index of the name that somebody who wrote name may have meant: the one with the fewest letters to change,
// up to a third of them, or else the only one that begins with it. -1 if there is none.
func nearest(name string, names []string) int {
	best, distance := -1, len(name)/3+2
	begins, beginning := -1, 0
	for i, other := range names {
		if n := editDistance(name, other); n < distance {
			best, distance = i, n
		}
		if len(name) > 2 && strings.HasPrefix(other, name) {
			begins = i
			beginning++
		}
	}
	if best < 0 && beginning == 1 {
		return begins
	}
	return best
}

// editDistance is the Levenshtein distance in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
