package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/brianvoe/gofakeit/v6"
)

// blogTable makes the rows of a table as a script with gofakeit does, the texts about as long as pgassay's.
type blogTable struct {
	name    string
	columns []string
	rows    int64
	values  func(row int64) []any
}

func (t blogTable) list() string { return strings.Join(t.columns, ", ") }

func (t blogTable) placeholders() string {
	all := make([]string, len(t.columns))
	for i := range all {
		all[i] = fmt.Sprintf("$%d", i+1)
	}
	return strings.Join(all, ", ")
}

// blogTables are the blog's, each after those that it references. Their identity columns number the rows from 1.
func blogTables(f *gofakeit.Faker, rows blogRows) []blogTable {
	last := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	past := func() time.Time { return f.DateRange(last.AddDate(-3, 0, 0), last) }
	one := func(n int64) int64 { return 1 + f.Rand.Int63n(n) }
	body := func() string { return f.Paragraph(2, 5, 12, "\n\n") }
	return []blogTable{
		{"users", []string{"username", "email", "name", "created_at"}, rows.users, func(row int64) []any {
			name := fmt.Sprintf("%s%d", f.Username(), row) // unique
			return []any{name, name + "@example.com", f.Name(), past()}
		}},
		{"posts", []string{"author_id", "title", "body", "published", "created_at"}, rows.posts, func(int64) []any {
			return []any{one(rows.users), f.Sentence(6), body(), f.Bool(), past()}
		}},
		{"comments", []string{"post_id", "author_id", "body", "created_at"}, rows.comments, func(int64) []any {
			return []any{one(rows.posts), one(rows.users), body(), past()}
		}},
	}
}
