package emit

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// question has the server turn values of one column into another form: types that are not known here into text, and texts
// that were made for such types into binary values. It reads only.
type question struct {
	what   string // of what, for errors
	one    string // an expression over a parameter, %d
	oid    uint32 // of the parameters
	in     int16  // their format: 0 text, 1 binary
	out    int16  // of the results
	failed string // what to do if the server can't
}

// toText asks for the text form of binary values, as the type's output function writes it.
func toText(column string, oid uint32) *question {
	return &question{what: column, one: "pg_catalog.format('%%s', $%d)", oid: oid, in: 1, failed: "use --emit copy, which needs no text"}
}

// toBinary asks for the binary form of texts.
func toBinary(column, typ string) *question {
	return &question{what: column, one: "$%d::" + strings.ReplaceAll(typ, "%", "%%"), oid: pgtype.TextOID, out: 1, failed: "use --emit csv or --emit sql, which need no binary form"}
}

// ask puts the question for values, nil ones left out, and replaces them by the answers.
func (q *question) ask(ctx context.Context, conn *pgx.Conn, values [][]byte) error {
	var sql strings.Builder
	var params [][]byte
	var oids []uint32
	var formats []int16
	for _, v := range values {
		if v == nil {
			continue
		}
		params = append(params, v)
		oids = append(oids, q.oid)
		formats = append(formats, q.in)
		if len(params) > 1 {
			sql.WriteString(", ")
		} else {
			sql.WriteString("SELECT ")
		}
		fmt.Fprintf(&sql, q.one, len(params))
	}
	if len(params) == 0 {
		return nil
	}
	result := conn.PgConn().ExecParams(ctx, sql.String(), params, oids, formats, []int16{q.out}).Read()
	if result.Err == nil && (len(result.Rows) != 1 || len(result.Rows[0]) != len(params)) {
		result.Err = fmt.Errorf("the server answers %d rows", len(result.Rows))
	}
	if result.Err != nil {
		return fmt.Errorf("have the server convert %s of %s values: %w; %s", q.what, strconv.Itoa(len(params)), result.Err, q.failed)
	}
	next := 0
	for i, v := range values {
		if v != nil {
			values[i] = result.Rows[0][next]
			next++
		}
	}
	return nil
}
