package value

import "github.com/pgassay/pgassay/seed/random"

// Stream is the source of randomness of one column: see random.Stream.
type Stream = random.Stream

// Source is the random numbers of one row: see random.Source.
type Source = random.Source

// NewStream gives the stream of a column, or of anything else that has a name in a table.
func NewStream(seed uint64, table, column string) Stream {
	return random.NewStream(seed, table, column)
}
