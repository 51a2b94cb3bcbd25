package workload

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// Stats is what pg_stat_statements knows beyond counts and time. Block counts are of all executions.
type Stats struct {
	QueryID                            int64
	MeanTime, StddevTime, MinTime      time.Duration
	SharedHit, SharedRead              int64
	SharedDirtied, SharedWritten       int64
	TempRead, TempWritten              int64
	ReadTime, WriteTime                time.Duration // of blocks, where track_io_timing is on
	WALBytes                           int64
	JITTime                            time.Duration
	Since                              time.Time // statistics of this statement are since then; zero before PostgreSQL 17
	ParallelLaunched, ParallelExpected int64     // PostgreSQL 18
}

// Querier is a connection, a pool or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

//go:embed statstatements.sql
var statColumnsSQL string

// StatStatements reads pg_stat_statements of the database's server, whatever version's columns it has. Its texts have $1,
// $2, … where literals were. Without Options.Databases only the statements of the database itself are read. The error
// says what to do where the extension is not there.
func StatStatements(ctx context.Context, q Querier, opts Options) (*Workload, error) {
	relation, columns, err := statColumns(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read pg_stat_statements: %w", err)
	}
	rows, err := q.Query(ctx, statQuery(relation, columns), opts.Databases, opts.Users)
	if err != nil {
		return nil, notLoaded(err)
	}
	defer rows.Close()
	w, lost := &Workload{}, 0
	merged := map[groupKey]*Statement{}
	var n sqltext.Normalizer
	for rows.Next() {
		s, err := scanStatement(rows)
		if errors.Is(err, errNoText) {
			lost++
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read pg_stat_statements: %w", err)
		}
		if s.Text() == "<insufficient privilege>" {
			w.Unread.Count++
			continue
		}
		key := groupKey{fingerprint: n.Fingerprint(s.Text()), database: s.Database}
		s.Fingerprint = sqltext.FormatFingerprint(key.fingerprint)
		s.readText()
		if known := merged[key]; known != nil {
			known.merge(s)
			continue
		}
		merged[key] = s
		w.Statements = append(w.Statements, s)
	}
	if err := rows.Err(); err != nil {
		return nil, notLoaded(err)
	}
	if lost > 0 {
		w.Warnings = append(w.Warnings, fmt.Sprintf("%d statements have lost their text: the server could not write pgss_query_texts.stat; they come back once they are executed again", lost))
	}
	if w.Unread.Count > 0 {
		w.Warnings = append(w.Warnings, fmt.Sprintf("%d statements of other users can't be read: connect as a member of pg_read_all_stats", w.Unread.Count))
	}
	sortStatements(w.Statements)
	if opts.Top > 0 && len(w.Statements) > opts.Top {
		w.Left = len(w.Statements) - opts.Top
		w.Statements = w.Statements[:opts.Top]
	}
	return w, nil
}

// errNoText is the row of a statement without a text.
var errNoText = errors.New("no text")

// notLoaded says what to do if the extension is in the database, but its library is not in the server.
func notLoaded(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "55000" { // object_not_in_prerequisite_state
		return fmt.Errorf("read pg_stat_statements: the server has not loaded its library: add pg_stat_statements to shared_preload_libraries and restart the server: %w", err)
	}
	return fmt.Errorf("read pg_stat_statements: %w", err)
}

// statColumns finds the view, which may be in any schema, and the columns that this version of it has.
func statColumns(ctx context.Context, q Querier) (relation string, columns []string, err error) {
	rows, err := q.Query(ctx, statColumnsSQL)
	if err != nil {
		return "", nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var schema, column string
		if err := rows.Scan(&schema, &column); err != nil {
			return "", nil, err
		}
		relation = pgx.Identifier{schema, "pg_stat_statements"}.Sanitize()
		columns = append(columns, column)
	}
	if err := rows.Err(); err != nil {
		return "", nil, err
	}
	if relation == "" {
		return "", nil, fmt.Errorf("the extension is not in this database: add it to shared_preload_libraries, restart, and run CREATE EXTENSION pg_stat_statements")
	}
	return relation, columns, nil
}

// statSelect lists what is read: an expression for each column, of which the first that the view has is taken. Names
// changed in 13 (total_exec_time), 17 (shared_blk_read_time, stats_since) and 18 (parallel workers, wal_buffers_full).
var statSelect = [][]string{
	{"queryid"},
	{"query"},
	{"calls"},
	{"total_exec_time", "total_time"},
	{"max_exec_time", "max_time"},
	{"min_exec_time", "min_time"},
	{"mean_exec_time", "mean_time"},
	{"stddev_exec_time", "stddev_time"},
	{"total_plan_time"},
	{"rows"},
	{"shared_blks_hit"},
	{"shared_blks_read"},
	{"shared_blks_dirtied"},
	{"shared_blks_written"},
	{"temp_blks_read"},
	{"temp_blks_written"},
	{"shared_blk_read_time", "blk_read_time"},
	{"shared_blk_write_time", "blk_write_time"},
	{"wal_bytes"},
	{"jit_generation_time"},
	{"parallel_workers_launched"},
	{"parallel_workers_to_launch"},
}

