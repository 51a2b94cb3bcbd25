package nplusone

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// scenario is a labelled trace. Want lists rule and table of what is to be found, nothing else may be.
type scenario struct {
	name  string
	want  []string
	build func() *trace
}

// The scenarios were labelled when they were written, before the detector saw them. Those in corpus_holdout_test.go were
// kept aside while the thresholds were set.
var corpus = []scenario{
	{"comments of each post, read in order", []string{"n-plus-one comments"}, func() *trace {
		t := newTrace().request("GET /users/{id}/posts")
		t.at("posts.go:10").run("SELECT id, title FROM posts WHERE author_id = $1", args{7}, 6, cols{"id": ids(100, 6)})
		for i := range 6 {
			t.at("posts.go:14").run("SELECT count(*) FROM comments WHERE post_id = $1", args{100 + i}, 1)
		}
		return t
	}},
	{"three comments' authors, proven by values", []string{"n-plus-one users"}, func() *trace {
		t := newTrace().request("GET /posts/{id}")
		t.at("a").run("SELECT id, user_id FROM comments WHERE post_id = $1", args{7}, 3, cols{"id": {1, 2, 3}, "user_id": {31, 44, 12}})
		for _, id := range []int{31, 44, 12} {
			t.at("b").run("SELECT * FROM users WHERE id = $1", args{id}, 1)
		}
		return t
	}},
	{"a sequence of two, the author always the same", []string{"n-plus-one comments"}, func() *trace {
		t := newTrace().request("GET /users/{id}/posts")
		t.at("a").run("SELECT id, author_id FROM posts WHERE author_id = $1", args{7}, 10, cols{"id": ids(100, 10)})
		for i := range 10 {
			t.at("b").run("SELECT username FROM users WHERE id = $1", args{7}, 1)
			t.at("c").run("SELECT count(*) FROM comments WHERE post_id = $1", args{100 + i}, 1)
		}
		return t
	}},
	{"authors repeat", []string{"n-plus-one users"}, func() *trace {
		t := newTrace().request("GET /posts")
		authors := []any{1, 2, 1, 1, 3, 2, 2, 1, 1, 2}
		t.at("a").run("SELECT id, author_id FROM posts LIMIT 10", args{10}, 10, cols{"id": ids(1, 10), "author_id": authors})
		for _, a := range authors {
			t.at("b").run("SELECT name FROM users WHERE id = $1", args{a}, 1)
		}
		return t
	}},
	{"a loop in a loop", []string{"n-plus-one comments", "n-plus-one users"}, func() *trace {
		t := newTrace().request("GET /feed")
		t.at("a").run("SELECT id FROM posts", nil, 5, cols{"id": ids(500, 5)})
		for i := range 5 {
			t.at("b").run("SELECT id, user_id FROM comments WHERE post_id = $1", args{500 + i}, 4, cols{"id": ids(1000+10*i, 4), "user_id": ids(2000+10*i, 4)})
			for j := range 4 {
				t.at("c").run("SELECT name FROM users WHERE id = $1", args{2000 + 10*i + j}, 1)
			}
		}
		return t
	}},
	{"at the same time", []string{"n-plus-one users"}, func() *trace {
		t := newTrace().request("GET /graphql")
		t.at("a").run("SELECT id, author_id FROM posts", nil, 8, cols{"author_id": ids(30, 8)})
		t.took, t.gap = 3*time.Millisecond, -2900*time.Microsecond
		for i := range 8 {
			t.session = fmt.Sprintf("s%d", i)
			t.at("b").run("SELECT * FROM users WHERE id = $1", args{30 + i}, 1)
		}
		return t
	}},
	{"no results known, a parent of as many rows", []string{"n-plus-one stock"}, func() *trace {
		t := newTrace().request("GET /cart")
		t.at("a").run("SELECT * FROM items WHERE cart = $1", args{7}, 6)
		for i := range 6 {
			t.at("b").run("SELECT amount FROM stock WHERE sku = $1", args{fmt.Sprint("sku", i)}, 1)
		}
		return t
	}},
	{"keys from the client, twenty of them", []string{"n-plus-one users"}, func() *trace {
		t := newTrace().request("POST /users/lookup")
		for i := range 20 {
			t.at("a").run("SELECT * FROM users WHERE email = $1", args{fmt.Sprint(i, "@example.org")}, 1)
		}
		return t
	}},
	{"a list of one each time", []string{"n-plus-one tags"}, func() *trace {
		t := newTrace().request("GET /posts")
		t.at("a").run("SELECT id FROM posts", nil, 7, cols{"id": ids(1, 7)})
		for i := range 7 {
			t.at("b").run("SELECT * FROM tags WHERE post_id IN ($1)", args{1 + i}, 2)
		}
		return t
	}},
	{"grows with the parent, always short", []string{"n-plus-one users"}, func() *trace {
		t := newTrace()
		for _, n := range []int{1, 2, 4, 3, 2, 4, 1, 3} {
			t.request("GET /orders")
			t.at("a").run("SELECT * FROM orders WHERE day = $1", args{n}, n)
			for i := range n {
				t.at("b").run("SELECT * FROM users WHERE id = $1", args{n*100 + i}, 1)
			}
		}
		return t
	}},
	{"rows written one at a time", []string{"write-loop items"}, func() *trace {
		t := newTrace().request("POST /orders")
		t.begin()
		for i := range 25 {
			t.at("a").run("INSERT INTO items (order_id, sku) VALUES ($1, $2)", args{7, i}, 1)
		}
		t.commit()
		return t
	}},
	{"updates one at a time", []string{"write-loop users"}, func() *trace {
		t := newTrace().request("POST /ban")
		for i := range 12 {
			t.at("a").run("UPDATE users SET banned = $1 WHERE id = $2", args{true, i}, 1)
		}
		return t
	}},
	{"the same question", []string{"duplicate-query settings"}, func() *trace {
		t := newTrace().request("GET /")
		for range 8 {
			t.at("a").run("SELECT value FROM settings WHERE key = $1", args{"theme"}, 1)
		}
		return t
	}},
	{"a linked list", []string{"recursive-walk nodes"}, func() *trace {
		t := newTrace().request("GET /chain")
		for i := range 9 {
			t.at("a").run("SELECT id, next_id FROM nodes WHERE id = $1", args{i * 17}, 1, cols{"id": {i * 17}, "next_id": {(i + 1) * 17}})
		}
		return t
	}},
	{"a tree", []string{"recursive-walk categories"}, func() *trace {
		t := newTrace().request("GET /tree")
		t.at("a").run("SELECT id FROM categories WHERE parent_id = $1", args{1}, 3, cols{"id": {2, 3, 4}})
		for _, id := range []int{2, 3, 4, 5, 6, 7, 8} {
			t.at("a").run("SELECT id FROM categories WHERE parent_id = $1", args{id}, 1, cols{"id": {id + 3}})
		}
		return t
	}},
	{"in a log: one transaction", []string{"n-plus-one lines"}, func() *trace {
		t := newLog()
		t.begin()
		t.run("SELECT id FROM orders WHERE day = $1", args{1}, 0)
		for i := range 8 {
			t.run("SELECT * FROM lines WHERE order_id = $1", args{i}, 0)
		}
		t.commit()
		return t
	}},

	{"two users at once", nil, func() *trace {
		t := newTrace()
		for i := range 40 {
			t.request("GET /users/{id}")
			t.session = fmt.Sprintf("s%d", i%4)
			t.at("a").run("SELECT * FROM users WHERE id = $1", args{i}, 1)
			t.at("b").run("SELECT * FROM posts WHERE author_id = $1", args{i}, 3, cols{"id": ids(i, 3)})
		}
		return t
	}},
	{"a busy connection, no requests known", nil, func() *trace {
		t := newLog()
		for i := range 60 {
			t.session = fmt.Sprintf("s%d", i%3)
			t.run("SELECT * FROM users WHERE id = $1", args{i}, 0)
			t.run("SELECT * FROM posts WHERE author_id = $1", args{i}, 0)
		}
		return t
	}},
	{"a batch", nil, func() *trace {
		t := newTrace().request("GET /x")
		t.run("SELECT id FROM posts", nil, 10, cols{"id": ids(1, 10)})
		for i := range 10 {
			t.run("SELECT count(*) FROM comments WHERE post_id = $1", args{1 + i}, 1).Batch = 1
		}
		return t
	}},
	{"the mended loop", nil, func() *trace {
		t := newTrace().request("GET /x")
		t.run("SELECT id FROM posts", nil, 10, cols{"id": ids(1, 10)})
		t.run("SELECT post_id, count(*) FROM comments WHERE post_id = ANY($1) GROUP BY post_id", args{"{1..10}"}, 10, cols{"post_id": ids(1, 10)})
		return t
	}},
	{"keyset pages", nil, func() *trace {
		t := newTrace().request("job export")
		for i := range 20 {
			t.at("a").run("SELECT id, name FROM users WHERE id > $1 ORDER BY id LIMIT $2", args{i * 100, 100}, 100, cols{"id": ids(i*100+1, 100)})
		}
		return t
	}},
	{"keyset pages of one account", nil, func() *trace {
		t := newTrace().request("job export")
		for i := range 20 {
			t.run("SELECT id FROM events WHERE account_id = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4", args{5, i, i * 50, 50}, 50, cols{"id": ids(i*50+1, 50)})
		}
		return t
	}},
	{"offset pages", nil, func() *trace {
		t := newTrace().request("job export")
		for i := range 20 {
			t.run("SELECT * FROM users ORDER BY id LIMIT $1 OFFSET $2", args{100, i * 100}, 100)
		}
		return t
	}},
	{"chunks of keys", nil, func() *trace {
		t := newTrace().request("job mail")
		t.run("SELECT id FROM users", nil, 900, cols{"id": ids(1, 900)})
		for i := range 9 {
			t.run("SELECT * FROM addresses WHERE user_id = ANY($1)", args{fmt.Sprint("chunk", i)}, 100)
		}
		return t
	}},
	{"a parent of one row", nil, func() *trace {
		t := newTrace().request("GET /me")
		t.run("SELECT * FROM users WHERE id = $1", args{1}, 1, cols{"id": {1}})
		for i := range 6 {
			t.run("SELECT * FROM flags WHERE name = $1", args{fmt.Sprint("flag", i)}, 1)
		}
		return t
	}},
	{"few lookups that no parent explains", nil, func() *trace {
		t := newTrace().request("GET /x")
		for i := range 4 {
			t.run("SELECT * FROM users WHERE id = $1", args{i * 31}, 1)
		}
		return t
	}},
	{"small numbers that are keys of another table, too", nil, func() *trace {
		t := newTrace().request("GET /x")
		t.run("SELECT id, name FROM roles", nil, 10, cols{"id": ids(1, 10)})
		for _, id := range []int{3, 7, 9} {
			t.run("SELECT * FROM users WHERE id = $1", args{id}, 1)
		}
		return t
	}},
	{"a fixed number whatever the parent returns", nil, func() *trace {
		t := newTrace()
		for i, n := range []int{5, 80, 20, 40, 9, 60, 33, 12} {
			t.request("GET /dashboard")
			t.at("a").run("SELECT id FROM posts WHERE author_id = $1", args{i}, n, cols{"id": ids(1000, n)})
			for j := range 5 {
				t.at("b").run("SELECT value FROM metrics WHERE name = $1", args{fmt.Sprint("m", j)}, 1)
			}
		}
		return t
	}},
	{"a poller", nil, func() *trace {
		t := newTrace().request("worker")
		for i := range 30 {
			t.begin()
			t.run("SELECT id FROM jobs WHERE done = $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED", args{false, 1}, 1, cols{"id": {i}})
			t.run("SELECT * FROM payloads WHERE job_id = $1", args{i}, 1)
			t.run("UPDATE jobs SET done = $1 WHERE id = $2", args{true, i}, 1)
			t.commit()
		}
		return t
	}},
	{"a poller that waits", nil, func() *trace {
		t := newTrace().request("worker")
		t.gap = time.Second
		for range 30 {
			t.run("SELECT id FROM jobs WHERE done = $1", args{false}, 0)
		}
		return t
	}},
	{"asked again after a write", nil, func() *trace {
		t := newTrace().request("POST /steps")
		for i := range 8 {
			t.run("SELECT sum(amount) FROM entries WHERE account = $1", args{7}, 1)
			t.run("INSERT INTO entries (account, amount) VALUES ($1, $2)", args{7, i}, 1)
		}
		return t
	}},
	{"retries of a failed transaction", nil, func() *trace {
		t := newTrace().request("POST /pay")
		for range 6 {
			t.begin()
			t.run("SELECT balance FROM accounts WHERE id = $1", args{7}, 1)
			t.run("UPDATE accounts SET balance = $1 WHERE id = $2", args{1, 7}, 1).Code = "40001"
			t.commit()
		}
		return t
	}},
	{"a statement for each tenant", nil, func() *trace {
		t := newTrace().request("job nightly")
		t.run("SELECT name FROM tenants", nil, 12, cols{"name": ids(1, 12)})
		for i := range 12 {
			t.run(fmt.Sprintf("SET search_path TO tenant_%d", i), nil, 0)
			t.run("SELECT count(*) FROM invoices WHERE month = $1", args{i}, 1)
		}
		return t
	}},
	{"the driver looks at the catalog", nil, func() *trace {
		t := newTrace().request("GET /x")
		t.run("SELECT oid FROM pg_type", nil, 10, cols{"oid": ids(1, 10)})
		for i := range 10 {
			t.run("SELECT typname FROM pg_catalog.pg_type WHERE oid = $1", args{1 + i}, 1)
		}
		return t
	}},
	{"health checks", nil, func() *trace {
		t := newTrace().request("GET /health")
		for range 10 {
			t.run("SELECT 1", args{1}, 1)
		}
		return t
	}},
	{"rows written many at a time", nil, func() *trace {
		t := newTrace().request("POST /import")
		t.begin()
		for i := range 20 {
			t.run("INSERT INTO items (a, b) VALUES ($1, $2)", args{i, i}, 500)
		}
		t.commit()
		return t
	}},
	{"one event for each of many requests, autocommitted", nil, func() *trace {
		t := newLog()
		for i := range 50 {
			t.run("INSERT INTO events (a) VALUES ($1)", args{i}, 1)
		}
		return t
	}},
	{"ids from a sequence", nil, func() *trace {
		t := newTrace().request("POST /x")
		for range 12 {
			t.run("SELECT nextval('orders_id_seq')", args{"orders_id_seq"}, 1)
		}
		return t
	}},
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	judge(t, corpus)
}

// judge runs scenarios and reports precision and recall over all of them.
func judge(t *testing.T, scenarios []scenario) {
	t.Helper()
	var right, wrong, missed int
	for _, s := range scenarios {
		got := map[string]bool{}
		var titles []string
		for _, l := range s.build().loops(Options{}) {
			got[l.Rule+" "+l.what()] = true
			titles = append(titles, l.Rule+": "+l.title())
		}
		for _, want := range s.want {
			if got[want] {
				right++
			} else {
				missed++
				t.Errorf("%s: missed %s; found %s", s.name, want, strings.Join(titles, "; "))
			}
			delete(got, want)
		}
		for extra := range got {
			wrong++
			t.Errorf("%s: wrongly found %s (%s)", s.name, extra, strings.Join(titles, "; "))
		}
	}
	t.Logf("%d scenarios: precision %.2f, recall %.2f", len(scenarios), float64(right)/float64(max(1, right+wrong)), float64(right)/float64(max(1, right+missed)))
}
