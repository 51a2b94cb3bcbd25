package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/brianvoe/gofakeit/v6"
	"github.com/jackc/pgx/v5"
)

// slowWay is another way of filling the blog's tables, on fewer rows. It gives the time that it took for how many.
type slowWay struct {
	name, key string
	load      func() (took time.Duration, rows int64, err error)
}

// errMissing is wrapped by a way that needs a program that is not there.
var errMissing = errors.New("a program is missing")

func (b *bench) slowWays() []slowWay {
	return []slowWay{
		{"row by row, commit per 100", "orm_loop", func() (time.Duration, int64, error) { return b.fresh("orm_loop", 100, b.ormLoop) }},
		{"CopyFrom and gofakeit", "naive_copy", func() (time.Duration, int64, error) { return b.fresh("naive_copy", 10, b.naiveCopy) }},
		{"drizzle-seed", "drizzle", b.drizzle},
	}
}

// blogRows is how many rows each table of the blog gets.
type blogRows struct{ users, posts, comments int64 }

func (r blogRows) all() int64 { return r.users + r.posts + r.comments }

// share is a part of the rows that the contenders load.
func (b *bench) share(divisor uint64) blogRows {
	d := int64(b.opts.divisor * divisor)
	return blogRows{max(1, users/d), max(1, posts/d), max(1, comments/d)}
}

// fresh times a way of filling a fresh database with the blog's schema with a share of the rows.
func (b *bench) fresh(name string, divisor uint64, load func(*pgx.Conn, blogRows) error) (time.Duration, int64, error) {
	dsn, err := b.blog(name)
	if err != nil {
		return 0, 0, err
	}
	conn, err := pgx.Connect(b.ctx, dsn)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(b.ctx)) }()
	rows := b.share(divisor)
	start := time.Now()
	err = load(conn, rows)
	return time.Since(start), rows.all(), err
}

// blog makes a database with the blog's schema and returns its address.
func (b *bench) blog(name string) (string, error) {
	dsn, err := b.server.CreateDatabase(b.ctx, name)
	if err != nil {
		return "", err
	}
	_, err = b.run("", b.program, "schema", "apply", "--builtin", "blog", "--dsn", dsn)
	return dsn, err
}

// ormLoop is the script that most projects have: one INSERT a row, as an ORM sends it, and a commit every hundred.
func (b *bench) ormLoop(conn *pgx.Conn, rows blogRows) error {
	faker := gofakeit.New(1)
	for _, t := range blogTables(faker, rows) {
		sql := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.name, t.list(), t.placeholders())
		for first := int64(0); first < t.rows; first += 100 {
			err := pgx.BeginFunc(b.ctx, conn, func(tx pgx.Tx) error {
				for row := first; row < min(first+100, t.rows); row++ {
					if _, err := tx.Exec(b.ctx, sql, t.values(row)...); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// naiveCopy is what one writes first who knows COPY: pgx's CopyFrom with rows as []any, the constraints left on.
func (b *bench) naiveCopy(conn *pgx.Conn, rows blogRows) error {
	faker := gofakeit.New(1)
	for _, t := range blogTables(faker, rows) {
		source := pgx.CopyFromSlice(int(t.rows), func(i int) ([]any, error) { return t.values(int64(i)), nil })
		if _, err := conn.CopyFrom(b.ctx, pgx.Identifier{t.name}, t.columns, source); err != nil {
			return err
		}
	}
	return nil
}
