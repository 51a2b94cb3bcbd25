package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/analyze/nplusone"
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
	opts := profile.FindingOptions{MinSamples: minSamples, MinCores: minCores}
	hot, why := profile.HotFunctions(d.cpu.Profile, opts)
	growing, whyGrowing := profile.GrowingAllocations(d.snapshots.Profiles(profile.Heap), opts)
	d.result.Findings = append(append(d.result.Findings, hot...), growing...)
	d.result.Verdicts = append(d.result.Verdicts, why, whyGrowing)
	return counted(len(hot), "hot function") + ", " + counted(len(growing), "growing allocation"), nil
}

// analyzeRecord looks for loops of statements in the record of what the service sent.
func (d *demo) analyzeRecord(ctx context.Context) (string, error) {
	conn, err := d.connect(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	tables, err := schema.Load(ctx, conn, schema.Options{})
	if err != nil {
		return "", err
	}
	record := workload.NewQueryLog(bytes.NewReader(d.record))
	detector := nplusone.New(nplusone.Options{Schema: tables})
	detector.Define(record.Statements)
	executions := int64(0)
	for {
		event, err := record.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		executions++
		detector.Add(event)
	}
	if record.Dropped > 0 || record.Unread.Count > 0 {
		d.result.Warnings = append(d.result.Warnings, fmt.Sprintf("the record of the statements has gaps: %s executions were dropped, %s lines are no record",
			units.Count(record.Dropped), units.Count(record.Unread.Count)))
	}
	loops := detector.Loops()
	for _, loop := range loops {
		finding := loop.Finding()
		finding.Proof, err = loop.Prove(ctx, conn, nil)
		switch {
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case err != nil: // the finding stands without it
			d.result.Warnings = append(d.result.Warnings, fmt.Sprintf("the mend of the loop at %s was not tried: %v", finding.CallSite, err))
		}
		d.result.Findings = append(d.result.Findings, finding)
	}
	return fmt.Sprintf("%s executions of %s, %s", units.Count(executions), counted(len(record.Statements), "statement"), counted(len(loops), "loop")), nil
}

// analyzeStatements explains the service's statements and tries the indexes that they lack.
func (d *demo) analyzeStatements(ctx context.Context) (string, error) {
	config, err := pgx.ParseConfig(d.dsn)
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	statements, warnings := analyze.Statements(d.statements(), "statements.sql")
	result, err := analyze.Run(ctx, config, statements, analyze.Options{Verify: true})
	if err != nil {
		return "", err
	}
	d.result.Findings = append(d.result.Findings, result.Findings...)
	d.result.Warnings = append(append(d.result.Warnings, warnings...), result.Warnings...)
	return counted(len(result.Statements), "statement") + " explained, indexes tried, " + counted(len(result.Findings), "finding"), nil
}

// counted writes a number of things: 1 loop, 2 loops.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return units.Count(int64(n)) + " " + thing
}
