package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// parseAddress reads a connection URL or key=value pairs; what they leave open comes from the PG* variables. Its errors
// never quote the address: where an address is malformed nobody can tell its password from the rest.
func parseAddress(dsn string) (*pgx.ConnConfig, error) {
	if rest, ok := cutScheme(dsn); ok {
		authority, after, _ := strings.Cut(rest, "/")
		if !strings.Contains(authority, "@") && strings.Contains(after, "@") || strings.ContainsAny(authority, "?#") && strings.Contains(rest, "@") {
			return nil, errors.New("the address can't be read: characters such as / ? # @ in a user name or password must be percent-encoded, / as %2F, ? as %3F, # as %23, @ as %40")
		}
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, explainParse(dsn, err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "pgassay"
	}
	return config, nil
}

func cutScheme(dsn string) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(dsn, "postgres://"); ok {
		return rest, true
	}
	return strings.CutPrefix(dsn, "postgresql://")
}

// explainParse says what is wrong with an address in words of our own.
func explainParse(dsn string, err error) error {
	var parse *pgconn.ParseConfigError
	if !errors.As(err, &parse) {
		return errors.New("the address can't be read")
	}
	about := func(topic string) bool { return strings.Contains(parse.Error(), "`: "+topic) }
	switch {
	case about("failed to parse as URL"):
		return errors.New("the address can't be read: characters such as / ? # @ % in a user name or password must be percent-encoded, % as %25, @ as %40, and a port is a number")
	case about("failed to parse as keyword/value"):
		if scheme, _, ok := strings.Cut(dsn, "://"); ok && !strings.ContainsAny(scheme, " :@='\"") {
			return fmt.Errorf("%s:// is no address of a PostgreSQL database: that begins with postgres://", scheme)
		}
		return errors.New("the address is neither a URL (postgres://user:password@host:5432/database) nor key=value pairs (host=localhost dbname=shop; values with spaces in single quotes)")
	case about("failed to read service"):
		return fmt.Errorf("read the service file: %w", parse.Unwrap())
	case about("failed to configure TLS"):
		return fmt.Errorf("configure TLS: %w", parse.Unwrap())
	case about("invalid port"):
		return errors.New("its port is not a number from 1 to 65535")
	case about("could not match"):
		return errors.New("it has as many ports as hosts, or one port for all")
	}
	for _, name := range []string{
		"connect_timeout", "sslcertmode", "target_session_attrs", "min_protocol_version", "max_protocol_version", "channel_binding", "require_auth",
	} {
		if about("invalid "+name) || about("unknown "+name) || about(name) {
			return fmt.Errorf("its %s is none that PostgreSQL knows", name)
		}
	}
	return errors.New("the address can't be read")
}

// explainConnect turns the failure to connect into a sentence that says what to do.
func explainConnect(err error, config *pgconn.Config) error {
	where := maskedURL(config)
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return explainRefusal(server, config, where)
	}
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	err = lastAttempt(err)
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &dns):
		return fmt.Errorf("connect to %s: no host is called %s: check its name", where, dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("connect to %s: connection refused: nothing listens there. Start that server, check host and port, or run pgassay db start for a server of pgassay's own", where)
	case errors.Is(err, syscall.ENOENT):
		return fmt.Errorf("connect to %s: there is no such socket: start that server, or check host and port", where)
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return fmt.Errorf("connect to %s: the server has no TLS, and sslmode asks for it: add sslmode=prefer (or disable) if that network is to be trusted", where)
	case errors.As(err, &authority):
		return fmt.Errorf("connect to %s: the server's TLS certificate is signed by an unknown authority: name its root certificate with sslrootcert=FILE, or use sslmode=require to go without the check", where)
	case errors.As(err, &hostname), errors.As(err, &invalid):
		return fmt.Errorf("connect to %s: the server's TLS certificate doesn't hold: %w", where, innermost(err))
	case errors.As(err, &record), strings.Contains(err.Error(), "invalid body length"), strings.Contains(err.Error(), "unknown message type"):
		return fmt.Errorf("connect to %s: what listens there does not speak PostgreSQL's protocol: check host and port", where)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("connect to %s: the other side hung up: see the server's log, and check that it is a PostgreSQL server", where)
	case pgconn.Timeout(err), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("connect to %s: no answer in %s: check host, port and firewall; connect_timeout=SECONDS in the address waits longer", where, config.ConnectTimeout)
	}
	return fmt.Errorf("connect to %s: %w", where, innermost(err))
}

// explainRefusal is about a server that answered and said no.
func explainRefusal(refusal *pgconn.PgError, config *pgconn.Config, where string) error {
	switch refusal.Code {
	case "28P01": // invalid_password
		if config.Password == "" {
			return fmt.Errorf("connect to %s: the server wants a password for user %q: put it into the address, PGPASSWORD or ~/.pgpass", where, config.User)
		}
		return fmt.Errorf("connect to %s: wrong password for user %q", where, config.User)
	case "28000": // invalid_authorization_specification: no such role, or pg_hba.conf has no line for it
		return fmt.Errorf("connect to %s: %s: check the user's name, and the server's pg_hba.conf", where, refusal.Message)
	case "3D000": // invalid_catalog_name
		other := *config
		other.Database = "postgres"
		return fmt.Errorf("connect to %s: database %q does not exist: create it with psql %q -c %q", where, config.Database, maskedURL(&other), "CREATE DATABASE "+quoteForShell(config.Database))
	case "53300": // too_many_connections
		return fmt.Errorf("connect to %s: the server has no connection left: close some, or raise its max_connections", where)
	case "57P03": // cannot_connect_now
		return fmt.Errorf("connect to %s: %s: try again in a moment", where, refusal.Message)
	}
	return fmt.Errorf("connect to %s: %s (SQLSTATE %s)", where, refusal.Message, refusal.Code)
}

// quoteForShell quotes an identifier where it needs it, for a statement within double quotes of a shell.
func quoteForShell(name string) string {
	for i, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return pgx.Identifier{name}.Sanitize()
		}
	}
	return name
}

// lastAttempt picks the error of the last of several attempts: without TLS after one with it, or the last of several
// hosts.
func lastAttempt(err error) error {
	var all interface{ Unwrap() []error }
	for errors.As(err, &all) && len(all.Unwrap()) > 0 {
		err = all.Unwrap()[len(all.Unwrap())-1]
		all = nil
	}
	return err
}

// innermost unwraps an error to the one that says what happened.
func innermost(err error) error {
	for {
		switch wrapped := err.(type) {
		case interface{ Unwrap() []error }:
			list := wrapped.Unwrap()
			if len(list) == 0 {
				return err
			}
			err = list[len(list)-1]
		case interface{ Unwrap() error }:
			inner := wrapped.Unwrap()
			if inner == nil {
				return err
			}
			err = inner
		default:
			return err
		}
	}
}
