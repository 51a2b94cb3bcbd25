package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/examples/blog"
	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/profile"
	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed"
)

// makeSchema makes the blog's tables and, for the service without faults, the indexes that they lack.
func (d *demo) makeSchema(ctx context.Context) (string, error) {
	conn, err := d.connect(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var tables []string
	for _, script := range d.scripts() {
		applied, err := schema.Apply(ctx, conn, script.text, schema.ApplyOptions{File: script.name})
		if err != nil {
			return "", err
		}
		tables = append(tables, applied.Tables...)
	}
	detail := strings.Join(tables, ", ")
	if d.fixed {
		detail += ", and the two indexes that they lack"
	}
	return detail, nil
}

// script is a named SQL file.
type script struct{ name, text string }

func (d *demo) scripts() []script {
	scripts := []script{{"blog.sql", schema.Blog}}
	if d.fixed {
		scripts = append(scripts, script{"indexes.sql", blog.IndexesSQL})
	}
	return scripts
}

// fill makes the rows: 5 % users, 25 % posts, the rest comments.
func (d *demo) fill(ctx context.Context) (string, error) {
	config, err := pgx.ParseConfig(d.dsn)
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	users, posts := uint64(d.rows)/20, uint64(d.rows)/4
	result, err := seed.Run(ctx, config, seed.Options{
		Seed:   d.seed,
		Tables: []seed.Wish{{Table: "users", Rows: users}, {Table: "posts", Rows: posts}, {Table: "comments", Rows: uint64(d.rows) - users - posts}},
	})
	if err != nil {
		return "", err
	}
	d.result.Seeded = result.Tables
	d.result.Warnings = append(d.result.Warnings, result.Warnings...)
	return fmt.Sprintf("%s rows, %s, %s", units.Count(int64(result.Rows)), units.Bytes(result.Bytes), units.Rate(result.RowsPerSecond)), nil
}

// analyzeProfiles looks for what computes too much and for what is never let go.
func (d *demo) analyzeProfiles(context.Context) (string, error) {
	// A machine that has little time for the service has no more for the load on it: a function that would keep so many
	// cores busy at the full rate keeps fewer busy at the rate that there was.
	opts := profile.FindingOptions{MinSamples: minSamples, MinCores: minCores * min(1, d.rate)}
	hot, why := profile.HotFunctions(d.cpu.Profile, opts)
	growing, whyGrowing := profile.GrowingAllocations(d.snapshots.Profiles(profile.Heap), opts)
	d.result.Findings = append(append(d.result.Findings, hot...), growing...)
	d.result.Verdicts = append(d.result.Verdicts, why, whyGrowing)
	return counted(len(hot), "hot function") + ", " + counted(len(growing), "growing allocation"), nil
}

// analyze looks for loops in the record of what the service sent, explains the file of its statements, and tries the mends.
func (d *demo) analyze(ctx context.Context) (string, error) {
	config, err := pgx.ParseConfig(d.dsn)
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	inputs := []workload.Input{memory(statementsFile, []byte(d.statements())), memory(recordFile, d.record)}
	result, err := analyze.Inputs(ctx, config, inputs, workload.Options{}, analyze.Options{Verify: true})
	if err != nil {
		return "", err
	}
	d.result.Findings = append(d.result.Findings, result.Findings...)
	d.result.Warnings = append(d.result.Warnings, result.Warnings...)
	return counted(len(result.Statements), "statement") + " explained and mends tried, their record searched for loops: " +
		counted(len(result.Findings), "finding"), nil
}

// memory is an input that was never a file.
func memory(name string, content []byte) workload.Input {
	return workload.Input{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}
}

// counted writes a number of things: 1 loop, 2 loops.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return units.Count(int64(n)) + " " + thing
}
