package schema

import "fmt"

// suggestion names the table whose name is nearest to one that does not exist, or points to the list.
func (d *Database) suggestion(name string) string {
	names := make([]string, len(d.Tables))
	for i, t := range d.Tables {
		names[i] = t.Name
	}
	best := Nearest(name, names)
	if best < 0 {
		return "; pgassay schema show lists the tables"
	}
	return fmt.Sprintf("; did you mean %s?", d.Tables[best].QualifiedName())
}

// Nearest is the index of the name that somebody who wrote name may have meant: the one with the fewest letters to change,
// up to a third of them. -1 if none is near.
func Nearest(name string, names []string) int {
	best, distance := -1, len(name)/3+2
	for i, other := range names {
		if n := editDistance(name, other); n < distance {
			best, distance = i, n
		}
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
