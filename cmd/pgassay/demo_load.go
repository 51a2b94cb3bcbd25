package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/bench"
)

// The load is one stream of requests at a steady rate, drawn by weight. A machine that is too busy for the rate gets
// fewer requests but the same mix of them: what a request to an endpoint costs stays the same share of all.
const (
	loadRate    = 111 // requests per second, as many as the weights add up to
	loadSenders = 6   // requests under way at once, at the most
	loadEnough  = 900 // requests that must have been answered before the load may end

	statisticsWeight = 9 // of loadRate, to the endpoint that costs the service CPU time
)

// endpoint is one page of the service under load.
type endpoint struct {
	route  string // what the result calls it
	weight int    // of loadRate
	target string // as bench.ParseTarget reads it, without the weight
}

// endpoints chooses the pages for the rows that are in the database.
func (d *demo) endpoints(ctx context.Context, conn *pgx.Conn, base string) ([]endpoint, error) {
	var users, posts int64
	if err := conn.QueryRow(ctx, "SELECT (SELECT max(id) FROM users), (SELECT max(id) FROM posts)").Scan(&users, &posts); err != nil {
		return nil, fmt.Errorf("choose the load: %w", err)
	}
	// Up to 200 of those with enough posts, from the least to the most productive.
	authors, err := values(ctx, conn, `
		SELECT author_id::text FROM (
			SELECT author_id, row_number() OVER (ORDER BY count(*), author_id) AS place, count(*) OVER () AS authors
			FROM posts GROUP BY author_id HAVING count(*) >= 6
		) AS productive WHERE place % (authors / 200 + 1) = 0 ORDER BY place`)
	if err != nil {
		return nil, err
	}
	prefixes, err := values(ctx, conn, "SELECT DISTINCT left(username, 3) AS prefix FROM users WHERE username ~ '^[A-Za-z0-9]{3}' ORDER BY 1 LIMIT 100")
	if err != nil {
		return nil, err
	}
	if len(authors) == 0 {
		return nil, errors.New("choose the load: no author has six posts; use more --rows")
	}
	// Without the indexes each post of the page costs a scan of all comments: with very many, fewer posts make the point.
	page := min(20, max(6, 10_000_000/d.rows))
	chosen := []endpoint{
		// Every page is another one, as it is for a crawler.
		{"GET /posts/", 50, fmt.Sprintf("%s/posts/?before={2..%d}&limit={20..50}", base, posts+1)},
		{"GET /stats/global", statisticsWeight, base + "/stats/global"},
		{"GET /users/{id}/posts", 2, fmt.Sprintf("%s/users/{%s}/posts?limit=%d", base, strings.Join(authors, ","), page)},
		{"GET /users/{id}", 30, fmt.Sprintf("%s/users/{1..%d}", base, users)},
		{"GET /users/", 10, fmt.Sprintf("%s/users/?after={0..%d}", base, users)},
	}
	if len(prefixes) > 0 {
		chosen = append(chosen, endpoint{"GET /search", 10, fmt.Sprintf("%s/search?q={%s}", base, strings.Join(prefixes, ","))})
	}
	return chosen, nil
}

// values runs a query that returns texts.
func values(ctx context.Context, conn *pgx.Conn, sql string) ([]string, error) {
	rows, err := conn.Query(ctx, sql)
	if err != nil {
		return nil, fmt.Errorf("choose the load: %w", err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("choose the load: %w", err)
	}
	return texts, nil
}

// load is the load of the demo under way.
type load struct {
	cancel context.CancelFunc
	sender sync.WaitGroup
	result *bench.Result // when it is over
	err    error         // the same

	answered atomic.Int64
	failed   atomic.Int64
}

// startLoad puts the load on until stop is called or ctx is done.
func startLoad(ctx context.Context, endpoints []endpoint, seed uint64) (*load, error) {
	ctx, cancel := context.WithCancel(ctx)
	l := &load{cancel: cancel}
	opts := bench.Options{
		Rate: loadRate, Concurrency: loadSenders, Duration: -1, Timeout: time.Minute, Seed: seed,
		Progress: func(p bench.Progress) { l.answered.Store(p.Requests); l.failed.Store(p.Errors) },
	}
	for _, e := range endpoints {
		target, err := bench.ParseTarget(e.target)
		if err != nil {
			cancel()
			return nil, fmt.Errorf("choose the load: %w", err)
		}
		target.Name, target.Weight = e.route, e.weight
		opts.Targets = append(opts.Targets, target)
	}
	l.sender.Go(func() { l.result, l.err = bench.Run(ctx, opts) })
	return l, nil
}

// stop ends the load and waits for it.
func (l *load) stop() error {
	l.cancel()
	l.sender.Wait()
	return l.err
}

// await blocks until a share of the requests that are enough has been answered. It returns an error if requests fail, or
// if there is no progress at all for half a minute.
func (l *load) await(ctx context.Context, share float64) error {
	last, since := int64(-1), time.Now()
	for {
		answered := l.answered.Load()
		if failed := l.failed.Load(); failed > 0 {
			return fmt.Errorf("put load on the service: %d of %d requests failed", failed, answered)
		}
		if float64(answered) >= share*loadEnough {
			return nil
		}
		if answered != last {
			last, since = answered, time.Now()
		} else if time.Since(since) > 30*time.Second {
			return fmt.Errorf("put load on the service: no answer for %v", time.Since(since).Round(time.Second))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
