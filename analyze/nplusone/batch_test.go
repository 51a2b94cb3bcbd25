package nplusone

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgassay/pgassay/internal/sqltext"
	"github.com/pgassay/pgassay/schema"
)

var blog = &schema.Database{Tables: []*schema.Table{
	{
		Schema: "public", Name: "users", Columns: []*schema.Column{{Name: "id", Type: "bigint"}, {Name: "username", Type: "text"}},
		PrimaryKey: &schema.Key{Columns: []string{"id"}}, Uniques: []*schema.Key{{Columns: []string{"username"}}},
	},
	{
		Schema: "public", Name: "posts", Columns: []*schema.Column{{Name: "id", Type: "uuid"}, {Name: "author_id", Type: "bigint"}, {Name: "created_at", Type: "timestamptz"}},
		PrimaryKey: &schema.Key{Columns: []string{"id"}},
	},
	{Schema: "public", Name: "comments", Columns: []*schema.Column{{Name: "id", Type: "bigint"}, {Name: "post_id", Type: "uuid"}, {Name: "body", Type: "text"}}},
}}

func TestBatch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, in  string
		keys      [][]int
		want      string
		form      string
		columns   int
		unknownDB bool
	}{
		{name: "everything", in: `SELECT * FROM users WHERE id = $1`, want: `SELECT * FROM users WHERE id = ANY($1)`, form: "any"},
		{name: "key selected", in: `SELECT u.id, u.name FROM users u WHERE u.id = $1`, want: `SELECT u.id, u.name FROM users u WHERE u.id = ANY($1)`, form: "any"},
		{name: "key not selected", in: `SELECT username FROM users WHERE id = $1`, want: `SELECT id, username FROM users WHERE id = ANY($1)`, form: "any", columns: 1},
		{name: "a limit on a unique key goes", in: `SELECT * FROM users WHERE id = $1 LIMIT 1`, want: `SELECT * FROM users WHERE id = ANY($1)`, form: "any"},
		{name: "also where the schema is not known", in: `SELECT * FROM things WHERE id = $1 ORDER BY id LIMIT 1`, want: `SELECT * FROM things WHERE id = ANY($1) ORDER BY id`, form: "any", unknownDB: true},
		{name: "order stays", in: `SELECT id, title FROM posts WHERE author_id = $1 AND published ORDER BY created_at DESC`, want: `SELECT author_id, id, title FROM posts WHERE author_id = ANY($1) AND published ORDER BY created_at DESC`, form: "any", columns: 1},
		{name: "count", in: `SELECT count(*) FROM comments WHERE post_id = $1`, want: `SELECT post_id, count(*) FROM comments WHERE post_id = ANY($1) GROUP BY post_id`, form: "group by", columns: 1},
		{name: "count with a limit", in: `SELECT count(*) FROM comments WHERE post_id = $1 LIMIT 1`, want: `SELECT post_id, count(*) FROM comments WHERE post_id = ANY($1) GROUP BY post_id`, form: "group by", columns: 1},
		{name: "grouped", in: `SELECT day, sum(x) FROM hits WHERE page_id = $1 GROUP BY day ORDER BY day`, want: `SELECT page_id, day, sum(x) FROM hits WHERE page_id = ANY($1) GROUP BY page_id, day ORDER BY day`, form: "group by", columns: 1},
		{name: "another argument stays", in: `SELECT * FROM comments WHERE tenant = $1 AND post_id = $2`, keys: [][]int{{1}}, want: `SELECT * FROM comments WHERE tenant = $1 AND post_id = ANY($2)`, form: "any"},
		{name: "cast", in: `SELECT * FROM users WHERE id = $1::int4 AND ok`, want: `SELECT * FROM users WHERE id = ANY($1::int4[]) AND ok`, form: "any"},
		{name: "list of one", in: `SELECT * FROM comments WHERE post_id IN ($1)`, want: `SELECT * FROM comments WHERE post_id = ANY($1)`, form: "any"},
		{name: "joins are left alone", in: `SELECT c.*, u.name FROM comments c JOIN users u ON u.id = c.user_id WHERE c.post_id = $1`, want: `SELECT c.*, u.name FROM comments c JOIN users u ON u.id = c.user_id WHERE c.post_id = ANY($1)`, form: "any"},
		{name: "in parentheses", in: `SELECT * FROM users WHERE (id = $1 AND $2 = $3)`, want: `SELECT * FROM users WHERE (id = ANY($1) AND $2 = $3)`, form: "any"},
		{
			name: "latest of each", in: `SELECT id, body FROM comments WHERE post_id = $1 ORDER BY id DESC LIMIT 3`,
			want: `SELECT k.key, q.* FROM unnest($1::uuid[]) WITH ORDINALITY AS k(key, n) CROSS JOIN LATERAL (SELECT id, body FROM comments WHERE post_id = k.key ORDER BY id DESC LIMIT $2) AS q ORDER BY k.n, q.id DESC`, form: "lateral", columns: 1,
		},
		{
			name: "window", in: `SELECT id, row_number() OVER (ORDER BY id) FROM comments WHERE post_id = $1`,
			want: `SELECT k.key, q.* FROM unnest($1::uuid[]) WITH ORDINALITY AS k(key, n) CROSS JOIN LATERAL (SELECT id, row_number() OVER (ORDER BY id) FROM comments WHERE post_id = k.key) AS q ORDER BY k.n`, form: "lateral", columns: 1,
		},
		{
			name: "or", in: `SELECT * FROM posts WHERE author_id = $1 OR editor_id = $2`, keys: [][]int{{0, 1}},
			want: `SELECT k.key, q.* FROM unnest($1::bigint[]) WITH ORDINALITY AS k(key, n) CROSS JOIN LATERAL (SELECT * FROM posts WHERE author_id = k.key OR editor_id = k.key) AS q ORDER BY k.n`, form: "lateral", columns: 1,
		},
		{
			name: "exists", in: `SELECT EXISTS (SELECT 1 FROM comments WHERE post_id = $2)`, keys: [][]int{{1}},
			want: `SELECT k.key, q.* FROM unnest($2::uuid[]) WITH ORDINALITY AS k(key, n) CROSS JOIN LATERAL (SELECT EXISTS (SELECT $1 FROM comments WHERE post_id = k.key)) AS q ORDER BY k.n`, form: "lateral", columns: 1,
		},
		{
			name: "two keys", in: `SELECT * FROM prices WHERE sku = $1 AND region_id = $2`, keys: [][]int{{0}, {1}},
			want: `SELECT k.key1, k.key2, q.* FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(key1, key2, n) CROSS JOIN LATERAL (SELECT * FROM prices WHERE sku = k.key1 AND region_id = k.key2) AS q ORDER BY k.n`, form: "lateral", columns: 2,
		},
		{name: "insert", in: `INSERT INTO comments (post_id, body) VALUES ($1, $2) RETURNING id`, keys: [][]int{{0}, {1}}, want: `INSERT INTO comments(post_id, body) SELECT u.v1, u.v2 FROM unnest($1::uuid[], $2::text[]) AS u(v1, v2) RETURNING id`, form: "unnest"},
		{name: "insert with a constant", in: `INSERT INTO comments (post_id, body, at) VALUES ($1, $2, now())`, keys: [][]int{{1}}, want: `INSERT INTO comments(post_id, body, at) SELECT $1, u.v1, now() FROM unnest($2::text[]) AS u(v1)`, form: "unnest"},
		{name: "insert, schema not known", in: `INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING`, keys: [][]int{{0}, {1}}, want: `INSERT INTO t(a, b) VALUES ($1, $2), ($3, $4), ($5, $6) ON CONFLICT DO NOTHING`, form: "multi-row", unknownDB: true},
		{name: "delete", in: `DELETE FROM comments WHERE id = $1`, want: `DELETE FROM comments WHERE id = ANY($1)`, form: "any"},
		{name: "update to one value", in: `UPDATE users SET banned = $1 WHERE id = $2`, keys: [][]int{{1}}, want: `UPDATE users SET banned = $1 WHERE id = ANY($2)`, form: "any"},
		{name: "update to a value each", in: `UPDATE users SET username = $1 WHERE id = $2`, keys: [][]int{{0}, {1}}, want: `UPDATE users SET username = u.v1 FROM unnest($1::text[], $2::bigint[]) AS u(v1, v2) WHERE users.id = u.v2`, form: "unnest"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := blog
			if test.unknownDB {
				db = nil
			}
			keys := test.keys
			if keys == nil {
				keys = [][]int{{0}}
			}
			got := newBatch(newStatement("", sqltext.Normalize(test.in)), keys, db)
			if diff := cmp.Diff(test.want, got.SQL); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got.Form != test.form || got.Key != test.columns {
				t.Errorf("form %q with %d key columns, want %q with %d", got.Form, got.Key, test.form, test.columns)
			}
		})
	}
}

