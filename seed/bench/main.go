// Command bench measures pgassay seed against psql \copy of the very same rows, on one server, in one run, by turns.
//
//	go run ./seed/bench [flags] path/to/pgassay
//
// The rival reads files in COPY's binary format that were made beforehand, and does with constraints what pgassay does: it
// takes the foreign keys and the secondary index off, loads each table frozen in a transaction that truncates it, and puts
// everything back, checked, with sequences set and ANALYZE run. A ratio above 1 means that pgassay was faster.
//
// The last line is "bench-seed copy_ratio_1=… copy_ratio_2=… client_server_cpu=… peak_mb_1m=… peak_mb_20m=… orm_loop=…
// naive_copy=… drizzle=…": rows per second with one and with two connections against psql's, the client's CPU time against
// the server's, the client's peak memory at a million rows and at twenty million, and how many times longer than pgassay on
// one connection other ways take for a row: the usual script that inserts row by row and commits every hundred, pgx's
// CopyFrom with rows that gofakeit makes, and drizzle-seed. These three load fewer rows, and leave the constraints on, as
// their users do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/internal/units"
)

// wishes are the rows of the blog schema, the larger tables about 900 bytes wide.
const (
	users    = 200_000
	posts    = 1_000_000
	comments = 1_000_000
)

type options struct {
	rounds  int
	divisor uint64
	quick   bool
}

func main() {
	var opts options
	flag.IntVar(&opts.rounds, "rounds", 3, "measurements of each contender")
	flag.Uint64Var(&opts.divisor, "divide", 1, "make that many times fewer rows, to try the tool itself")
	flag.BoolVar(&opts.quick, "quick", false, "leave out the twenty million rows and the three slow ways")
	flag.Parse()
	if flag.NArg() != 1 || opts.divisor == 0 || opts.rounds < 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [flags] path/to/pgassay")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, flag.Arg(0), opts, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-seed:", err)
		os.Exit(1)
	}
}

