package explain

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze/expr"
)

var (
	//go:embed functions.sql
	functionsSQL string
	//go:embed relations.sql
	relationsSQL string
	//go:embed types.sql
	typesSQL string
	//go:embed hidden.sql
	hiddenSQL string
	//go:embed operators.sql
	operatorsSQL string
)

// querier is what the guard needs of a connection.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// guard finds out what executing a statement could call, before anything of it is planned or executed.
//
// It goes by names, not by resolved objects, because resolving is what must not happen yet: every function, relation,
// type and operator that any word of the text could mean, in any schema, and then the same for the text behind each of
// them: bodies of SQL and PL/pgSQL functions, definitions of views, policies, checks, defaults, index expressions,
// triggers. So it errs on the safe side: a statement may be only planned because it shares a name with something.
type guard struct {
	db      querier
	version int // server_version_num
}

// source is a text that executing the statement may evaluate.
type source struct {
	tokens []expr.Token
	where  string // "" for the statement itself, else a clause like "the view public.recent"
	// pure says that a function declared STABLE or IMMUTABLE does it, so that the planner may, too.
	pure bool
}

type function struct {
	oid                                  uint32
	schema, name, volatility, kind, lang string
	extension                            string
	builtIn                              bool
	body                                 string
	rawArguments, takesRow               bool
	parts                                []uint32
}

func (f function) String() string { return f.schema + "." + f.name }

// objectLimit bounds the search: a statement that reaches more objects is only planned.
const objectLimit = 5000

// check says how far a statement may go, and whether it calls anything volatile, if harmless. writes tells that it
// changes data; inserts that it may insert.
func (g *guard) check(ctx context.Context, tokens []expr.Token, writes, inserts bool) (verdict Verdict, volatile bool, err error) {
	verdict = Verdict{Level: Run}
	pass := &pass{guard: g, verdict: &verdict, writes: writes, inserts: inserts, seen: map[string]bool{}}
	defer func() { volatile = pass.volatile }()
	pass.sources = []source{{tokens: tokens}}
	hidden, err := g.oids(ctx, hiddenSQL)
	if err != nil {
		return verdict, false, fmt.Errorf("look up casts: %w", err)
	}
	if err := pass.functions(ctx, nil, hidden, nil, source{where: "a cast or an operator class"}); err != nil {
		return verdict, false, err
	}
	for len(pass.sources) > 0 && verdict.Level > Refuse {
		if len(pass.seen) > objectLimit {
			verdict.strictest(PlanOnly, "it reaches more objects than can be looked through")
			break
		}
		next := pass.sources[0]
		pass.sources = pass.sources[1:]
		if err := pass.text(ctx, next); err != nil {
			return verdict, false, err
		}
	}
	return verdict, false, nil
}

type pass struct {
	*guard
	verdict         *Verdict
	writes, inserts bool
	sources         []source
	seen            map[string]bool
	volatile        bool // something volatile, if harmless, is called
}

// first tells whether an object is met for the first time in this way.
func (p *pass) first(kind, name string, pure bool) bool {
	key := fmt.Sprint(kind, " ", name, " ", pure)
	if p.seen[key] {
		return false
	}
	p.seen[key] = true
	return true
}

func (p *pass) push(text, where string, pure bool) {
	if text != "" {
		p.sources = append(p.sources, source{expr.Scan(text), where, pure})
	}
}

// text looks up everything that a text's words could mean.
func (p *pass) text(ctx context.Context, s source) error {
	var called, fields, names, operators []string
	for i, t := range s.tokens {
		switch t.Kind {
		case expr.Ident, expr.Quoted:
			if p.first("name", t.Text, s.pure) {
				names = append(names, t.Text)
			}
			after := i+1 < len(s.tokens) && s.tokens[i+1].Is("(")
			sampled := i > 0 && s.tokens[i-1].Is("tablesample")
			if after && !sampled && p.first("call", t.Text, s.pure) {
				called = append(called, t.Text)
			}
			if i > 0 && s.tokens[i-1].Is(".") && !after && p.first("field", t.Text, s.pure) {
				fields = append(fields, t.Text)
			}
		case expr.Operator:
			if p.first("operator", t.Text, s.pure) {
				operators = append(operators, t.Text)
			}
		}
	}
	for _, name := range implicitOperators {
		if p.first("operator", name, s.pure) {
			operators = append(operators, name)
		}
	}
	if err := p.functions(ctx, append(called, fields...), nil, called, s); err != nil {
		return err
	}
	if len(operators) > 0 {
		oids, err := p.oids(ctx, operatorsSQL, operators)
		if err != nil {
			return fmt.Errorf("look up operators: %w", err)
		}
		if err := p.functions(ctx, nil, oids, nil, s); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		return nil
	}
	if err := p.relations(ctx, names, s); err != nil {
		return err
	}
	return p.types(ctx, names, s)
}

func (g *guard) oids(ctx context.Context, sql string, args ...any) ([]uint32, error) {
	rows, err := g.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[uint32])
}

