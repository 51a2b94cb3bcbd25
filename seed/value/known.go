package value

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/schema"
)

// knownRows is how many different rows that a table has are looked at for values that satisfy its checks.
const knownRows = 100

// known gives what columns hold together in rows that the table has already, each combination once. It is empty where
// they can't be read.
func (a *assembly) known(names []string) ([][][]byte, error) {
	if !a.request.Table.HasRows {
		return nil, nil
	}
	columns := make([]string, len(names))
	for i, name := range names {
		if !a.puzzle.columns[name].typ.Binary {
			return nil, nil
		}
		columns[i] = schema.Quote(name)
	}
	list := strings.Join(columns, ", ")
	sql := fmt.Sprintf("SELECT %s FROM (SELECT %s FROM %s LIMIT %d) AS t GROUP BY %s ORDER BY %s LIMIT %d",
		list, list, a.request.Table.QualifiedName(), 100*knownRows, list, list, knownRows)
	return a.told(sql)
}

// defaultOf gives the value of a column's default as a list of one; an empty list where it has none, or one that can't be
// told without a change, such as the next number of a sequence.
func (a *assembly) defaultOf(name string) ([][]byte, error) {
	pc := a.puzzle.columns[name]
	if pc.column.Default == "" || !pc.typ.Binary {
		return nil, nil
	}
	rows, err := a.told(fmt.Sprintf("SELECT (%s)::%s", pc.column.Default, pc.typ.Formatted))
	if err != nil || len(rows) != 1 {
		return nil, err
	}
	return rows[0], nil
}

// told asks for rows, and takes a refusal for none.
func (a *assembly) told(sql string) ([][][]byte, error) {
	rows, err := a.trials.query(a.ctx, sql, nil, nil, nil)
	var refusal *pgconn.PgError
	if errors.As(err, &refusal) && (refused(err) || tookTooLong(err)) {
		return nil, nil
	}
	return rows, err
}
