package seed

import (
	"fmt"

	"github.com/pgassay/pgassay/seed/allocation"
	"github.com/pgassay/pgassay/seed/random"
)

// shares gives the rows out to the parents of a foreign key: as many to each as the configuration says, else in shares that
// are skewed by an exponent, and at most some; 0 is any number. how says so.
func (l *layout) shares(a *atom, stream random.Stream, exponent float64, most uint64) (shares *allocation.Allocation, how string) {
	popularity := random.NewStream(l.plan.opts.Seed, a.ref.parent.Table, "popularity").Key()
	if a.per != nil {
		return allocation.NewRange(l.rows, a.size, a.per.Range, stream.Key(), popularity), a.per.Range.String() + " rows each"
	}
	how = "Zipf"
	for _, said := range l.table.saidOf(a.ref) {
		if said.Exponent != nil {
			exponent = *said.Exponent
			how = fmt.Sprintf("Zipf with exponent %g", exponent)
		}
	}
	if exponent == 0 {
		how = "uniform"
	}
	return allocation.New(l.rows, a.size, allocation.Shape{Exponent: exponent, Max: most}, stream.Key(), popularity), how
}
