// Command accuracy says how often the rules of package analyze are right: it runs them on the statements of corpus.sql,
// each of which was labelled with the rules that should speak or with "fine", on a database seeded by schema.sql, and
// prints precision and recall for each rule and for all of them together. Only the statements kept aside count.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/internal/sqltext"
)

//go:embed schema.sql
var schemaSQL string

//go:embed corpus.sql
var corpus string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	dsn := os.Getenv("PGASSAY_ACCURACY_DSN") // an empty database to use instead of a server of our own
	if dsn == "" {
		server, err := pgserver.Start(ctx, pgserver.Options{Settings: map[string]string{"fsync": "off"}})
		if err != nil {
			return err
		}
		defer func() { _ = server.Stop() }()
		dsn = server.DSN()
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return err
	}
	if err := seed(ctx, config); err != nil {
		return err
	}
	score := score{rules: map[string]*counts{}}
	aside := false
	statements := sqltext.Split(corpus)
	for _, s := range statements {
		if strings.Contains(s.Comments, "kept aside") && !strings.Contains(s.Comments, "Those") {
			aside = true
		}
		if err := score.add(ctx, config, s, aside); err != nil {
			return err
		}
	}
	score.print(len(statements))
	return nil
}

func seed(ctx context.Context, config *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, s := range sqltext.Split(schemaSQL) {
		if _, err := conn.Exec(ctx, s.Text, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("seed: %w", err)
		}
	}
	return nil
}

type counts struct{ right, wrong, missed int }

type score struct {
	all   counts
	rules map[string]*counts
	aside int
}

// add analyses one statement and counts its findings if it was kept aside.
func (s *score) add(ctx context.Context, config *pgx.ConnConfig, statement sqltext.Statement, aside bool) error {
	lines := strings.Split(strings.TrimSpace(statement.Comments), "\n")
	labels := strings.Fields(strings.TrimLeft(lines[len(lines)-1], "- "))
	result, err := analyze.Run(ctx, config, []analyze.Statement{{SQL: statement.Text}}, analyze.Options{Verify: true})
	if err != nil {
		return fmt.Errorf("%s: %w", statement.Text, err)
	}
	found := false
	var c counts
	for _, f := range result.Findings {
		right := slices.ContainsFunc(labels, func(l string) bool { return l == f.Rule || slices.Contains(f.Also, l) })
		if right && !found {
			found = true
			c.right++
			s.rule(f.Rule, aside).right++
		}
		if !right {
			c.wrong++
			s.rule(f.Rule, aside).wrong++
			fmt.Printf("wrong   %-22s %.110s\n", f.Rule, strings.Join(strings.Fields(statement.Text), " "))
		}
	}
	if labels[0] != "fine" && !found {
		c.missed++
		s.rule(labels[0], aside).missed++
		fmt.Printf("missed  %-22s %.110s %s\n", labels[0], strings.Join(strings.Fields(statement.Text), " "), result.Statements[0].Reason)
	}
	if aside {
		s.aside++
		s.all.right, s.all.wrong, s.all.missed = s.all.right+c.right, s.all.wrong+c.wrong, s.all.missed+c.missed
	}
	return nil
}

func (s *score) rule(id string, aside bool) *counts {
	if !aside {
		return &counts{}
	}
	if s.rules[id] == nil {
		s.rules[id] = &counts{}
	}
	return s.rules[id]
}

func (c counts) precision() float64 { return ratio(c.right, c.right+c.wrong) }
func (c counts) recall() float64    { return ratio(c.right, c.right+c.missed) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

func (s *score) print(all int) {
	fmt.Printf("\n%d statements, %d of them kept aside and counted\n\n%-24s %6s %6s %6s %10s %7s\n", all, s.aside, "rule", "right", "wrong", "missed", "precision", "recall")
	for _, id := range slices.Sorted(maps.Keys(s.rules)) {
		c := s.rules[id]
		fmt.Printf("%-24s %6d %6d %6d %10.2f %7.2f\n", id, c.right, c.wrong, c.missed, c.precision(), c.recall())
	}
	fmt.Printf("accuracy plan_precision=%.3f plan_recall=%.3f\n", s.all.precision(), s.all.recall())
}
