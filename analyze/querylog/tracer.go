package querylog

import (
	"context"
	"errors"
	"io"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

var (
	_ pgx.QueryTracer    = (*Recorder)(nil)
	_ pgx.BatchTracer    = (*Recorder)(nil)
	_ pgx.CopyFromTracer = (*Recorder)(nil)
	_ pgx.PrepareTracer  = (*Recorder)(nil)
	_ pgx.ConnectTracer  = (*Recorder)(nil)
)

// connection is what a Recorder knows of one connection. It is kept in the connection's custom data and only touched by
// the goroutine that uses the connection, except that the tap is made before the connection is there.
type connection struct {
	session     string
	tap         *tap // nil if results are not wanted
	transaction int64
	batch       int64
	prepared    map[string]string  // SQL of statements prepared under a name
	fields      map[string][]field // key columns of results by SQL, as far as they were seen

	current  execution
	sql      string
	active   bool
	labelled context.Context // the caller's, whose labels come back at the end
}

const (
	customDataKey  = "pgassay/querylog"
	maxConnStrings = 2048 // texts remembered per connection
)

func (r *Recorder) connection(conn *pgx.Conn) *connection {
	data := conn.PgConn().CustomData()
	if c, ok := data[customDataKey].(*connection); ok {
		return c
	}
	c := &connection{session: r.boot + "-" + strconv.FormatInt(r.sessions.Add(1), 10)}
	data[customDataKey] = c
	return c
}

type connectKey struct{}

// taps are those of the frontends that one attempt to connect builds, one for each host that is tried.
type taps struct{ byFrontend map[*pgproto3.Frontend]*tap }

// TraceConnectStart puts the tap into the connection's stream. pgx hands over a configuration of the connection's own.
func (r *Recorder) TraceConnectStart(ctx context.Context, data pgx.TraceConnectStartData) context.Context {
	if r.opts.NoResults || data.ConnConfig == nil || data.ConnConfig.BuildFrontend == nil {
		return ctx
	}
	made := &taps{byFrontend: map[*pgproto3.Frontend]*tap{}}
	build := data.ConnConfig.BuildFrontend
	data.ConnConfig.BuildFrontend = func(reader io.Reader, writer io.Writer) *pgproto3.Frontend {
		t := &tap{from: reader, hasher: r.hasher}
		frontend := build(t, writer)
		made.byFrontend[frontend] = t
		return frontend
	}
	return context.WithValue(ctx, connectKey{}, made)
}

// TraceConnectEnd remembers the connection's tap.
func (r *Recorder) TraceConnectEnd(ctx context.Context, data pgx.TraceConnectEndData) {
	made, ok := ctx.Value(connectKey{}).(*taps)
	if !ok || data.Err != nil || data.Conn == nil {
		return
	}
	r.connection(data.Conn).tap = made.byFrontend[data.Conn.PgConn().Frontend()]
	made.byFrontend = nil // the configuration keeps the closure
}

// TracePrepareStart remembers which SQL a name stands for.
func (r *Recorder) TracePrepareStart(ctx context.Context, conn *pgx.Conn, data pgx.TracePrepareStartData) context.Context {
	if data.Name != "" && data.Name != data.SQL {
		c := r.connection(conn)
		if c.prepared == nil {
			c.prepared = map[string]string{}
		}
		if len(c.prepared) < maxConnStrings {
			c.prepared[data.Name] = data.SQL
		}
	}
	return ctx
}

// TracePrepareEnd does nothing: TracePrepareStart is all there is to it.
func (r *Recorder) TracePrepareEnd(context.Context, *pgx.Conn, pgx.TracePrepareEndData) {}

// TraceQueryStart notes where a statement comes from.
func (r *Recorder) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	c := r.connection(conn)
	sql, args := plainQuery(ctx, conn, data.SQL, data.Args)
	if named, ok := c.prepared[sql]; ok {
		sql = named
	}
	c.start(r, ctx, conn, sql, args)
	if c.tap != nil {
		c.tap.begin(c.fields[sql])
	}
	return c.label(r, ctx, c.current.statement.fingerprint, c.current.route)
}

