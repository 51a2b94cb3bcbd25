package blog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgassay/pgassay/analyze/querylog"
)

// Config says where the service runs. DSN and Listener are required.
type Config struct {
	DSN      string        // of a database with the blog's tables; empty: the PG* variables
	Listener net.Listener  // closed when Serve returns
	Logger   *slog.Logger  // nil: nothing is logged
	Fixed    bool          // run without the planted faults
	Grace    time.Duration // for requests that are under way at the end; 0 means 10 s

	Recorder *querylog.Recorder // of the statements; nil: they are not recorded. The caller closes it after Serve
}

// Serve runs the service until ctx is done, lets the requests that are under way finish, and returns nil. It returns an
// error if the database cannot be reached or the listener fails.
func Serve(ctx context.Context, config Config) error {
	defer config.Listener.Close()
	log := config.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	pool, err := connect(ctx, config.DSN, config.Recorder)
	if err != nil {
		return err
	}
	defer pool.Close()

	server := &http.Server{
		Handler:           New(Options{Pool: pool, Logger: log, Fixed: config.Fixed}),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      2 * time.Minute, // bounds the seconds of a CPU profile too
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(config.Listener) }()
	log.InfoContext(ctx, "listening", "address", config.Listener.Addr().String(), "fixed", config.Fixed)

	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.InfoContext(ctx, "shutting down")
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), cmp.Or(config.Grace, 10*time.Second))
	defer cancel()
	err = server.Shutdown(grace)
	if err != nil {
		_ = server.Close() // whoever is still being served after the grace period is cut off
	}
	if serveErr := <-failed; !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, serveErr)
	}
	if err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

// connect opens the pool and makes sure that the database answers.
func connect(ctx context.Context, dsn string, recorder *querylog.Recorder) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "blog"
	}
	if recorder != nil {
		config.ConnConfig.Tracer = recorder
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect: %w", err)
	}
	return pool, nil
}
