package seed

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
)

// session is the configuration of a connection that loads: a cancelled context cancels the query on the server too.
func session(config *pgx.ConnConfig) *pgx.ConnConfig {
	c := config.Copy()
	if c.RuntimeParams == nil {
		c.RuntimeParams = map[string]string{}
	}
	c.RuntimeParams["application_name"] = "pgassay seed"
	c.DefaultQueryExecMode = pgx.QueryExecModeExec // leaves no prepared statements behind
	c.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: 5 * time.Second}
	}
	c.AfterConnect = patience("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout")
	return c
}

// patience switches off timeouts that would end a load in the middle because a role or database has them for its
// application, as pg_dump and pg_restore do. It switches JIT off, too: the planner thinks recursive look-ups in the
// catalogs so costly that compiling them would take seconds, for milliseconds of work.
func patience(timeouts ...string) func(context.Context, *pgconn.PgConn) error {
	return func(ctx context.Context, conn *pgconn.PgConn) error {
		var sql strings.Builder
		sql.WriteString("SET jit = off;")
		for _, name := range timeouts {
			sql.WriteString("SET " + name + " = 0;")
		}
		major, _, _ := strings.Cut(conn.ParameterStatus("server_version"), ".")
		if n, err := strconv.Atoi(major); err == nil && n >= 17 {
			sql.WriteString("SET transaction_timeout = 0")
		}
		if err := conn.Exec(ctx, sql.String()).Close(); err != nil {
			return fmt.Errorf("switch timeouts and JIT off: %w", err)
		}
		return nil
	}
}

// trialSession opens the connection that values are tried on: read only, and impatient.
func trialSession(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	c := session(config)
	c.AfterConnect = patience("idle_in_transaction_session_timeout", "idle_session_timeout")
	c.RuntimeParams["default_transaction_read_only"] = "on"
	c.RuntimeParams["statement_timeout"] = "10s"
	c.RuntimeParams["lock_timeout"] = "5s"
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return conn, nil
}

// reconnect connects to a server that may be starting up again after a crash or a restart: it tries for half a minute.
func reconnect(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	const tries, pause = 60, 500 * time.Millisecond
	for try := 1; ; try++ {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err == nil || try == tries || !comesBack(err) {
			return conn, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// comesBack tells whether a server that can't be connected to may be there in a moment: it is starting up or shutting
// down, or nothing listens.
func comesBack(err error) bool {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Code == "57P03"
	}
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOENT) || lostConnection(err)
}

// closeConn closes a connection even when the context is over.
func closeConn(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx) // nothing is open on it
}
