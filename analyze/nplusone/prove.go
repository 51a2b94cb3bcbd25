package nplusone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/sqltext"
)

// Value is a parameter's value in PostgreSQL's text form; nil is NULL.
type Value = *string

// ErrNotProvable says that a loop can't be tried; the error that wraps it says why.
var ErrNotProvable = errors.New("not provable")

const (
	proofKeys    = 50 // runs of the loop that are tried, at most
	proofTimeout = 10 * time.Second
	proofPairs   = 3               // how often loop and batch are timed, the first time to warm up
	proofFewest  = 5               // runs of the loop that are tried, however slow it is
	proofBudget  = 2 * time.Second // for all runs of the loop; fewer are tried where it is slow
)

// Prove runs the loop and the statement that would replace it beside each other, in one READ ONLY transaction that is
// rolled back, and compares their rows. Values holds the parameters of each run of the loop, for the placeholders of
// Statement; where they are not known (a query log has none) keys are sampled from the table, which the proof's method
// says. The loop's statement must be a SELECT that calls no volatile function. The error wraps ErrNotProvable if there is
// nothing that could be tried.
func (l *Loop) Prove(ctx context.Context, conn *pgx.Conn, values [][]Value) (*report.Proof, error) {
	s, b := l.statement, l.Batch
	if b.SQL == "" || s.verb != "select" || s.write || s.locking || s.volatile || b.Form == "multi-row" || b.Form == "unnest" {
		return nil, fmt.Errorf("%w: only a SELECT that has a batched form is tried", ErrNotProvable)
	}
	ctx, cancel := context.WithTimeout(ctx, proofTimeout)
	defer cancel()
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("begin proof: %w", err)
	}
	defer func() {
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), proofTimeout)
		defer cancel()
		_ = tx.Rollback(after) // the connection may be gone; then nothing is left to roll back
	}()
	if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '1s'"); err != nil {
		return nil, fmt.Errorf("begin proof: %w", err)
	}
	if name, err := volatileCall(ctx, tx, s); err != nil {
		return nil, err
	} else if name != "" {
		return nil, fmt.Errorf("%w: %s() may do more than read", ErrNotProvable, name)
	}
	p := &prover{loop: l, conn: conn.PgConn()}
	method := "loop and batch on the values of the log"
	if len(values) == 0 {
		method = "loop and batch on keys sampled from the table"
		if values, err = p.sample(ctx, tx); err != nil {
			return nil, err
		}
	}
	proof, err := p.run(ctx, values[:min(len(values), proofKeys)])
	if err != nil {
		return nil, fmt.Errorf("run loop and batch: %w", err)
	}
	proof.Method = fmt.Sprintf("%s: %d round trips against 1", method, p.runs)
	return proof, nil
}

type prover struct {
	loop *Loop
	conn *pgconn.PgConn
	runs int // of the loop that were timed
}

// volatileCall returns the name of a function that the statement's text calls and the catalog has as volatile, or doesn't
// know.
func volatileCall(ctx context.Context, tx pgx.Tx, s *statement) (string, error) {
	var called []string
	for i, t := range s.tokens {
		if s.textAt(i+1) == "(" && (t.Kind == sqltext.Ident || t.Kind == sqltext.Word) && t.text == t.lower && !s.is(i-1, "into") && !s.is(i-1, "as") {
			called = append(called, strings.Trim(t.text, `"`))
		}
	}
	var name string
	err := tx.QueryRow(ctx, `SELECT proname FROM pg_catalog.pg_proc WHERE proname = ANY($1) AND provolatile = 'v' LIMIT 1`, called).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look up functions: %w", err)
	}
	return name, nil
}

