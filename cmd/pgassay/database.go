package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/internal/pgserver"
)

// connectTimeout is how long a server may take to answer, where its address doesn't say.
const connectTimeout = 10 * time.Second

// addressVariables are those of libpq's environment variables that say which database is meant.
var addressVariables = []string{"PGSERVICE", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER"}

// databaseFlags are the flags of every command that works on a database.
func databaseFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{
			Name: "dsn",
			Usage: "`ADDRESS` of the database, such as postgres://user:password@host:5432/database; otherwise DATABASE_URL, the PG* variables, " +
				"or a server of pgassay's own (see pgassay db)",
		},
	}
}

// database returns the database that a command works on and says on standard error which one that is: --dsn, else
// DATABASE_URL, else the PG* variables, else a server of our own. It has been connected to once, so that an address that
// doesn't work ends every command with the same message.
func (p *program) database(c *cli.Context) (*pgx.ConnConfig, error) {
	config, source, err := p.address(c)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(p.stderr, "pgassay: database %s (%s)\n", maskedURL(&config.Config), source)
	conn, err := pgx.ConnectConfig(c.Context, config)
	if err != nil {
		return nil, explainConnect(err, &config.Config)
	}
	return config, conn.Close(context.WithoutCancel(c.Context))
}

// address finds out which database is meant, and by what.
func (p *program) address(c *cli.Context) (config *pgx.ConnConfig, source string, err error) {
	if c.IsSet("dsn") {
		if config, err = parseAddress(c.String("dsn")); err != nil {
			return nil, "", usageErrorf("--dsn: %s", err)
		}
		return config, "from --dsn", nil
	}
	if dsn := p.getenv("DATABASE_URL"); dsn != "" {
		if config, err = parseAddress(dsn); err != nil {
			return nil, "", fmt.Errorf("DATABASE_URL: %w", err)
		}
		return config, "from DATABASE_URL", nil
	}
	var set []string
	for _, name := range addressVariables {
		if p.getenv(name) != "" {
			set = append(set, name)
		}
	}
	if len(set) > 0 {
		if config, err = parseAddress(""); err != nil {
			return nil, "", fmt.Errorf("%s: %w", strings.Join(set, ", "), err)
		}
		return config, "from " + strings.Join(set, ", "), nil
	}
	kept, err := p.keptServer(c.Context, pgserver.KeptOptions{})
	if err != nil {
		return nil, "", fmt.Errorf("no database is named (--dsn, DATABASE_URL, PG* variables), and pgassay's own server doesn't start: %w", err)
	}
	if config, err = parseAddress(kept.DSN); err != nil {
		return nil, "", err
	}
	return config, "pgassay's own server, which pgassay db stop stops", nil
}

// serverSource says which PostgreSQL servers of our own are made of: what the environment says. Over is to be called when
// the server has started, or hasn't.
func (p *program) serverSource() (source pgserver.Source, over func()) {
	source = pgserver.Source{
		BinDir: p.getenv("PGASSAY_PG_BIN"), Repository: p.getenv("PGASSAY_PG_REPOSITORY"), CacheDir: p.getenv("PGASSAY_CACHE"),
	}
	source.Progress, over = p.downloadProgress()
	return source, over
}

// keptServer starts the server that is kept between commands, unless it runs, and says so on standard error.
func (p *program) keptServer(ctx context.Context, opts pgserver.KeptOptions) (pgserver.Kept, error) {
	version := opts.Version
	source, over := p.serverSource()
	opts.Source = source
	opts.Version = version
	kept, err := pgserver.StartKept(ctx, opts)
	over()
	if err != nil {
		return kept, err
	}
	if kept.Started {
		fmt.Fprintf(p.stderr, "pgassay: started PostgreSQL %s on port %d\n", kept.Version, kept.Port)
	}
	if kept.Moved {
		fmt.Fprintln(p.stderr, "pgassay: the port of last time is taken, so its address has changed")
	}
	return kept, nil
}

// maskedURL writes an address without its password.
func maskedURL(config *pgconn.Config) string {
	address := url.URL{Scheme: "postgres", User: url.User(config.User), Path: "/" + config.Database}
	if config.Password != "" {
		address.User = url.UserPassword(config.User, "***")
	}
	if network, _ := pgconn.NetworkAddress(config.Host, config.Port); network == "unix" {
		address.RawQuery = "host=" + config.Host + "&port=" + strconv.Itoa(int(config.Port))
	} else {
		address.Host = net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	}
	return strings.Replace(address.String(), ":%2A%2A%2A@", ":***@", 1)
}
