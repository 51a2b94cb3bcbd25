package seed

import (
	"context"
	"fmt"
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
	return c
}

// trialSession opens the connection that values are tried on: read only, and impatient.
func trialSession(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	c := session(config)
	c.RuntimeParams["default_transaction_read_only"] = "on"
	c.RuntimeParams["statement_timeout"] = "10s"
	c.RuntimeParams["lock_timeout"] = "5s"
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return conn, nil
}

// closeConn closes a connection even when the context is over.
func closeConn(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx) // nothing is open on it
}
