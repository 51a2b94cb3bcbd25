package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/bench"
)

// stream is load of one kind. Each has senders of its own, so that a slow endpoint takes none from the others.
type stream struct {
	name    string
	rate    float64 // requests per second
	senders int
	enough  int64 // requests that must have been answered before the load may end
	targets []endpoint

	answered atomic.Int64
	failed   atomic.Int64
	result   *bench.Result
	err      error
}

// statistics is the stream that costs the service CPU time.
const statistics = "statistics"

// endpoint is one page of the service under load.
type endpoint struct {
	route  string // what the result calls it
	target string // as bench.ParseTarget reads it
}

// streams makes the load for the rows that are in the database.
func (d *demo) streams(ctx context.Context, conn *pgx.Conn, base string) ([]*stream, error) {
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
	lookups := []endpoint{
		{"GET /users/{id}", fmt.Sprintf("3*%s/users/{1..%d}", base, users)},
		{"GET /users/", fmt.Sprintf("%s/users/?after={0..%d}", base, users)},
	}
	if len(prefixes) > 0 {
		lookups = append(lookups, endpoint{"GET /search", fmt.Sprintf("%s/search?q={%s}", base, strings.Join(prefixes, ","))})
	}
	return []*stream{
		// Every page is another one, as it is for a crawler.
		{
			name: "pages", rate: 50, senders: 4, enough: 400,
			targets: []endpoint{{"GET /posts/", fmt.Sprintf("%s/posts/?before={2..%d}&limit={20..50}", base, posts+1)}},
		},
		{name: statistics, rate: 6, senders: 1, enough: 30, targets: []endpoint{{"GET /stats/global", base + "/stats/global"}}},
		{
			name: "authors", rate: 3, senders: 2, enough: 8,
			targets: []endpoint{{"GET /users/{id}/posts", fmt.Sprintf("%s/users/{%s}/posts?limit=%d", base, strings.Join(authors, ","), page)}},
		},
		{name: "look-ups", rate: 50, senders: 4, enough: 100, targets: lookups},
	}, nil
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
	streams []*stream
	cancel  context.CancelFunc
	senders sync.WaitGroup
}

// startLoad puts the load on until stop is called or ctx is done.
func startLoad(ctx context.Context, streams []*stream, seed uint64) (*load, error) {
	ctx, cancel := context.WithCancel(ctx)
	l := &load{streams: streams, cancel: cancel}
	for _, s := range streams {
		opts := bench.Options{
			Rate: s.rate, Concurrency: s.senders, Duration: -1, Timeout: time.Minute, Seed: seed,
			Progress: func(p bench.Progress) { s.answered.Store(p.Requests); s.failed.Store(p.Errors) },
		}
		for _, e := range s.targets {
			target, err := bench.ParseTarget(e.target)
			if err != nil {
				cancel()
				l.senders.Wait()
				return nil, fmt.Errorf("choose the load: %w", err)
			}
			target.Name = e.route
			opts.Targets = append(opts.Targets, target)
		}
		l.senders.Go(func() { s.result, s.err = bench.Run(ctx, opts) })
	}
	return l, nil
}

// stop ends the load and waits for it.
func (l *load) stop() error {
	l.cancel()
	l.senders.Wait()
	var all []error
	for _, s := range l.streams {
		all = append(all, s.err)
	}
	return errors.Join(all...)
}

// stream returns the stream of a name.
func (l *load) stream(name string) *stream {
	for _, s := range l.streams {
		if s.name == name {
			return s
		}
	}
	return &stream{name: name}
}

// answered is how many requests of a stream have been answered so far.
func (l *load) answered(name string) int64 { return l.stream(name).answered.Load() }

// rate is how many requests of a stream a second are meant to be sent.
func (l *load) rate(name string) float64 { return l.stream(name).rate }

// requests is how many have been answered so far.
func (l *load) requests() int64 {
	var sum int64
	for _, s := range l.streams {
		sum += s.answered.Load()
	}
	return sum
}

// await blocks until every stream has had a share of its requests answered: one means all that are enough. It returns an
// error if requests fail, or if there is no progress at all for half a minute.
func (l *load) await(ctx context.Context, share float64) error {
	last, since := int64(-1), time.Now()
	for {
		ready, sum := true, int64(0)
		for _, s := range l.streams {
			answered := s.answered.Load()
			sum += answered
			if failed := s.failed.Load(); failed > 0 {
				return fmt.Errorf("put load on the service: %d of %d requests of %s failed", failed, answered, s.name)
			}
			ready = ready && answered >= int64(math.Ceil(share*float64(s.enough)))
		}
		if ready {
			return nil
		}
		if sum != last {
			last, since = sum, time.Now()
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
