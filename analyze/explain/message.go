package explain

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/analyze/expr"
)

// Message says why the server refused the statement, its literals and values left out unless they may be shown.
func (r *Result) Message(sql string, showValues bool) string {
	var refused *pgconn.PgError
	if !errors.As(r.Err, &refused) {
		return r.Err.Error()
	}
	message := refused.Message
	if !showValues {
		for _, t := range expr.Scan(sql) {
			if t.Kind == expr.String || t.Kind == expr.Number || t.Kind == expr.Invalid {
				message = mask(message, t.Text)
				message = mask(message, strings.Trim(sql[t.Start:t.End], "'"))
			}
		}
		for _, value := range r.values {
			if value != nil {
				message = mask(message, *value)
			}
		}
	}
	return message + " (SQLSTATE " + refused.Code + ")"
}

// mask replaces a value where it stands in quotes, as the server's messages have values, or as a word of its own.
func mask(message, value string) string {
	if value == "" {
		return message
	}
	message = strings.ReplaceAll(message, `"`+value+`"`, `"?"`)
	if len(value) >= 3 {
		message = strings.ReplaceAll(message, value, "?")
	}
	return message
}