// functions judges functions of these names and OIDs. Of a name that is not in called, only functions of a row count:
// they may be called like columns.
func (p *pass) functions(ctx context.Context, names []string, oids []uint32, called []string, from source) error {
	if len(names)+len(oids) == 0 {
		return nil
	}
	body := "''"
	if p.version >= 140000 {
		body = "coalesce(CASE WHEN p.prosqlbody IS NOT NULL THEN pg_get_function_sqlbody(p.oid) END, '')"
	}
	rows, err := p.db.Query(ctx, strings.Replace(functionsSQL, "/*SQLBODY*/", body, 1), names, oids)
	if err != nil {
		return fmt.Errorf("look up functions: %w", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (function, error) {
		var f function
		err := row.Scan(&f.oid, &f.schema, &f.name, &f.volatility, &f.kind, &f.lang, &f.extension, &f.builtIn, &f.body,
			&f.rawArguments, &f.takesRow, &f.parts)
		return f, err
	})
	if err != nil {
		return fmt.Errorf("look up functions: %w", err)
	}
	for _, f := range found {
		if !slices.Contains(oids, f.oid) && !slices.Contains(called, f.name) && !f.takesRow {
			continue
		}
		if !p.first("function", fmt.Sprint(f.oid), from.pure) {
			continue
		}
		if err := p.function(ctx, f, from); err != nil {
			return err
		}
	}
	return nil
}

// function judges one function.
func (p *pass) function(ctx context.Context, f function, from source) error {
	via := ""
	if from.where != "" {
		via = " in " + from.where
	}
	trusted := f.builtIn || f.extension != ""
	p.volatile = p.volatile || f.volatility == "v"
	switch {
	case trusted && effective[f.name]:
		p.verdict.strictest(Refuse, "%s%s can act even while the statement is planned", f.name, via)
	case f.builtIn && f.rawArguments && from.where == "":
		p.verdict.strictest(Refuse, "%s%s is one of the server's own internals", f.name, via)
	case trusted && f.volatility == "v" && !harmless[f.name]:
		p.dangerous(from, "%s%s is volatile: it may change something that no rollback brings back", f.name, via)
	case trusted:
	case f.volatility == "v" && f.kind != "a":
		p.dangerous(from, "%s%s is volatile: it may change something that no rollback brings back", f, via)
		p.push(f.body, "the function "+f.String(), false)
	case f.kind == "a" || f.kind == "w":
		return p.functions(ctx, nil, f.parts, nil, source{where: "the aggregate " + f.String(), pure: from.pure})
	case f.lang == "sql" || f.lang == "plpgsql":
		tokens := expr.Scan(f.body)
		if f.lang == "plpgsql" && slices.ContainsFunc(tokens, func(t expr.Token) bool { return t.Is("execute") }) {
			p.verdict.strictest(Refuse, "%s%s executes SQL that it puts together itself", f, via)
			return nil
		}
		p.sources = append(p.sources, source{tokens, "the function " + f.String(), true})
	case f.lang == "internal":
		p.verdict.strictest(Refuse, "%s%s is another name for one of the server's own internals", f, via)
	default:
		p.dangerous(from, "%s%s is written in %s, which nobody can look into from here", f, via, f.lang)
	}
	return nil
}

// dangerous forbids executing the statement; planning, too, if the planner could do it.
func (p *pass) dangerous(from source, format string, args ...any) {
	if from.pure {
		p.verdict.strictest(Refuse, format+", and it hides behind a function that is declared not to be", args...)
		return
	}
	p.verdict.strictest(PlanOnly, format, args...)
}

func (p *pass) relations(ctx context.Context, names []string, from source) error {
	rows, err := p.db.Query(ctx, relationsSQL, names, p.writes, p.inserts)
	if err != nil {
		return fmt.Errorf("look up relations: %w", err)
	}
	type item struct {
		OID        uint32
		Kind, Name string
		Text       *string
		Functions  []uint32
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[item])
	if err != nil {
		return fmt.Errorf("look up relations: %w", err)
	}
	for _, r := range items {
		where := "the relation " + r.Name
		switch r.Kind {
		case "F":
			p.dangerous(from, "%s is a foreign table, which another server or program reads", r.Name)
			continue
		case "v":
			where = "the view " + r.Name
		}
		if r.Text != nil {
			p.push(*r.Text, where, from.pure)
		}
		if len(r.Functions) > 0 {
			if err := p.functions(ctx, nil, r.Functions, nil, source{where: "a trigger of " + r.Name, pure: from.pure}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pass) types(ctx context.Context, names []string, from source) error {
	rows, err := p.db.Query(ctx, typesSQL, names)
	if err != nil {
		return fmt.Errorf("look up types: %w", err)
	}
	type item struct {
		Name      string
		Text      *string
		Functions []uint32
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[item])
	if err != nil {
		return fmt.Errorf("look up types: %w", err)
	}
	for _, t := range items {
		where := "the type " + t.Name
		if t.Text != nil {
			p.push(*t.Text, where, from.pure)
		}
		if len(t.Functions) > 0 {
			if err := p.functions(ctx, nil, t.Functions, nil, source{where: where, pure: from.pure}); err != nil {
				return err
			}
		}
	}
	return nil
}
