package seed

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
)

// What a plan offers to those that do something else with its rows than to load them.

// CopyHeader and CopyTrailer are what a stream in COPY's binary format begins and ends with.
const (
	CopyHeader  = copyHeader
	CopyTrailer = copyTrailer
)

// Schema is the schema of the database that the plan was made for.
func (p *Plan) Schema() *schema.Database { return p.db }

// About says for people which rows the plan makes.
func (p *Plan) About() string { return p.about() }

// Connect opens a session with the server that the plan was made with, which is read only and impatient.
func (p *Plan) Connect(ctx context.Context) (*pgx.Conn, error) { return trialSession(ctx, p.config) }

// Schema is the table that gets the rows.
func (t *TablePlan) Schema() *schema.Table { return t.table }

// AppendRow appends the i-th of the table's rows, from 0 to Rows-1, in COPY's binary format: the number of Columns, and each
// value after its length. It is safe for concurrent use.
func (t *TablePlan) AppendRow(dst []byte, i uint64) []byte {
	return t.encoder.appendRow(nil, dst, t.first+i)
}

// IsText tells whether a column's values are texts that the server must still turn into its type, because the type has no
// binary form that is known here.
func (c ColumnPlan) IsText() bool { return c.cast }

// RowChecksum is the hash of a row as AppendRow makes it; a table's checksum is the sum of its rows'.
func RowChecksum(row []byte) uint64 { return hash(row) }