// sample makes up parameters from rows of the table that the statement looks up: the columns that placeholders are
// compared with, read together, so that they fit each other.
func (p *prover) sample(ctx context.Context, tx pgx.Tx) ([][]Value, error) {
	s := p.loop.statement
	table := ""
	columns := make([]string, len(s.params))
	var selected []string
	for i, param := range s.params {
		switch {
		case param.use == paging || param.use == otherUse:
			continue
		case param.column == "" || param.use == call:
			return nil, fmt.Errorf("%w: no value is known for $%d", ErrNotProvable, i+1)
		}
		of, column := s.tableOf(param.column)
		if table != "" && of != table {
			return nil, fmt.Errorf("%w: its arguments belong to several tables", ErrNotProvable)
		}
		table = of
		columns[i] = column
		if !slices.Contains(selected, column+"::text") {
			selected = append(selected, column+"::text")
		}
	}
	if table == "" {
		return nil, fmt.Errorf("%w: the table of its arguments is not known", ErrNotProvable)
	}
	query := fmt.Sprintf("SELECT DISTINCT %s FROM (SELECT * FROM %s LIMIT 10000) AS sample WHERE %s IS NOT NULL LIMIT %d",
		strings.Join(selected, ", "), table, columns[p.loop.keys[0][0]], proofKeys)
	rows, err := tx.Query(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("sample keys: %w", err)
	}
	defer rows.Close()
	var samples [][]Value
	for rows.Next() {
		read := make([]Value, len(selected))
		into := make([]any, len(selected))
		for i := range read {
			into[i] = &read[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("sample keys: %w", err)
		}
		run := make([]Value, len(s.params))
		for i, param := range s.params {
			if param.use == paging || param.use == otherUse {
				run[i] = constant(s, param)
				continue
			}
			run[i] = read[slices.Index(selected, columns[i]+"::text")]
		}
		samples = append(samples, run)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sample keys: %w", err)
	}
	if len(samples) == 0 {
		return nil, fmt.Errorf("%w: %s has no rows", ErrNotProvable, table)
	}
	p.settle(samples)
	return samples, nil
}

// settle gives the parameters that do not vary in the loop the value of the first sample, and those that vary in step
// the same value.
func (p *prover) settle(samples [][]Value) {
	varies := map[int]bool{}
	for _, same := range p.loop.keys {
		for _, key := range same {
			varies[key] = true
			for _, run := range samples {
				run[key] = run[same[0]]
			}
		}
	}
	for i := range samples[0] {
		for _, run := range samples {
			if !varies[i] {
				run[i] = samples[0][i]
			}
		}
	}
}

// constant makes up what is no key: a LIMIT of ten, no OFFSET, and 1 for a constant such as that of SELECT 1.
func constant(s *statement, p param) Value {
	v := "1"
	switch {
	case s.is(p.token-1, "offset"):
		v = "0"
	case p.use == paging:
		v = "10"
	}
	return &v
}

// tableOf returns the table of a column as written, and the column without its qualifier.
func (s *statement) tableOf(column string) (table, name string) {
	name = unqualified(column)
	if i := strings.LastIndexByte(column, '.'); i >= 0 {
		return s.aliases[unqualified(column[:i])], name
	}
	if len(s.tables) > 0 {
		return s.tables[0], name
	}
	return "", name
}

// answer is a result as text, a row per slice.
type answer [][]Value

// run times the loop and the batch in turns and compares their rows.
func (p *prover) run(ctx context.Context, values [][]Value) (*report.Proof, error) {
	const single, batched = "pgassay_loop", "pgassay_batch"
	if _, err := p.conn.Prepare(ctx, single, p.loop.Statement, nil); err != nil {
		return nil, err
	}
	defer p.deallocate(ctx, single)
	described, err := p.conn.Prepare(ctx, batched, p.loop.Batch.SQL, nil)
	if err != nil {
		return nil, err
	}
	defer p.deallocate(ctx, batched)
	if values, err = p.affordable(ctx, single, values); err != nil {
		return nil, err
	}
	p.runs = len(values)
	arguments := p.arrays(values, len(described.ParamOIDs))
	var loop []answer
	var batch answer
	var before, after []time.Duration
	for range proofPairs {
		start := time.Now()
		loop = loop[:0]
		for _, run := range values {
			rows, err := p.execute(ctx, single, run)
			if err != nil {
				return nil, err
			}
			loop = append(loop, rows)
		}
		middle := time.Now()
		if batch, err = p.execute(ctx, batched, arguments); err != nil {
			return nil, err
		}
		before, after = append(before, middle.Sub(start)), append(after, time.Since(middle))
	}
	equal, err := p.equal(ctx, single, values, loop, batch)
	if err != nil {
		return nil, err
	}
	return &report.Proof{BeforeNS: int64(slices.Min(before)), AfterNS: int64(slices.Min(after)), RowsEqual: equal}, nil
}

// affordable leaves as many runs as the budget allows for, going by the time of the first.
func (p *prover) affordable(ctx context.Context, single string, values [][]Value) ([][]Value, error) {
	start := time.Now()
	if _, err := p.execute(ctx, single, values[0]); err != nil {
		return nil, err
	}
	most := int(proofBudget / (proofPairs * max(time.Since(start), time.Microsecond)))
	return values[:min(len(values), max(most, proofFewest))], nil
}

func (p *prover) deallocate(ctx context.Context, name string) {
	_ = p.conn.Deallocate(context.WithoutCancel(ctx), name) // fails in a failed transaction; the name is our own
}

// arrays are the batch's parameters: the values of all runs for the keys, the first run's for the rest.
func (p *prover) arrays(values [][]Value, count int) []Value {
	out := slices.Clone(values[0])
	for _, key := range p.loop.Batch.Arrays {
		var array strings.Builder
		array.WriteByte('{')
		for i, run := range values {
			if i > 0 {
				array.WriteByte(',')
			}
			array.WriteString(element(run[key]))
		}
		array.WriteByte('}')
		text := array.String()
		out[key] = &text
	}
	// A dropped LIMIT leaves parameters at the end that the batch does not have.
	return out[:min(len(out), count)]
}

// element writes a value as an element of an array literal.
func element(v Value) string {
	if v == nil {
		return "NULL"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(*v) + `"`
}

func (p *prover) execute(ctx context.Context, name string, values []Value) (answer, error) {
	raw := make([][]byte, len(values))
	for i, v := range values {
		if v != nil {
			raw[i] = []byte(*v)
		}
	}
	result := p.conn.ExecPrepared(ctx, name, raw, nil, nil).Read()
	if result.Err != nil {
		return nil, result.Err
	}
	rows := make(answer, len(result.Rows))
	for i, row := range result.Rows {
		rows[i] = make([]Value, len(row))
		for j, value := range row {
			if value != nil {
				text := string(value)
				rows[i][j] = &text
			}
		}
	}
	return rows, nil
}

// equal tells whether the batch returned for each key the rows that the loop got. Rows are compared without order,
// because a statement without ORDER BY promises none.
func (p *prover) equal(ctx context.Context, single string, values [][]Value, loop []answer, batch answer) (bool, error) {
	b := p.loop.Batch
	if b.Key == 0 {
		// The key is among the columns: all rows together are what the loop got. A key that came twice counts once.
		var all answer
		seen := map[string]bool{}
		for i, rows := range loop {
			if key := line([]Value{values[i][b.Arrays[0]]}); !seen[key] {
				seen[key] = true
				all = append(all, rows...)
			}
		}
		return sameRows(all, batch), nil
	}
	byKey := map[string]answer{}
	for _, row := range batch {
		key := line(row[:b.Key])
		byKey[key] = append(byKey[key], row[b.Key:])
	}
	var empty answer
	if b.Missing { // what the loop gets for a key without rows
		none := slices.Clone(values[0])
		none[b.Arrays[0]] = nil
		var err error
		if empty, err = p.execute(ctx, single, none); err != nil {
			return false, err
		}
	}
	times := map[string]int{}
	for _, run := range values {
		times[p.key(run)]++
	}
	for i, run := range values {
		key := p.key(run)
		got := byKey[key]
		if b.Form == "lateral" && times[key] > 1 { // a key that came n times is answered n times
			got = got[:len(got)/times[key]]
		}
		if len(got) == 0 && b.Missing {
			got = empty
		}
		if !sameRows(loop[i], got) {
			return false, nil
		}
	}
	return true, nil
}

// key is what the batch's key columns hold for a run.
func (p *prover) key(run []Value) string {
	var key []Value
	for _, i := range p.loop.Batch.Arrays {
		key = append(key, run[i])
	}
	return line(key)
}

func sameRows(a, b answer) bool {
	if len(a) != len(b) {
		return false
	}
	lines := func(rows answer) []string {
		out := make([]string, len(rows))
		for i, row := range rows {
			out[i] = line(row)
		}
		slices.SortFunc(out, cmp.Compare[string])
		return out
	}
	return slices.Equal(lines(a), lines(b))
}

// line writes a row so that different rows are written differently.
func line(row []Value) string {
	var out strings.Builder
	for _, v := range row {
		if v == nil {
			out.WriteString("N;")
			continue
		}
		fmt.Fprintf(&out, "%d:%s;", len(*v), *v)
	}
	return out.String()
}