// label gives the goroutine, and those that it starts, the labels of what runs until unlabel.
func (c *connection) label(r *Recorder, ctx context.Context, statement, route string) context.Context {
	if r.opts.NoLabels {
		return ctx
	}
	c.labelled = ctx
	labels := pprof.Labels("statement", statement)
	if route != "" {
		labels = pprof.Labels("statement", statement, "route", route)
	}
	ctx = pprof.WithLabels(ctx, labels)
	pprof.SetGoroutineLabels(ctx)
	return ctx
}

// unlabel brings back the labels of the caller's context. Those of the goroutine itself can't be known.
func (c *connection) unlabel() {
	if c.labelled != nil {
		pprof.SetGoroutineLabels(c.labelled)
		c.labelled = nil
	}
}

// TraceQueryEnd records the statement.
func (r *Recorder) TraceQueryEnd(_ context.Context, conn *pgx.Conn, data pgx.TraceQueryEndData) {
	c := r.connection(conn)
	if !c.active {
		return
	}
	c.unlabel()
	e := &c.current
	e.duration = time.Since(e.start)
	if t := c.tap; t != nil {
		t.end()
		e.results = t.results
		c.remember(c.sql, t)
	}
	r.finish(c, conn, data.CommandTag, data.Err)
}

// start fills in what is known before a statement runs.
func (c *connection) start(r *Recorder, ctx context.Context, conn *pgx.Conn, sql string, args []any) {
	e := &c.current
	hashes := e.args[:0]
	*e = execution{session: c.session, statement: r.statements.get(sql, r.hasher), scope: scopeOf(ctx), args: hashes}
	c.active, c.sql = true, sql
	switch {
	case conn.PgConn().TxStatus() == 'I':
		c.transaction++ // it may become one
	default:
		e.transaction = c.transaction
	}
	if e.scope != nil {
		e.route = e.scope.name()
	}
	if !r.opts.NoCallSite {
		e.site, e.via = r.sites.find()
	}
	if !r.opts.NoArgs {
		if e.args == nil {
			e.args = make([]uint64, 0, 4) // no arguments is not the same as not known
		}
		e.args = e.statement.appendArgs(e.args, r.hasher, args)
	}
	e.start = time.Now()
}

// remember keeps what the tap learned of a statement's result for its next run, which may come without a description.
func (c *connection) remember(sql string, t *tap) {
	if !t.changed {
		return
	}
	if c.fields == nil {
		c.fields = map[string][]field{}
	}
	if _, known := c.fields[sql]; known || len(c.fields) < maxConnStrings {
		c.fields[sql] = t.fields
	}
}

// finish fills in what is known after a statement ran, and writes it.
func (r *Recorder) finish(c *connection, conn *pgx.Conn, tag pgconn.CommandTag, err error) {
	e := &c.current
	c.active = false
	e.rows, e.code = tag.RowsAffected(), codeOf(err)
	if e.transaction == 0 && conn.PgConn().TxStatus() == 'T' {
		e.transaction = c.transaction // the BEGIN itself
	}
	if e.statement.text != "" {
		r.record(e)
	}
	*e = execution{args: e.args[:0]}
	c.sql = ""
}

// record writes the execution, and the statement's definition if the log lacks it.
func (r *Recorder) record(e *execution) {
	b, ok := r.log.begin()
	if !ok {
		return
	}
	if !e.statement.written.Load() {
		b = appendDefinition(b, e.statement.definition)
	}
	b = e.append(b)
	if r.log.fits(b) {
		e.statement.written.Store(true) // while the log is locked: whoever is next finds it written, or writes it
	}
	if r.log.commit(b) {
		r.events.Add(1)
	}
}