// statQuery writes the query for the columns that there are.
func statQuery(relation string, columns []string) string {
	var list []string
	for _, names := range statSelect {
		expression := "0"
		for _, name := range names {
			if slices.Contains(columns, name) {
				expression = "s." + name
				break
			}
		}
		switch names[0] {
		case "query":
		case "queryid", "calls", "rows":
			expression += "::int8"
		default:
			expression += "::float8"
		}
		list = append(list, expression)
	}
	since := "NULL::timestamptz"
	if slices.Contains(columns, "stats_since") {
		since = "s.stats_since"
	}
	return fmt.Sprintf(`SELECT %s, %s, coalesce(d.datname, ''), coalesce(r.rolname, '')
FROM %s AS s LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.dbid LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.userid
WHERE CASE WHEN coalesce(cardinality($1::text[]), 0) = 0 THEN d.datname = current_database() ELSE d.datname = ANY($1) END
  AND (coalesce(cardinality($2::text[]), 0) = 0 OR r.rolname = ANY($2))`, strings.Join(list, ", "), since, relation)
}

func scanStatement(rows pgx.Rows) (*Statement, error) {
	s := &Statement{Source: "pg_stat_statements", Stats: &Stats{}}
	var query *string
	var id *int64
	var since *time.Time
	numbers := make([]float64, 18) // from total_exec_time on, without rows
	into := []any{&id, &query, &s.Count}
	for i := range numbers {
		if i == 6 {
			into = append(into, &s.Rows)
		}
		into = append(into, &numbers[i])
	}
	if err := rows.Scan(append(into, &since, &s.Database, &s.User)...); err != nil {
		return nil, err
	}
	if query == nil {
		return nil, errNoText
	}
	text := *query
	if id != nil {
		s.Stats.QueryID = *id
	}
	if since != nil {
		s.Stats.Since = *since
		s.First = *since
	}
	ms := func(i int) time.Duration { return time.Duration(numbers[i] * float64(time.Millisecond)) }
	s.Samples = []Sample{{Text: text, Duration: ms(3), Cut: cutOff(text)}}
	s.TotalTime, s.MaxTime, s.PlanTime = ms(0), ms(1), ms(5)
	t := s.Stats
	t.MinTime, t.MeanTime, t.StddevTime = ms(2), ms(3), ms(4)
	for i, field := range []*int64{&t.SharedHit, &t.SharedRead, &t.SharedDirtied, &t.SharedWritten, &t.TempRead, &t.TempWritten} {
		*field = int64(numbers[6+i])
	}
	t.ReadTime, t.WriteTime = ms(12), ms(13)
	t.WALBytes, t.JITTime = int64(numbers[14]), ms(15)
	t.ParallelLaunched, t.ParallelExpected = int64(numbers[16]), int64(numbers[17])
	return s, nil
}

// cutOff tells whether a text ends within a string, a quoted name or a comment.
func cutOff(text string) bool {
	lexer := sqltext.Lexer{Source: text, Comments: true}
	for t := lexer.Next(); t.Kind != sqltext.EOF; t = lexer.Next() {
		if t.Open {
			return true
		}
	}
	return false
}

// merge adds another row with the same fingerprint: pg_stat_statements tells lists of different lengths apart, and users.
func (s *Statement) merge(o *Statement) {
	if o.TotalTime > s.TotalTime {
		s.Samples, o.Samples = o.Samples, s.Samples
		s.Stats.QueryID = o.Stats.QueryID
	}
	s.Count += o.Count
	s.TotalTime += o.TotalTime
	s.PlanTime += o.PlanTime
	s.MaxTime = max(s.MaxTime, o.MaxTime)
	s.Rows += o.Rows
	if s.First.IsZero() || !o.First.IsZero() && o.First.Before(s.First) {
		s.First = o.First
	}
	t, u := s.Stats, o.Stats
	t.MinTime = min(t.MinTime, u.MinTime)
	if s.Count > 0 {
		t.MeanTime = s.TotalTime / time.Duration(s.Count)
	}
	t.StddevTime = max(t.StddevTime, u.StddevTime)
	t.SharedHit += u.SharedHit
	t.SharedRead += u.SharedRead
	t.SharedDirtied += u.SharedDirtied
	t.SharedWritten += u.SharedWritten
	t.TempRead += u.TempRead
	t.TempWritten += u.TempWritten
	t.ReadTime += u.ReadTime
	t.WriteTime += u.WriteTime
	t.WALBytes += u.WALBytes
	t.JITTime += u.JITTime
	t.ParallelLaunched += u.ParallelLaunched
	t.ParallelExpected += u.ParallelExpected
}
