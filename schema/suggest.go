package schema

import "fmt"

// suggestion names the table whose name is nearest to one that does not exist, or points to the list.
func (d *Database) suggestion(name string) string {
	best, distance := "", len(name)/3+2
	for _, t := range d.Tables {
		if n := editDistance(name, t.Name); n < distance {
			best, distance = t.QualifiedName(), n
		}
	}
	if best == "" {
		return "; pgassay schema show lists the tables"
	}
	return fmt.Sprintf("; did you mean %s?", best)
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