// TraceBatchStart numbers the batch. Its label is the statement, if it is one and the same all along.
func (r *Recorder) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	c := r.connection(conn)
	c.batch++
	if conn.PgConn().TxStatus() == 'I' {
		c.transaction++
	}
	if r.opts.NoLabels || data.Batch == nil || data.Batch.Len() == 0 {
		return ctx
	}
	label, route := severalStatements, ""
	if first := data.Batch.QueuedQueries[0].SQL; !slices.ContainsFunc(data.Batch.QueuedQueries, func(q *pgx.QueuedQuery) bool { return q.SQL != first }) {
		if named, ok := c.prepared[first]; ok {
			first = named
		}
		label = r.statements.get(first, r.hasher).fingerprint
	}
	if s := scopeOf(ctx); s != nil {
		route = s.name()
	}
	return c.label(r, ctx, label, route)
}

// severalStatements is the label of a batch of different statements.
const severalStatements = "several in a batch"

// TraceBatchQuery records one statement of a batch. All of them made one round trip.
func (r *Recorder) TraceBatchQuery(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchQueryData) {
	c := r.connection(conn)
	sql := data.SQL
	if named, ok := c.prepared[sql]; ok {
		sql = named
	}
	sql, args := plainQuery(ctx, conn, sql, data.Args)
	transaction := c.transaction
	c.start(r, ctx, conn, sql, args)
	c.transaction = transaction
	e := &c.current
	e.transaction, e.batch = transaction, c.batch
	if !data.ReadStartTime.IsZero() {
		e.duration = e.start.Sub(data.ReadStartTime)
		e.start = data.ReadStartTime
	}
	r.finish(c, conn, data.CommandTag, data.Err)
}

// TraceBatchEnd takes the labels off: each statement was recorded on its own.
func (r *Recorder) TraceBatchEnd(_ context.Context, conn *pgx.Conn, _ pgx.TraceBatchEndData) {
	r.connection(conn).unlabel()
}

// TraceCopyFromStart notes where a COPY comes from.
func (r *Recorder) TraceCopyFromStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceCopyFromStartData) context.Context {
	var sql strings.Builder
	sql.WriteString("COPY " + data.TableName.Sanitize() + " (")
	for i, name := range data.ColumnNames {
		if i > 0 {
			sql.WriteString(", ")
		}
		sql.WriteString(pgx.Identifier{name}.Sanitize())
	}
	sql.WriteString(") FROM STDIN")
	c := r.connection(conn)
	c.start(r, ctx, conn, sql.String(), nil)
	return c.label(r, ctx, c.current.statement.fingerprint, c.current.route)
}

// TraceCopyFromEnd records the COPY.
func (r *Recorder) TraceCopyFromEnd(_ context.Context, conn *pgx.Conn, data pgx.TraceCopyFromEndData) {
	c := r.connection(conn)
	if !c.active {
		return
	}
	c.unlabel()
	c.current.duration = time.Since(c.current.start)
	r.finish(c, conn, data.CommandTag, data.Err)
}

// plainQuery takes pgx's options off the arguments and lets a rewriter, such as pgx.NamedArgs, write the SQL that the
// server will see.
func plainQuery(ctx context.Context, conn *pgx.Conn, sql string, args []any) (string, []any) {
	var rewriter pgx.QueryRewriter
	for len(args) > 0 {
		switch arg := args[0].(type) {
		case pgx.QueryResultFormats, pgx.QueryResultFormatsByOID, pgx.QueryExecMode:
		case pgx.QueryRewriter:
			rewriter = arg
		default:
			return rewritten(ctx, conn, rewriter, sql, args)
		}
		args = args[1:]
	}
	return rewritten(ctx, conn, rewriter, sql, args)
}

func rewritten(ctx context.Context, conn *pgx.Conn, rewriter pgx.QueryRewriter, sql string, args []any) (string, []any) {
	if rewriter == nil {
		return sql, args
	}
	newSQL, newArgs, err := rewriter.RewriteQuery(ctx, conn, sql, args)
	if err != nil {
		return sql, args
	}
	return newSQL, newArgs
}

// codeOf returns the SQLSTATE of an error, "client" if it is not the server's, "" for none.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Code
	}
	return "client"
}
