// Package value makes the values of a table's columns. A value is a pure function of (seed, table, column, row number):
// nothing is remembered from row to row, so any row can be made at any time, by any worker, in any order.
//
// Values are appended to a buffer in PostgreSQL's binary wire form (what a type's send function gives), without the
// four-byte length that COPY puts before it.
package value

import (
	"context"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/schema"
)

// Version is the version of the generators. The same version and seed give the same values in every release; a release
// that changes any value raises it.
const Version = 1

// Generator makes the values of one column. It is safe for concurrent use, keeps no state and, once it is built,
// allocates nothing but what dst needs to grow.
type Generator interface {
	// Append appends the value of a row in binary form to dst. With null it leaves dst as it was. Any row number may be
	// asked for at any time, also by the generators of other tables (a child looks at its parent's row).
	Append(dst []byte, row uint64) (out []byte, null bool)
}

// Domain is a finite set of distinct values that can be counted off. Keys are made from it: with a permutation of its
// indexes in place of a memory of what was used, uniqueness holds by construction.
type Domain interface {
	// Size is the number of values; Unlimited for more than anybody will ask for. 0 means that no value satisfies the
	// constraints.
	Size() uint64
	// Append appends the value at an index below Size in binary form to dst. Different indexes give values that differ
	// under the type's equality, texts also when compared without regard to case.
	Append(dst []byte, index uint64) []byte
}

// Unlimited is the Size of a Domain that holds more values than there will be rows.
const Unlimited = math.MaxUint64

// Server is what candidates are tried on, and whose input functions turn text into binary values: a *pgconn.PgConn with a
// session of its own that is read only (default_transaction_read_only), has a statement_timeout, the search_path that
// the schema was loaded with, and no transaction open, so that a failing candidate spoils nothing but itself.
type Server interface {
	ExecParams(ctx context.Context, sql string, values [][]byte, types []uint32, formats, results []int16) *pgconn.ResultReader
}

// Request asks for the columns of one table. The engine fills in what it makes itself (keys of several columns, foreign
// keys, partition keys); the rest is for Columns to work out.
type Request struct {
	Database *schema.Database
	Table    *schema.Table
	Seed     uint64
	First    uint64    // the first row number that will be asked for; more than 0 with --append
	Rows     uint64    // how many rows will be made: First to First+Rows-1
	Present  time.Time // what generators take for now: nothing that has happened is younger. Never the real clock
	Server   Server    // nil: nothing can be tried

	// Given are the columns that the engine makes. Other columns of the row can be made to agree with them, since they
	// can be asked for any row. A generator may be nil while the engine does not know it yet. Where a CHECK constraint
	// wants a given column null or not null in some rows, Solution.Presence says so.
	Given map[string]Generator

	// Distinct are columns that must have a different value in every row, each by itself.
	Distinct []Distinct

	// Parents are the rows that a row refers to, for values that must agree with them: a comment is younger than its post.
	Parents []Parent

	// Overrides are what the configuration says of columns, by column name.
	Overrides map[string]Override

	// NullShare is the share of nulls in a nullable column about which nothing else is known; negative means the
	// default of each inference.
	NullShare float64
}

// Distinct is a column that must have a different value in every row.
type Distinct struct {
	Column  string   // texts differ without regard to case, too
	NoNulls bool     // null counts as a value: NULLS NOT DISTINCT
	Except  [][]byte // values that other rows have, in binary form
	First   uint64   // for whole numbers: the first value to give, or 0 for what suits the constraints (usually 1)
	// Apart are lists of expressions over a JSON column: of each list, one must differ from row to row where Leaf finds enough
	// values for it.
	Apart [][]string
}

// Parent is the row that a foreign key of the row points to.
type Parent struct {
	Key *schema.ForeignKey
	// Row gives the number of the parent's row, or null, with the help of a Memory, which may be nil.
	Row func(m *Memory, row uint64) (parent uint64, null bool)
	// Column gives the generator of a column of the parent's table, or nil if it is not known (yet): the foreign keys
	// make a cycle, or the parent's rows were there before.
	Column func(name string) Generator
}

// Bound narrows a column down to the values that a partition takes. Values are in text form, as in the catalogs.
type Bound struct {
	Values []string // a list; nil: any
	From   *string  // inclusive; nil: unbounded
	To     *string  // exclusive; nil: unbounded
	Except []string // values that belong elsewhere
}

// Column is how a column is filled.
type Column struct {
	Generator Generator
	// Cast says that the values are the text form of the type, which the server must still turn into it, because the type
	// has no binary form that we know.
	Cast bool
	// From says in a few words what the values were inferred from: "email: from its name".
	From string
	// Meaning is the name of the generator: what Override.Generator needs to make the same values. "" where none does.
	Meaning string
	// Nulls is the share of nulls, as far as no CHECK constraint has a say in it.
	Nulls float64
	// Spread says in a few words how the values are distributed: "18 to 90, normal around 38". "" where there is nothing to say.
	Spread string
	// Width is the mean size of a value in bytes, for estimates.
	Width float64
	// Free says that the values depend on no given column: the engine may give a row those of any other row number, even of
	// one that the table does not have, in all columns that are free at once. For a column that must differ from row to row it
	// must see to that then.
	Free bool
}

// Unsolved is a constraint that no values were found for.
type Unsolved struct {
	Column     string // "" if it is about several
	Constraint string // its name, or "" (NOT NULL of a type that can't be made)
	Definition string
	Reason     string
	Advice     string // what to write in seed.yaml
	Where      string // the Override that is to blame: its Where; "" for none
}

// Solution is how a table's columns are filled.
type Solution struct {
	// Columns has every column that is to be written, by name, those that were Given left out. A column that is not in
	// it and was not Given is left to its default.
	Columns  map[string]Column
	Unsolved []Unsolved
	// Presence tells, for given columns that CHECK constraints tie to others, whether a row must or must not have null
	// there: exactly one of two foreign keys is set, say. The engine obeys it; a given generator's own wish for nulls
	// counts where the answer is Free only.
	Presence map[string]func(row uint64) Presence
	// Relations are constraints between given columns alone, which the engine must see to: from_id <> to_id.
	Relations []Relation
	// Demands are constraints that read given columns and that some rows do not satisfy, whatever else is in them: the engine must
	// give these rows other values.
	Demands []Unsolved
	// Accept tells, for given columns whose values CHECK constraints narrow down, whether a value will do in any row: a foreign
	// key that must be 1 or 2, or that is one of the kinds of which a check tells what the rest of the row is like.
	Accept map[string]func(value []byte) bool
}

// Presence says whether a value must be there.
type Presence uint8

// The answers of Presence.
const (
	Free    Presence = iota // either
	Null                    // the column must be null in this row
	NotNull                 // the column must have a value in this row
)

// Relation is a comparison that must hold between two given columns in every row in which neither is null.
type Relation struct {
	Left, Right string // columns
	Operator    string // <>, <, <=, =
	Constraint  string
}