// run measures everything and prints it.
func run(ctx context.Context, program string, opts options, out io.Writer) error {
	if _, err := exec.LookPath("psql"); err != nil {
		return errors.New("psql is not on PATH: install PostgreSQL's client programs, for example with apt-get install postgresql-client")
	}
	server, err := pgserver.Start(ctx, pgserver.Options{
		Source: pgserver.Source{BinDir: os.Getenv("PGASSAY_PG_BIN"), Repository: os.Getenv("PGASSAY_PG_REPOSITORY"), CacheDir: os.Getenv("PGASSAY_CACHE")},
		// Durable as PostgreSQL is by default; room for WAL keeps checkpoints, which strike at random, out of the comparison.
		Settings: map[string]string{"max_wal_size": "8GB", "checkpoint_timeout": "1h", "autovacuum": "off"},
	})
	if err != nil {
		return err
	}
	defer func() { _ = server.Stop() }() // it ends with this process in any case
	b := &bench{ctx: ctx, program: program, opts: opts, out: out, dsn: server.DSN(), server: server}
	if b.dir, err = os.MkdirTemp("", "pgassay-bench-seed-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.dir) }()
	return b.measure()
}

// bench is one run of the tool.
type bench struct {
	ctx     context.Context
	program string
	opts    options
	out     io.Writer
	dsn     string
	server  *pgserver.Server
	dir     string // the rival's files
}

func (b *bench) measure() error {
	opts := b.opts
	if _, err := b.pgassay("schema", "apply", "--builtin", "blog"); err != nil {
		return err
	}
	if _, err := b.seed(2); err != nil { // also warms the server up
		return err
	}
	if err := b.export(); err != nil {
		return err
	}
	rows := (users + posts + comments) / opts.divisor
	contenders := []contender{
		{name: "psql \\copy, one connection", load: b.psql},
		{name: "pgassay seed, one connection", load: func() (usage, error) { return b.seed(1) }},
		{name: "pgassay seed, two connections", load: func() (usage, error) { return b.seed(2) }},
	}
	for range opts.rounds {
		for i := range contenders {
			c := &contenders[i]
			before, err := b.serverCPU()
			if err != nil {
				return err
			}
			used, err := c.load()
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			after, err := b.serverCPU()
			if err != nil {
				return err
			}
			used.server = after - before
			c.runs = append(c.runs, used)
			fmt.Fprintf(b.out, "%-32s %8s  %10s rows/s  client %s CPU, server %s CPU, peak %s\n", c.name,
				units.Duration(used.wall), units.Count(int64(float64(rows)/used.wall.Seconds())),
				units.Duration(used.client), units.Duration(used.server), units.Bytes(used.peak))
		}
	}
	rival, one, two := contenders[0], contenders[1], contenders[2]
	last := fmt.Sprintf("bench-seed copy_ratio_1=%.2f copy_ratio_2=%.2f client_server_cpu=%.2f peak_mb_1m=%d",
		float64(rival.wall())/float64(one.wall()), float64(rival.wall())/float64(two.wall()),
		median(one.runs, func(u usage) float64 { return float64(u.client) / float64(u.server) }),
		int64(median(two.runs, func(u usage) float64 { return float64(u.peak) }))>>20)
	if !opts.quick {
		more, err := b.more(one.wall().Seconds() / float64(rows))
		if err != nil {
			return err
		}
		last += more
	}
	fmt.Fprintln(b.out, last)
	return nil
}

// more measures the memory of a large load and the slow ways, of which each row is compared to perRow, pgassay's seconds.
func (b *bench) more(perRow float64) (string, error) {
	used, err := b.large()
	if err != nil {
		return "", err
	}
	fmt.Fprintf(b.out, "%-32s %8s  peak %s\n", "pgassay seed, many narrow rows", units.Duration(used.wall), units.Bytes(used.peak))
	figures := []string{fmt.Sprintf(" peak_mb_20m=%d", used.peak>>20)}
	for _, way := range b.slowWays() {
		took, rows, err := way.load()
		if errors.Is(err, errMissing) {
			fmt.Fprintf(b.out, "%-32s left out: %v\n", way.name, err)
			continue
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", way.name, err)
		}
		fmt.Fprintf(b.out, "%-32s %8s  %10s rows/s, of %s rows\n", way.name, units.Duration(took), units.Count(int64(float64(rows)/took.Seconds())), units.Count(rows))
		figures = append(figures, fmt.Sprintf("%s=%.1f", way.key, took.Seconds()/float64(rows)/perRow))
	}
	return strings.Join(figures, " "), nil
}

// contender is one way of loading, with what its runs took.
type contender struct {
	name string
	load func() (usage, error)
	runs []usage
}

func (c contender) wall() time.Duration {
	return time.Duration(median(c.runs, func(u usage) float64 { return float64(u.wall) }))
}

// usage is what one run took.
type usage struct {
	wall, client, server time.Duration
	peak                 int64 // bytes of the client
}

func median(runs []usage, of func(usage) float64) float64 {
	values := make([]float64, len(runs))
	for i, u := range runs {
		values[i] = of(u)
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 0 {
		return (values[middle-1] + values[middle]) / 2
	}
	return values[middle]
}

// seed fills the three tables anew.
func (b *bench) seed(workers int) (usage, error) {
	d := b.opts.divisor
	return b.pgassay("seed", "--truncate", fmt.Sprintf("--workers=%d", workers), fmt.Sprintf("users=%d", users/d),
		fmt.Sprintf("posts=%d", posts/d), fmt.Sprintf("comments=%d", comments/d))
}

// large fills a narrow table, so that twenty million rows fit on the disk.
func (b *bench) large() (usage, error) {
	if _, err := b.sql("CREATE TABLE IF NOT EXISTS events (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, kind text NOT NULL, created_at timestamptz NOT NULL)"); err != nil {
		return usage{}, err
	}
	return b.pgassay("seed", fmt.Sprintf("events=%d", 20_000_000/b.opts.divisor))
}

func (b *bench) pgassay(args ...string) (usage, error) {
	return b.run("", b.program, append(args, "--dsn", b.dsn)...)
}

// run runs a program to its end and returns what it took.
func (b *bench) run(stdin, name string, args ...string) (usage, error) {
	command := exec.CommandContext(b.ctx, name, args...)
	command.Stdin = strings.NewReader(stdin)
	start := time.Now()
	output, err := command.CombinedOutput()
	if err != nil {
		return usage{}, fmt.Errorf("%w: %s", err, strings.TrimSpace(string(output)))
	}
	state := command.ProcessState
	used := usage{wall: time.Since(start), client: state.UserTime() + state.SystemTime()}
	if resources, ok := state.SysUsage().(*syscall.Rusage); ok {
		used.peak = resources.Maxrss * maxrssUnit
	}
	return used, nil
}
