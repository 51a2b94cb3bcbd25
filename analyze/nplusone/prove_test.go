package nplusone

import (
	"errors"
	"strings"
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/sqltext"
)

const proofSchema = `
CREATE TABLE users (id bigint PRIMARY KEY, username text UNIQUE, "Team" uuid NOT NULL DEFAULT '6b2a1e3c-9a55-4f0e-8f6a-0d5e3b1c2d4f');
CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint REFERENCES users, editor_id bigint, title text, region_id bigint, sku text);
CREATE TABLE comments (id bigint PRIMARY KEY, post_id bigint REFERENCES posts, body text);
INSERT INTO users SELECT g, 'user' || g FROM generate_series(1, 20) g;
INSERT INTO posts SELECT g, 1 + g % 20, 1 + g % 7, 'title ' || g, g % 5, 's' || g % 3 FROM generate_series(1, 200) g;
INSERT INTO comments SELECT g, 1 + g % 90, 'body, "quoted" \ ' || g FROM generate_series(1, 1000) g;
CREATE FUNCTION spill(bigint) RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT $1';
`

func newLoop(sql string, keys ...[]int) *Loop {
	s := newStatement(sqltext.Fingerprint(sql), sqltext.Normalize(sql))
	return &Loop{Rule: RuleNPlusOne, Statement: s.text, statement: s, keys: keys, Batch: newBatch(s, keys, nil)}
}

func TestProve(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, proofSchema)
	for _, test := range []struct {
		name, sql string
		keys      [][]int
		form      string
	}{
		{"key selected", `SELECT * FROM users WHERE id = $1`, [][]int{{0}}, "any"},
		{"key not selected", `SELECT username FROM users WHERE id = $1 LIMIT 1`, [][]int{{0}}, "any"},
		{"aliased", `SELECT u.username, u."Team" FROM users AS u WHERE u.id = $1`, [][]int{{0}}, "any"},
		{"many rows", `SELECT id, title FROM posts WHERE author_id = $1 ORDER BY id DESC`, [][]int{{0}}, "any"},
		{"count", `SELECT count(*) FROM comments WHERE post_id = $1`, [][]int{{0}}, "group by"},
		{"count with keys that have no rows", `SELECT count(*), max(c.id) FROM comments c JOIN posts p ON p.id = c.post_id WHERE p.id = $1`, [][]int{{0}}, "group by"},
		{"latest", `SELECT id, body FROM comments WHERE post_id = $1 ORDER BY id DESC LIMIT 3`, [][]int{{0}}, "lateral"},
		{"exists", `SELECT EXISTS (SELECT 1 FROM comments WHERE post_id = $1)`, [][]int{{1}}, "lateral"},
		{"window", `SELECT id, row_number() OVER (ORDER BY id) FROM comments WHERE post_id = $1`, [][]int{{0}}, "lateral"},
		{"two keys", `SELECT id FROM posts WHERE region_id = $1 AND sku = $2`, [][]int{{0}, {1}}, "lateral"},
		{"one key twice", `SELECT id FROM posts WHERE author_id = $1 OR editor_id = $1`, [][]int{{0, 1}}, "lateral"},
		{"a key that is quoted", `SELECT count(*) FROM users WHERE "Team"::text = $1::text`, [][]int{{0}}, "group by"},
		{"a text key", `SELECT id FROM comments WHERE body = $1`, [][]int{{0}}, "any"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			loop := newLoop(test.sql, test.keys...)
			if loop.Batch.Form != test.form {
				t.Errorf("form %q, want %q: %s", loop.Batch.Form, test.form, loop.Batch.SQL)
			}
			proof, err := loop.Prove(t.Context(), pgtest.Connect(t, conn.Config().ConnString()), nil)
			if err != nil {
				t.Fatalf("%s: %v", loop.Batch.SQL, err)
			}
			if !proof.RowsEqual || proof.BeforeNS <= 0 || proof.AfterNS <= 0 || !strings.Contains(proof.Method, "sampled") {
				t.Errorf("%s: got %+v", loop.Batch.SQL, proof)
			}
		})
	}
}

func TestProveWithValues(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, proofSchema)
	values := [][]Value{}
	for _, v := range []string{"7", "150", "7", "8"} { // 150 has no comments, 7 comes twice
		values = append(values, []Value{&v})
	}
	for _, sql := range []string{`SELECT count(*) FROM comments WHERE post_id = $1`, `SELECT * FROM comments WHERE post_id = $1`, `SELECT * FROM comments WHERE post_id = $1 ORDER BY id LIMIT 2`} {
		loop := newLoop(sql, []int{0})
		run := values
		if len(loop.statement.params) == 2 {
			two := "2"
			run = nil
			for _, v := range values {
				run = append(run, []Value{v[0], &two})
			}
		}
		proof, err := loop.Prove(t.Context(), conn, run)
		if err != nil {
			t.Fatalf("%s: %v", loop.Batch.SQL, err)
		}
		if !proof.RowsEqual || !strings.Contains(proof.Method, "4 round trips") {
			t.Errorf("%s: got %+v", loop.Batch.SQL, proof)
		}
	}
	// A batch that is not the same as the loop is found out.
	wrong := newLoop(`SELECT count(*) FROM comments WHERE post_id = $1`, []int{0})
	wrong.Batch.SQL = strings.Replace(wrong.Batch.SQL, "count(*)", "count(*) + 1", 1)
	if proof, err := wrong.Prove(t.Context(), conn, values); err != nil || proof.RowsEqual {
		t.Errorf("a wrong batch is proven: %+v, %v", proof, err)
	}
}

func TestProveRefuses(t *testing.T) {
	t.Parallel()
	conn := pgtest.With(t, proofSchema)
	for _, sql := range []string{
		`SELECT spill(id) FROM users WHERE id = $1`, `INSERT INTO users VALUES ($1)`, `DELETE FROM users WHERE id = $1`,
		`SELECT * FROM users WHERE id = $1 FOR UPDATE`, `SELECT nextval('x') FROM users WHERE id = $1`, `SELECT * FROM users WHERE id = f($1)`,
	} {
		if proof, err := newLoop(sql, []int{0}).Prove(t.Context(), conn, nil); !errors.Is(err, ErrNotProvable) {
			t.Errorf("%s: got %+v, %v", sql, proof, err)
		}
	}
}

func TestFinding(t *testing.T) {
	t.Parallel()
	loops := corpus[2].build().loops(Options{Schema: blog})
	if len(loops) != 1 {
		t.Fatalf("%d loops", len(loops))
	}
	got := loops[0].Finding()
	if got.Rule != "n-plus-one" || got.CallSite != "c" || got.Route != "GET /users/{id}/posts" || got.Count != 10 || got.Severity != report.Error ||
		got.Table != "comments" || len(got.Columns) != 1 || got.Columns[0] != "post_id" {
		t.Errorf("got %+v", got)
	}
	if want := "SELECT post_id, count(*) FROM comments WHERE post_id = ANY($1) GROUP BY post_id"; got.Mend.SQL != want {
		t.Errorf("mend %q, want %q", got.Mend.SQL, want)
	}
	for _, part := range []string{"values of id that the statement on posts (a) returned", "on users gets the same answer each time", "take 0"} {
		if !strings.Contains(got.Mend.Text, part) {
			t.Errorf("%q is not in %q", part, got.Mend.Text)
		}
	}
}
