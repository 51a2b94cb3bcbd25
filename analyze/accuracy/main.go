// Command accuracy says how often the rules of package analyze are right. It runs them on the statements of corpora, each
// of which was labelled, before the rules saw it, with the rules that should speak or with "fine", and prints precision
// and recall for each rule and for all of them together: for the statements that rules were tuned on, for those kept
// aside, and for both.
//
// A corpus is a folder with schema.sql, which makes and fills its tables, and statements.sql. There the last line of
// comment above a statement is its label: the rule that should speak, then others that may instead. A line "-- tuned on"
// or "-- kept aside" says which the statements below it are.
package main

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/internal/sqltext"
)

//go:embed corpora
var corpora embed.FS

func main() {
	var opts options
	flag.StringVar(&opts.only, "corpus", "", "run this corpus alone")
	flag.BoolVar(&opts.aside, "aside", false, "run only the statements that were kept aside")
	flag.IntVar(&opts.times, "times", 1, "analyse each statement so often, and say where the findings differ")
	flag.IntVar(&opts.load, "load", 0, "keep so many processors busy meanwhile")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, opts)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}

type options struct {
	only  string
	aside bool
	times int
	load  int
}

func run(ctx context.Context, opts options) error {
	dsn := os.Getenv("PGASSAY_ACCURACY_DSN") // a server to use instead of one of our own; databases are made and dropped on it
	if dsn == "" {
		server, err := pgserver.Start(ctx, pgserver.Options{Settings: map[string]string{"fsync": "off"}})
		if err != nil {
			return err
		}
		defer func() { _ = server.Stop() }()
		dsn = server.DSN()
	}
	admin, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer admin.Close(context.WithoutCancel(ctx))
	defer burn(opts.load)()
	folders, err := fs.ReadDir(corpora, "corpora")
	if err != nil {
		return err
	}
	score := score{rules: map[string]*sets{}}
	for _, folder := range folders {
		if opts.only != "" && opts.only != folder.Name() {
			continue
		}
		if err := runCorpus(ctx, admin, folder.Name(), &score, opts); err != nil {
			return fmt.Errorf("corpus %s: %w", folder.Name(), err)
		}
	}
	score.print()
	return nil
}

// runCorpus makes the corpus a database of its own and adds its statements to the score.
func runCorpus(ctx context.Context, admin *pgx.Conn, name string, score *score, opts options) error {
	database := pgx.Identifier{"pgassay_accuracy_" + name}.Sanitize()
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + database, "CREATE DATABASE " + database} {
		if _, err := admin.Exec(ctx, sql); err != nil {
			return err
		}
	}
	defer func() { _, _ = admin.Exec(context.WithoutCancel(ctx), "DROP DATABASE IF EXISTS "+database) }()
	config := admin.Config().Copy()
	config.Database = "pgassay_accuracy_" + name
	config.RuntimeParams["timezone"] = "UTC"
	if err := seed(ctx, config, name); err != nil {
		return err
	}
	text, err := corpora.ReadFile("corpora/" + name + "/statements.sql")
	if err != nil {
		return err
	}
	score.corpus, score.aside = name, false
	for _, s := range sqltext.Split(string(text)) {
		if err := score.statement(ctx, config, s, opts); err != nil {
			return err
		}
	}
	return nil
}

func seed(ctx context.Context, config *pgx.ConnConfig, name string) error {
	script, err := corpora.ReadFile("corpora/" + name + "/schema.sql")
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, s := range sqltext.Split(string(script)) {
		if _, err := conn.Exec(ctx, s.Text, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("seed: %.200s: %w", s.Text, err)
		}
	}
	return nil
}

// statement analyses one statement, as often as asked for, and counts the findings of the first time.
func (s *score) statement(ctx context.Context, config *pgx.ConnConfig, statement sqltext.Statement, opts options) error {
	lines := strings.Split(strings.TrimSpace(statement.Comments), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(strings.TrimLeft(line, "- "))
	}
	s.aside = s.aside && !slices.Contains(lines, "tuned on") || slices.Contains(lines, "kept aside")
	if opts.aside && !s.aside {
		return nil
	}
	labels := strings.Fields(lines[len(lines)-1])
	var first string
	differs := 0
	for i := range opts.times {
		result, err := analyze.Run(ctx, config, []analyze.Statement{{SQL: statement.Text}}, analyze.Options{Verify: true})
		if err != nil {
			return fmt.Errorf("%s: %w", statement.Text, err)
		}
		found := summary(result)
		if i == 0 {
			first = found
			s.add(labels, statement.Text, result)
		} else if found != first {
			differs++
			fmt.Printf("differs %.110s\n        %s\n        %s\n", oneLine(statement.Text), first, found)
		}
	}
	if differs > 0 {
		s.unsteady++
	}
	return nil
}

// summary is what must be the same whenever the same statement is analysed.
func summary(result *analyze.Result) string {
	var parts []string
	for _, f := range result.Findings {
		parts = append(parts, f.Rule+" "+f.Table+" ("+strings.Join(f.Columns, ",")+")")
	}
	return strings.Join(parts, "; ")
}

func oneLine(sql string) string { return strings.Join(strings.Fields(sql), " ") }

// burn keeps n processors busy until the function that it returns is called.
func burn(n int) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	for range n {
		go func() {
			defer func() { ended <- struct{}{} }()
			for x := uint64(1); ; x++ {
				if x%(1<<20) == 0 {
					select {
					case <-done:
						return
					default:
					}
				}
			}
		}()
	}
	return func() {
		close(done)
		for range n {
			<-ended
		}
	}
}
