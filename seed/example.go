package seed

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/seed/value"
)

// exampleRows is how many rows are looked at for a value that is not null.
const exampleRows = 30

// exemplify gives every column of the plan an example: its value in the table's first row, so that what belongs together
// can be seen to, or if that is null in one of the rows after it. The server writes the values as text.
func (p *Plan) exemplify(ctx context.Context, conn *pgx.Conn) error {
	for _, t := range p.filled() {
		var args [][]byte
		var types []uint32
		var places []int
		for i, c := range t.Columns {
			g := t.encoder.fields[i].generator
			if !ready(g) {
				continue
			}
			for row := t.first; row < t.first+min(t.Rows, exampleRows); row++ {
				v, null := g.Append(nil, row)
				switch presence := t.encoder.fields[i].presence; {
				case null, presence != nil && presence(row) == value.Null:
					continue
				case c.cast:
					t.Columns[i].Example = string(v)
				default:
					args, types, places = append(args, v), append(types, t.table.Column(c.Name).TypeOID), append(places, i)
				}
				break
			}
		}
		texts, err := asText(ctx, conn.PgConn(), args, types)
		if err != nil {
			return err
		}
		for i, text := range texts {
			t.Columns[places[i]].Example = text
		}
	}
	return nil
}

// asText has the server write binary values as text. It gives none where the server can't do so.
func asText(ctx context.Context, conn *pgconn.PgConn, args [][]byte, types []uint32) ([]string, error) {
	if len(args) == 0 {
		return nil, nil
	}
	sql, formats := "SELECT ", make([]int16, len(args))
	for i := range args {
		if i > 0 {
			sql += ", "
		}
		sql += "$" + strconv.Itoa(i+1)
		formats[i] = 1
	}
	result := conn.ExecParams(ctx, sql, args, types, formats, []int16{0}).Read()
	var refused *pgconn.PgError
	switch {
	case errors.As(result.Err, &refused):
		return nil, ctx.Err()
	case result.Err != nil:
		return nil, result.Err
	}
	texts := make([]string, len(args))
	for i, v := range result.Rows[0] {
		texts[i] = string(v)
	}
	return texts, nil
}
