package value

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/schema"
)

const (
	maxParameters = 30_000
	maxRefusals   = 3000 // evaluations that raise an error, in one table
)

// Checks may call functions that take long. After patience, no more of the usual values are tried on those of a table, and
// after three times as long none at all.
const patience = 5 * time.Second

// verdict is how a check fared on some rows.
type verdict struct {
	bad  int
	rows []bool // good ones
}

// judge lets the server evaluate checks on rows. With tuples the values of some columns come from there instead.
func (a *assembly) judge(checks []tableCheck, rows []uint64, tuples map[string][][]byte) ([]verdict, error) {
	var names []string
	for _, c := range checks {
		names = append(names, c.columns...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	out := make([]verdict, len(checks))
	for i := range out {
		out[i].rows = make([]bool, len(rows))
	}
	most := max(1, min(len(rows), maxParameters/max(1, len(names))))
	for start, end := 0, 0; start < len(rows); start = end {
		end = min(len(rows), start+a.atOnce(most))
		if a.spent > 3*patience {
			for i := range checks {
				out[i].bad += len(rows) - start
			}
			break
		}
		var args [][]byte
		for i := start; i < end; i++ {
			for _, name := range names {
				if tuples != nil && tuples[name] != nil {
					args = append(args, tuples[name][i])
					continue
				}
				v, null := a.value(name, rows[i])
				if null {
					v = nil
				}
				args = append(args, v)
			}
		}
		started := time.Now()
		if err := a.judgeBatch(checks, names, args, end-start, func(check, row int, good bool) {
			if out[check].rows[start+row] = good; !good {
				out[check].bad++
			}
		}); err != nil {
			return nil, err
		}
		a.spent += time.Since(started)
		a.judged += end - start
	}
	return out, nil
}

// atOnce is how many rows the server is asked about at once, of most that could be: as many as it judges in about a second.
func (a *assembly) atOnce(most int) int {
	if a.spent < time.Second {
		return most
	}
	return max(1, min(most, int(float64(a.judged)/a.spent.Seconds())))
}

// judgeBatch evaluates checks on some rows, all at once where no evaluation raises an error, else one by one.
func (a *assembly) judgeBatch(checks []tableCheck, names []string, args [][]byte, rows int, tell func(check, row int, good bool)) error {
	results, err := a.evaluate(checks, names, args, rows)
	if err == nil {
		for row, values := range results {
			for i := range checks {
				tell(i, row, len(values[i]) == 1 && values[i][0] == 1)
			}
		}
		return nil
	}
	if slow := tookTooLong(err); slow && (rows == 1 || a.spent > patience) {
		for row := range rows {
			for i := range checks {
				tell(i, row, false)
			}
		}
		return nil
	} else if !slow && !refused(err) {
		return err
	}
	a.refusals++
	if len(checks) > 1 {
		for i := range checks {
			if err := a.judgeBatch(checks[i:i+1], names, args, rows, func(_, row int, good bool) { tell(i, row, good) }); err != nil {
				return err
			}
		}
		return nil
	}
	if !ofData(err) && !tookTooLong(err) {
		// The server cannot evaluate it for any values, for want of a right or a function, say: the load will show.
		for row := range rows {
			tell(0, row, true)
		}
		return nil
	}
	if rows > 1 && a.refusals > maxRefusals {
		for row := range rows {
			tell(0, row, false)
		}
		return nil
	}
	if rows > 1 {
		width := len(names)
		half := rows / 2
		if err := a.judgeBatch(checks, names, args[:half*width], half, tell); err != nil {
			return err
		}
		return a.judgeBatch(checks, names, args[half*width:], rows-half, func(check, row int, good bool) { tell(check, half+row, good) })
	}
	tell(0, 0, false)
	return nil
}

// refused tells whether the server refused a statement for what is in it, not for want of time or connection.
func refused(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && !strings.HasPrefix(e.Code, "08") && !strings.HasPrefix(e.Code, "53") && e.Code != "57P01" && e.Code != "57014"
}

// tookTooLong tells whether the server gave a statement up when its time was over. A statement that the user cancelled ends
// with another error, that of the context.
func tookTooLong(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "57014"
}

// ofData tells whether an error is about the values: a data exception, a violated constraint, an error that a function
// raised. Functions in C that are not PostgreSQL's own seldom say what kind theirs is: XX000.
func ofData(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "23") || strings.HasPrefix(e.Code, "P0") ||
		strings.HasPrefix(e.Code, "38") || strings.HasPrefix(e.Code, "2F") || e.Code == "XX000")
}

// evaluate asks the server for the value of each check on each row, in the order of the rows.
func (a *assembly) evaluate(checks []tableCheck, names []string, args [][]byte, rows int) ([][][]byte, error) {
	var sql strings.Builder
	sql.WriteString("SELECT ")
	for i, c := range checks {
		if i > 0 {
			sql.WriteString(", ")
		}
		fmt.Fprintf(&sql, "((%s) IS NOT FALSE)", c.sql)
	}
	sql.WriteString(" FROM (VALUES ")
	types := make([]uint32, 0, len(args))
	formats := make([]int16, 0, len(args))
	for row := range rows {
		if row > 0 {
			sql.WriteString(", ")
		}
		fmt.Fprintf(&sql, "(%d", row)
		for _, name := range names {
			typ := a.puzzle.columns[name].typ
			oid, format, cast := typ.OID, int16(1), ""
			if a.out.Columns[name].Cast {
				oid, format, cast = textOID, 0, "::"+typ.Formatted
			}
			types, formats = append(types, oid), append(formats, format)
			fmt.Fprintf(&sql, ", $%d%s", len(types), cast)
		}
		sql.WriteString(")")
	}
	sql.WriteString(") AS " + schema.Quote(a.request.Table.Name) + "(\"row \"")
	for _, name := range names {
		sql.WriteString(", " + schema.Quote(name))
	}
	sql.WriteString(") ORDER BY \"row \"")
	return a.trials.query(a.ctx, sql.String(), args, types, formats)
}

func good(verdicts []verdict, row int) bool {
	return !slices.ContainsFunc(verdicts, func(v verdict) bool { return !v.rows[row] })
}
