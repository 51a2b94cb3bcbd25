package nplusone

import (
	"fmt"
	"testing"
	"time"
)

// holdout are scenarios that were labelled and kept aside while the thresholds were set on corpus.
var holdout = []scenario{
	{"items of each order, some orders skipped", []string{"n-plus-one order_items"}, func() *trace {
		t := newTrace().request("GET /orders")
		t.at("a").run("SELECT id, state FROM orders WHERE customer_id = $1", args{9}, 12, cols{"id": ids(700, 12)})
		for i := 0; i < 12; i += 2 {
			t.at("b").run("SELECT * FROM order_items WHERE order_id = $1 ORDER BY id", args{700 + i}, 3)
		}
		return t
	}},
	{"three statements for each row", []string{"n-plus-one prices"}, func() *trace {
		t := newTrace().request("GET /products")
		t.at("a").run("SELECT id, brand_id FROM products LIMIT 9", args{9}, 9, cols{"id": ids(50, 9), "brand_id": {3, 3, 4, 3, 4, 4, 3, 3, 4}})
		for i := range 9 {
			t.at("b").run("SELECT amount FROM prices WHERE product_id = $1 AND currency = $2", args{50 + i, "EUR"}, 1)
			t.at("c").run("SELECT name FROM brands WHERE id = $1", args{3}, 1)
			t.at("d").run("SELECT count(*) FROM reviews WHERE product_id = $1", args{50 + i}, 1)
		}
		return t
	}},
	{"a function for each row", []string{"n-plus-one the database"}, func() *trace {
		t := newTrace().request("GET /balances")
		t.at("a").run("SELECT id FROM accounts", nil, 6, cols{"id": ids(10, 6)})
		for i := range 6 {
			t.at("b").run("SELECT balance_of($1)", args{10 + i}, 1)
		}
		return t
	}},
	{"two loops after each other", []string{"n-plus-one comments", "n-plus-one likes"}, func() *trace {
		t := newTrace().request("GET /posts")
		t.at("a").run("SELECT id FROM posts", nil, 7, cols{"id": ids(1, 7)})
		for i := range 7 {
			t.at("b").run("SELECT * FROM comments WHERE post_id = $1", args{1 + i}, 2)
		}
		for i := range 7 {
			t.at("c").run("SELECT count(*) FROM likes WHERE post_id = $1", args{1 + i}, 1)
		}
		return t
	}},
	{"an import", []string{"write-loop tags"}, func() *trace {
		t := newTrace().request("job import")
		t.begin()
		for i := range 40 {
			t.at("a").run("INSERT INTO tags (name) VALUES ($1) ON CONFLICT DO NOTHING", args{fmt.Sprint("t", i)}, 1)
		}
		t.commit()
		return t
	}},
	{"a trace id in the statements' comments", []string{"n-plus-one users"}, func() *trace {
		t := newLog()
		tag := map[string]string{"traceparent": "00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01", "controller": "posts", "action": "index"}
		t.run("SELECT * FROM posts", nil, 0).Tags = tag
		for i := range 9 {
			t.run("SELECT * FROM users WHERE id = $1", args{i * 7}, 0).Tags = tag
		}
		return t
	}},

	{"a page with different statements", nil, func() *trace {
		t := newTrace().request("GET /")
		for i, table := range []string{"users", "posts", "comments", "tags", "likes", "pages"} {
			t.run("SELECT * FROM "+table+" WHERE id = $1", args{i}, 1)
		}
		return t
	}},
	{"two lookups of one kind", nil, func() *trace {
		t := newTrace().request("POST /transfer")
		t.run("SELECT id FROM accounts WHERE owner = $1", args{1}, 2, cols{"id": {5, 6}})
		t.run("SELECT balance FROM accounts WHERE id = $1", args{5}, 1)
		t.run("SELECT balance FROM accounts WHERE id = $1", args{6}, 1)
		return t
	}},
	{"reports by month", nil, func() *trace {
		t := newTrace().request("GET /report")
		for m := range 12 {
			t.run("SELECT sum(amount) FROM invoices WHERE created_at >= $1 AND created_at < $2", args{m, m + 1}, 1)
		}
		return t
	}},
	{"the same page for many users", nil, func() *trace {
		t := newTrace()
		for i := range 30 {
			t.request("GET /me")
			t.at("a").run("SELECT * FROM sessions WHERE token = $1", args{fmt.Sprint("s", i)}, 1, cols{"user_id": {i}})
			t.at("b").run("SELECT * FROM users WHERE id = $1", args{i}, 1, cols{"id": {i}})
		}
		return t
	}},
	{"dataloader in chunks of ten", nil, func() *trace {
		t := newTrace().request("GET /graphql")
		t.run("SELECT id FROM posts", nil, 60, cols{"id": ids(1, 60)})
		for i := range 6 {
			t.run("SELECT * FROM users WHERE id IN ($1)", args{fmt.Sprint("ten ", i)}, 10)
		}
		return t
	}},
	{"a health check of a pool", nil, func() *trace {
		t := newLog()
		t.gap = 20 * time.Millisecond
		for range 50 {
			t.run("SELECT 1", args{1}, 0)
		}
		return t
	}},
	{"row security per tenant", nil, func() *trace {
		t := newTrace().request("job bill")
		for i := range 10 {
			t.run(fmt.Sprintf("SET app.tenant = '%d'", i), args{i}, 0)
			t.run("SELECT count(*) FROM invoices", nil, 1)
		}
		return t
	}},
}

func TestHoldout(t *testing.T) {
	t.Parallel()
	judge(t, holdout)
}
