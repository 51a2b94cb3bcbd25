package explain

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/analyze/plan"
)

//go:embed values.sql
var valuesSQL string

// use is how a statement uses a parameter: the column that it is compared with, and how.
type use struct {
	schema, table, column string
	operator              string
	any                   bool // column = ANY ($1)
	bounded               bool // the column has a bound on the other side, too
}

// fromStatistics finds a value for every parameter: one that is typical of the column that the parameter is compared
// with. missing is the number of the first parameter without one, or 0.
// common has the most common value instead wherever there is one; it is nil if that makes no difference.
func (s *Session) fromStatistics(ctx context.Context, generic *plan.Plan, tokens []expr.Token, types []uint32) (values, common []*string, missing int, err error) {
	uses := usesOf(generic)
	mentioned := mentionedParams(generic)
	values, common = make([]*string, len(types)), make([]*string, len(types))
	differs := false
	err = s.lookUp(ctx, func() error {
		for i, oid := range types {
			number := strconv.Itoa(i + 1)
			var value, frequent *string
			if u, ok := uses[number]; ok {
				if value, frequent, err = s.typical(ctx, u); err != nil {
					return err
				}
			} else if !mentioned[number] {
				value = byType(oid, clauseOf(tokens, number))
			}
			if value == nil && missing == 0 {
				missing = i + 1
			}
			values[i], common[i] = value, value
			if frequent != nil && value != nil && *frequent != *value {
				common[i], differs = frequent, true
			}
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("look up values for parameters: %w", err)
	}
	if !differs {
		common = nil
	}
	return values, common, missing, err
}

// usesOf finds the columns that parameters are compared with, by parameter number.
func usesOf(p *plan.Plan) map[string]use {
	aliases := map[string]*plan.Node{}
	for _, n := range p.Nodes() {
		if n.Relation != "" {
			aliases[n.Alias] = n
		}
	}
	uses := map[string]use{}
	for _, n := range p.Nodes() {
		for _, e := range n.Expressions() {
			if e.Name == "Output" || e.Name == "Sort Key" || e.Name == "Group Key" {
				continue
			}
			parsed, err := expr.Parse(e.Text)
			if err != nil {
				continue
			}
			expr.Walk(parsed, func(e expr.Expr) {
				switch e := e.(type) {
				case expr.Op:
					note(uses, aliases, n, e.Left, e.Name, e.Right, false)
					note(uses, aliases, n, e.Right, flip(e.Name), e.Left, false)
				case expr.Any:
					note(uses, aliases, n, e.Left, e.Op, e.Right, true)
				}
			})
		}
	}
	for number, u := range uses {
		for other, v := range uses {
			if other != number && v.table == u.table && v.column == u.column && isLower(v.operator) != isLower(u.operator) {
				u.bounded = true
				uses[number] = u
			}
		}
	}
	return uses
}

func isLower(operator string) bool { return operator == ">" || operator == ">=" }

func flip(operator string) string {
	if flipped, ok := map[string]string{"<": ">", ">": "<", "<=": ">=", ">=": "<="}[operator]; ok {
		return flipped
	}
	return operator
}

// note records that a column is compared with a parameter, possibly inside casts and functions.
func note(uses map[string]use, aliases map[string]*plan.Node, n *plan.Node, column expr.Expr, operator string, value expr.Expr, any bool) {
	if column == nil || value == nil || len(expr.Columns(value)) > 0 {
		return
	}
	columns := expr.Columns(column)
	if len(columns) != 1 {
		return
	}
	target := n
	if named := aliases[columns[0].Table]; named != nil {
		target = named
	}
	if target.Relation == "" {
		return
	}
	expr.Walk(value, func(e expr.Expr) {
		if p, ok := e.(expr.Param); ok && p.Name != "0" {
			if _, known := uses[p.Name]; !known {
				uses[p.Name] = use{schema: target.Schema, table: target.Relation, column: columns[0].Name, operator: operator, any: any}
			}
		}
	})
}

// mentionedParams tells which parameters stand in a condition.
func mentionedParams(p *plan.Plan) map[string]bool {
	mentioned := map[string]bool{}
	for _, n := range p.Nodes() {
		for _, e := range n.Expressions() {
			if e.Name == "Output" {
				continue
			}
			for _, t := range expr.Scan(e.Text) {
				if t.Kind == expr.ParamNo {
					mentioned[t.Text] = true
				}
			}
		}
	}
	return mentioned
}

// clauseOf returns "limit" or "offset" if that is where the statement has the parameter.
func clauseOf(tokens []expr.Token, number string) string {
	for i, t := range tokens {
		if t.Kind == expr.ParamNo && t.Text == number && i > 0 {
			switch before := tokens[i-1]; {
			case before.Is("limit"), before.Is("first"), before.Is("next"):
				return "limit"
			case before.Is("offset"):
				return "offset"
			}
		}
	}
	return ""
}

// byType makes up a value for a parameter that no condition depends on.
func byType(oid uint32, clause string) *string {
	value := ""
	switch {
	case clause == "limit":
		value = "10"
	case clause == "offset":
		value = "0"
	default:
		switch oid {
		case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.NumericOID, pgtype.Float4OID, pgtype.Float8OID, pgtype.OIDOID:
			value = "1"
		case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID:
			value = "x"
		case pgtype.BoolOID:
			value = "true"
		case pgtype.TimestamptzOID, pgtype.TimestampOID, pgtype.DateOID:
			value = "2024-01-01"
		case pgtype.JSONOID, pgtype.JSONBOID:
			value = "{}"
		case pgtype.UUIDOID:
			value = "00000000-0000-0000-0000-000000000000"
		default:
			return nil
		}
	}
	return &value
}

// typical returns a value that is typical of a column: for equality one from the middle of its distribution, for a
// bound one that leaves a tenth of the rows, for a pattern the start of a value. Nil means that nothing is known. frequent
// is the most common value, if the column is compared for equality and has one.
func (s *Session) typical(ctx context.Context, u use) (value, frequent *string, err error) {
	var common, bounds []string
	var frequencies []float32
	var distinct float32
	err = s.conn.QueryRow(ctx, valuesSQL, u.schema, u.table, u.column).Scan(&common, &frequencies, &bounds, &distinct)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, err
	}
	if len(common)+len(bounds) == 0 {
		value, err = s.anyValue(ctx, u)
		return value, nil, err
	}
	text := pick(u, common, bounds)
	if u.any {
		text = array(pickSeveral(common, bounds))
	}
	if strings.Contains(u.operator, "~~") && len(text) > 0 {
		runes := []rune(text)
		text = string(runes[:min(len(runes), 3)]) + "%"
	}
	if u.operator == "=" && !u.any && len(common) > 0 {
		frequent = &common[0]
	}
	return &text, frequent, nil
}

// pick chooses from a column's most common values and histogram bounds. The histogram leaves the common values out.
func pick(u use, common, bounds []string) string {
	at := func(list []string, share float64) string { return list[int(share*float64(len(list)-1))] }
	list := bounds
	if len(list) == 0 {
		list = common
		if u.operator != "=" {
			list = slices.Sorted(slices.Values(common))
		}
	}
	switch {
	case isLower(u.operator) && u.bounded:
		return at(list, 0.5)
	case isLower(u.operator):
		return at(list, 0.9)
	case u.operator == "<" || u.operator == "<=":
		if u.bounded {
			return at(list, 0.6)
		}
		return at(list, 0.1)
	}
	return at(list, 0.5)
}

func pickSeveral(common, bounds []string) []string {
	list := bounds
	if len(list) == 0 {
		list = common
	}
	var several []string
	for _, share := range []float64{0.25, 0.5, 0.75} {
		value := list[int(share*float64(len(list)-1))]
		if !slices.Contains(several, value) {
			several = append(several, value)
		}
	}
	return several
}

// array writes an array constant.
func array(items []string) string {
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(item) + `"`
	}
	return "{" + strings.Join(quoted, ",") + "}"
}

// anyValue reads some value of a column that was never analysed.
func (s *Session) anyValue(ctx context.Context, u use) (*string, error) {
	var value string
	sql := fmt.Sprintf("SELECT %[1]s::text FROM ONLY %[2]s WHERE %[1]s IS NOT NULL LIMIT 1",
		pgx.Identifier{u.column}.Sanitize(), pgx.Identifier{u.schema, u.table}.Sanitize())
	var kind string
	err := s.conn.QueryRow(ctx, "SELECT relkind::text FROM pg_class WHERE oid = to_regclass($1)", pgx.Identifier{u.schema, u.table}.Sanitize()).Scan(&kind)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && kind != "r" && kind != "m" {
		return nil, nil // a view or a partitioned table: reading it could be anything
	}
	if err != nil {
		return nil, err
	}
	err = s.conn.QueryRow(ctx, sql).Scan(&value)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if u.any {
		value = array([]string{value})
	}
	return &value, nil
}