func TestStatement(t *testing.T) {
	t.Parallel()
	type summary struct {
		Verb   string
		Tables []string
		Uses   []use
	}
	for _, test := range []struct {
		in   string
		want summary
	}{
		{`SELECT * FROM a, b.c x JOIN d ON d.id = x.id WHERE x.y = $1 AND d.z > $2 LIMIT $3`, summary{"select", []string{"a", "b.c", "d"}, []use{equality, comparison, paging}}},
		{`WITH w AS (SELECT * FROM a WHERE id = $1) SELECT * FROM w JOIN b USING (id)`, summary{"select", []string{"a", "b"}, []use{equality}}},
		{`SELECT extract(year FROM ts) FROM t WHERE lower(a) = $1 AND b BETWEEN $2 AND $3 AND c IN ($4) AND d = ANY ($5)`, summary{"select", []string{"t"}, []use{equality, comparison, comparison, inList, inList}}},
		{`SELECT * FROM f($1) AS g WHERE x IS DISTINCT FROM $2`, summary{"select", nil, []use{call, otherUse}}},
		{`INSERT INTO t (a, b) VALUES ($1, now()) ON CONFLICT (a) DO UPDATE SET b = $2`, summary{"insert", []string{"t"}, []use{written, equality}}},
		{`UPDATE t SET a = $1, b = f($2) WHERE c = $3`, summary{"update", []string{"t"}, []use{written, call, equality}}},
		{`DELETE FROM t WHERE (a, b) = ($1, $2)`, summary{"delete", []string{"t"}, []use{equality, equality}}},
		{`SELECT * FROM t WHERE $1 = id FOR UPDATE SKIP LOCKED`, summary{"select", []string{"t"}, []use{equality}}},
	} {
		s := newStatement("", sqltext.Normalize(test.in))
		got := summary{Verb: s.verb, Tables: s.tables}
		for _, p := range s.params {
			got.Uses = append(got.Uses, p.use)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.in, diff)
		}
	}
}

// FuzzStatement checks that no text makes the reading or the rewriting of statements fail.
func FuzzStatement(f *testing.F) {
	for _, seed := range []string{
		`SELECT a, count(*) FROM t AS x WHERE x.id = $1 AND (b = $2 OR c IN ($3)) GROUP BY a ORDER BY a DESC LIMIT 1`,
		`INSERT INTO t(a, b) VALUES ($1, $2) RETURNING id`, `UPDATE t SET a = $1 WHERE id = $2`, `WITH x AS (SELECT 1) DELETE FROM t WHERE id = $1`,
	} {
		f.Add(seed, uint8(0), uint8(1))
	}
	f.Fuzz(func(t *testing.T, sql string, first, second uint8) {
		s := newStatement("", sqltext.Normalize(sql))
		n := len(s.params)
		if n == 0 {
			return
		}
		for _, db := range []*schema.Database{nil, blog} {
			newBatch(s, [][]int{{int(first) % n}}, db)
			newBatch(s, [][]int{{int(first) % n}, {int(second) % n}}, db)
		}
	})
}
