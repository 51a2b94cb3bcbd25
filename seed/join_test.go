package seed_test

import "testing"

// TestJoinedTexts fills tables in which a text must be put together from other columns.
func TestJoinedTexts(t *testing.T) {
	t.Parallel()
	fill(t, []filling{
		{
			name: "keys that begin with another key",
			ddl: `CREATE TABLE vocabulary (id varchar PRIMARY KEY CHECK (id ~* '^[a-z0-9\-\_]+$'));
				CREATE TABLE meta_key (id varchar PRIMARY KEY, vocabulary_id varchar NOT NULL REFERENCES vocabulary, CHECK (id ~* ('^' || vocabulary_id || ':[-_a-z0-9]+$')));
				CREATE TABLE of_key (id int PRIMARY KEY, meta_key_id varchar NOT NULL REFERENCES meta_key);
				CREATE TABLE liked (id text PRIMARY KEY, of_id varchar NOT NULL REFERENCES vocabulary, CHECK (id LIKE of_id || '/%'));
				CREATE TABLE begun (id text PRIMARY KEY, of_id varchar NOT NULL REFERENCES vocabulary, CHECK (starts_with(id, of_id)));
				CREATE TABLE cut (id text PRIMARY KEY, of_id varchar NOT NULL REFERENCES vocabulary, CHECK (left(id, length(of_id) + 0) = of_id OR true), CHECK (left(id, length(of_id)) = of_id));
				CREATE TABLE split (id text PRIMARY KEY, of_id varchar NOT NULL REFERENCES vocabulary, CHECK (split_part(id, '.', 1) = of_id));
				CREATE TABLE found (id text PRIMARY KEY, of_id varchar NOT NULL REFERENCES vocabulary, CHECK (position(of_id IN id) = 1));
				CREATE TABLE ended (id text PRIMARY KEY, of_id varchar NOT NULL REFERENCES vocabulary, CHECK (right(id, length(of_id)) = of_id))`,
			checks: []string{"SELECT count(DISTINCT vocabulary_id) > 50 FROM meta_key", "SELECT bool_and(length(id) > length(vocabulary_id) + 1) FROM meta_key"},
		},
		{
			name: "names of several parts",
			ddl: `CREATE TABLE person (id int PRIMARY KEY, first text NOT NULL, last text NOT NULL, middle text, whole text NOT NULL CHECK (whole = first || ' ' || last),
					sorted text, CHECK (sorted = concat(last, ', ', first)), initial varchar(40) CHECK (initial LIKE middle || '.%'));
				CREATE TABLE file (id int PRIMARY KEY, year int NOT NULL CHECK (year BETWEEN 2000 AND 2030), number int NOT NULL, code varchar(30) NOT NULL CHECK (code = 'F-' || year || '-' || number), UNIQUE (year, number));
				CREATE TABLE page (id int PRIMARY KEY, slug varchar(10) NOT NULL, path varchar(20) NOT NULL CHECK (path ~ ('^/' || slug || '/[a-z]+$')))`,
			checks: []string{"SELECT count(sorted) > 100 AND count(initial) > 100 FROM person", "SELECT count(DISTINCT code) > 100 FROM file"},
		},
		{
			name: "what is cut off, or written in small letters",
			ddl: `CREATE TABLE voucher (code char(12) PRIMARY KEY CHECK (code = upper(code)), prefix char(3) NOT NULL CHECK (substring(code FROM 1 FOR 3) = prefix));
				CREATE TABLE person (id int PRIMARY KEY, first text NOT NULL, last text NOT NULL, initials varchar(2) NOT NULL CHECK (initials = left(first, 1) || left(last, 1)),
					small text NOT NULL CHECK (small = lower(last)), login text NOT NULL UNIQUE CHECK (login = lower(login) AND login LIKE lower(left(first, 1)) || '%'));
				CREATE TABLE series (prefix varchar(4) PRIMARY KEY CHECK (length(prefix) = 4)); CREATE TABLE part (code text PRIMARY KEY, series varchar(4) NOT NULL REFERENCES series, CHECK (left(code, 4) = series))`,
		},
		{
			name: "texts that need each other", // neither can follow the other: one of them does
			ddl:  `CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL, b text NOT NULL, CHECK (a = b || ''), CHECK (starts_with(b, a)))`,
		},
	})
}
