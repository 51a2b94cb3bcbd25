package value_test

import (
	"testing"
)

// TestNeighbours looks at what usually agrees in a row although no constraint says so. Each query must give true.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	conn, db := load(t, `
		CREATE TABLE orders (status text NOT NULL DEFAULT 'new', subtotal numeric(10,2) NOT NULL, tax numeric(10,2) NOT NULL,
			shipping_cost numeric(8,2) NOT NULL, discount numeric(8,2) NOT NULL, total numeric(10,2) NOT NULL, min_items int NOT NULL, max_items int NOT NULL,
			placed_at timestamptz NOT NULL, paid_at timestamptz, shipped_at timestamptz, delivered_at timestamptz, latitude double precision, longitude numeric(8,5), country_code text NOT NULL);
		CREATE TABLE order_lines (quantity int NOT NULL, unit_price numeric(10,2) NOT NULL, line_total numeric(12,2) NOT NULL, small numeric(3,2));
		CREATE TABLE narrow (qty int NOT NULL CHECK (qty > 5), price numeric(6,2) NOT NULL CHECK (price > 900), total numeric(5,2) NOT NULL);
		CREATE TABLE own (qty int NOT NULL, price numeric(8,2) NOT NULL, fee numeric(8,2) NOT NULL, total numeric(12,2) NOT NULL CHECK (total = qty * price + fee));
		CREATE TABLE clients (nom text NOT NULL, "prénom" text NOT NULL, courriel text NOT NULL, ville text NOT NULL, pays text NOT NULL, date_naissance date NOT NULL);`)
	for table, queries := range map[string][]string{
		"orders": {
			"bool_and(total = subtotal + tax + shipping_cost - discount)", "bool_and(max_items >= min_items)", "bool_and(paid_at >= placed_at)",
			"bool_and(shipped_at >= paid_at)", "bool_and(delivered_at >= shipped_at)", "count(delivered_at) > 100",
			"count(*) FILTER (WHERE status = 'new') > 50", "bool_and(latitude BETWEEN 50 AND 56 AND longitude BETWEEN 5 AND 16) FILTER (WHERE country_code = 'DE')",
		},
		"order_lines": {"bool_and(line_total = quantity * unit_price)"},
		"narrow":      {"count(*) = 300"}, // what does not fit is left
		"own":         {"bool_and(total = qty * price + fee)"},
		"clients": {
			`bool_and(nom NOT LIKE '% %')`, `bool_and(courriel LIKE lower(regexp_replace("prénom", '[^A-Za-z]', '', 'g')) || '.' || lower(regexp_replace(nom, '[^A-Za-z]', '', 'g')) || '%')`,
			"count(DISTINCT pays) FILTER (WHERE ville = 'Paris') = 1", "max(date_naissance) < '2010-01-01'",
		},
	} {
		r := request(conn, db, table, 300)
		s := solve(t, r)
		if err := fill(t, conn, r, s); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		for _, query := range queries {
			if got := show(t, conn, "SELECT "+query+" FROM public."+table); got != "t" {
				t.Errorf("%s: %s is %s: %s", table, query, got, show(t, conn, "SELECT * FROM public."+table+" LIMIT 3"))
			}
		}
	}
}

// TestFollowed: of a column that others of its row decide on, the plan says which.
func TestFollowed(t *testing.T) {
	t.Parallel()
	conn, db := load(t, `CREATE TABLE leases (quantity int NOT NULL, unit_price numeric(10,2) NOT NULL, line_total numeric(12,2) NOT NULL,
		starts date NOT NULL, ends date NOT NULL CHECK (ends > starts), created_at timestamptz NOT NULL, updated_at timestamptz, features text[] NOT NULL, area int NOT NULL);`)
	r := request(conn, db, "leases", 300)
	s := solve(t, r)
	for name, want := range map[string]string{
		"line_total": "computed from quantity, unit_price", "starts": "2024-01-02 to 2025-12-31, more of late", "ends": "after starts",
		"created_at": "2023-01-02 to 2025-12-31, more of late", "updated_at": "after created_at", "area": "0 to 1000", "features": "",
	} {
		if got := s.Columns[name].Spread; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if err := fill(t, conn, r, s); err != nil {
		t.Fatal(err)
	}
	if got := show(t, conn, "SELECT bool_and(word ~ '^[a-z]+$') AND count(DISTINCT word) > 100 FROM public.leases, unnest(features) AS word"); got != "t" {
		t.Errorf("lists of texts hold no words: %s", show(t, conn, "SELECT features FROM public.leases LIMIT 3"))
	}
}
