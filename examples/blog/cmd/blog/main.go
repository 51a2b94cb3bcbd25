// Command blog serves the example service.
//
//	blog -dsn postgres://localhost/blog -listen 127.0.0.1:8080
//	blog -fixed                      # without the planted faults; apply indexes.sql too
//	blog -querylog queries.jsonl     # record the statements for pgassay analyze
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/pgassay/pgassay/analyze/querylog"
	"github.com/pgassay/pgassay/examples/blog"
)

func main() {
	dsn := flag.String("dsn", "", "database with the blog's tables; without it DATABASE_URL, else the PG* variables")
	listen := flag.String("listen", "127.0.0.1:8080", "address to serve on")
	fixed := flag.Bool("fixed", false, "run without the planted faults")
	record := flag.String("querylog", "", "file to append the record of the statements to, for pgassay analyze")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *dsn, *listen, *record, *fixed); err != nil {
		fmt.Fprintln(os.Stderr, "blog:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dsn, listen, record string, fixed bool) (err error) {
	if dsn == "" {
		dsn = os.Getenv("DATABASE_URL")
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	config := blog.Config{DSN: dsn, Listener: listener, Fixed: fixed, Logger: slog.New(slog.NewJSONHandler(os.Stderr, nil))}
	if record != "" {
		if config.Recorder, err = querylog.Open(record, querylog.Options{}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, config.Recorder.Close()) }()
	}
	return blog.Serve(ctx, config)
}
