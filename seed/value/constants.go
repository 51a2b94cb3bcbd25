package value

import (
	"errors"
	"strings"

	"github.com/pgassay/pgassay/seed/value/check"
)

// fold puts values in the place of calls of the database's own functions whose arguments are constants, if the functions are
// immutable: status <> no_status('none'). The server tells what they are.
func (b *builder) fold(x *check.Expr) *check.Expr {
	if x == nil {
		return nil
	}
	if x.Kind == check.Call && x.Constant() {
		if _, err := (&check.Evaluator{Present: clock(b.present), Types: b}).Eval(x); errors.Is(err, check.ErrCannot) {
			if v, ok := b.constant(x); ok {
				return v
			}
		}
		return x
	}
	out := *x
	out.Args = make([]*check.Expr, len(x.Args))
	for i, arg := range x.Args {
		out.Args[i] = b.fold(arg)
	}
	return &out
}

// constant asks the server for the value of a call.
func (b *builder) constant(x *check.Expr) (*check.Expr, bool) {
	name := strings.Trim(x.Name[strings.LastIndex(x.Name, ".")+1:], `"`)
	immutable, err := b.trials.query(b.ctx, "SELECT coalesce(bool_and(provolatile = 'i'), false) FROM pg_proc WHERE proname = $1",
		[][]byte{[]byte(name)}, []uint32{textOID}, []int16{0})
	if err != nil || immutable[0][0][0] == 0 {
		return nil, false
	}
	call := x.String()
	row, err := b.trials.query(b.ctx, "SELECT ("+call+")::text, pg_typeof("+call+")::text", nil, nil, nil)
	if err != nil || len(row) != 1 {
		return nil, false
	}
	if row[0][0] == nil {
		return &check.Expr{Kind: check.Literal, Form: check.Null}, true
	}
	literal := &check.Expr{Kind: check.Literal, Form: check.String, Text: string(row[0][0])}
	return &check.Expr{Kind: check.Cast, Name: string(row[0][1]), Args: []*check.Expr{literal}}, true
}
