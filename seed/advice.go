package seed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// advise adds to what went wrong on the server, or on the way to it, what to do about it. Errors that say so themselves
// stay as they are.
func advise(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if advice := adviceFor(err); advice != "" {
		return fmt.Errorf("%w; %s", err, advice)
	}
	return err
}

// adviceFor says what to do about an error, or nothing. (PostgreSQL manual, "PostgreSQL Error Codes".)
func adviceFor(err error) string {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		if lostConnection(err) {
			return "the connection to the server is lost: see whether it runs and what its log says, then start again"
		}
		return ""
	}
	switch server.Code {
	case "57014": // query_canceled
		if strings.Contains(server.Message, "statement timeout") {
			return "a statement_timeout ended it: take it off this role or database, or raise it"
		}
		return "somebody cancelled the statement on the server: start again"
	case "57P01", "57P02", "57P05", "25P03", "57P04": // admin_shutdown, crash_shutdown, idle timeouts, database_dropped
		return "the server, or somebody on it, ended the connection: when it runs again, start again"
	case "57P03": // cannot_connect_now
		return "try again when the server is up"
	case "53100": // disk_full
		return "the server's disk is full: make room there, or ask for fewer rows"
	case "53200": // out_of_memory
		return "the server is out of memory: use fewer --workers, or lower its work_mem and maintenance_work_mem"
	case "53300": // too_many_connections
		return "the server has no connection left: use fewer --workers, or close some"
	case "42501": // insufficient_privilege
		return "connect as the tables' owner, or have it grant INSERT, SELECT and TRUNCATE on them to this role"
	case "25006": // read_only_sql_transaction
		return "this is a read-only standby, or default_transaction_read_only is on: connect to the primary, as a role that may write"
	case "40P01": // deadlock_detected
		return "something else works on the same tables: wait until it is done, and start again"
	}
	return ""
}

// lostConnection tells whether an error is about a connection that broke.
func lostConnection(err error) bool {
	var network *net.OpError
	if errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return true
	}
	return strings.Contains(err.Error(), "conn closed") // pgconn's own, which has no type
}

// explainLock adds to an error about a lock that was not to be had who holds it.
func (l *loader) explainLock(ctx context.Context, err error) error {
	var server *pgconn.PgError
	if !errors.As(err, &server) || server.Code != "55P03" {
		return err
	}
	text := "another session has locked one of the tables"
	oids := make([]uint32, len(l.tables))
	for i, t := range l.tables {
		oids[i] = t.table.OID
	}
	if conn, connectErr := trialSession(ctx, l.plan.config); connectErr == nil {
		defer closeConn(ctx, conn)
		var relation, state string
		var pid int
		scanErr := conn.QueryRow(ctx, `
			SELECT l.relation::regclass::text, l.pid, coalesce(a.state, 'state unknown')
			FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
			WHERE l.locktype = 'relation' AND l.granted AND l.relation = ANY ($1) AND l.pid <> pg_backend_pid()
				AND coalesce(a.application_name, '') <> 'pgassay seed'
				AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
			ORDER BY l.mode = 'AccessShareLock', l.pid LIMIT 1`, pgx.QueryExecModeExec, oids).Scan(&relation, &pid, &state)
		if scanErr == nil { // without it the error is only less clear
			text = fmt.Sprintf("process %d (%s) has locked %s", pid, state, relation)
		}
	}
	return fmt.Errorf("%w: %s: wait until that session is done or end it, and start again", err, text)
}
