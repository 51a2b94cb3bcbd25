package seed_test

import "testing"

// TestDocuments fills tables whose constraints, generated columns and indexes read JSON documents: the documents must hold what
// is read.
func TestDocuments(t *testing.T) {
	t.Parallel()
	fill(t, []filling{
		{
			name: "generated columns",
			ddl: `CREATE FUNCTION span(text) RETURNS interval LANGUAGE sql IMMUTABLE RETURN $1::interval; CREATE TYPE state AS ENUM ('new', 'running', 'done');
				CREATE FUNCTION state_of(text) RETURNS state LANGUAGE sql IMMUTABLE RETURN $1::state;
				CREATE TABLE t (id int PRIMARY KEY, doc jsonb NOT NULL,
					name varchar(12) NOT NULL GENERATED ALWAYS AS (doc ->> 'name') STORED,
					current state NOT NULL GENERATED ALWAYS AS (state_of(doc #>> '{state, current}')) STORED,
					started date NOT NULL GENERATED ALWAYS AS (make_date((doc ->> 'year')::int, (doc ->> 'month')::int, 1)) STORED,
					share float8 NOT NULL GENERATED ALWAYS AS (CAST(doc ->> 'share' AS float8)) STORED,
					ready boolean NOT NULL GENERATED ALWAYS AS (CAST(jsonb_extract_path_text(doc, 'flags', 'ready') AS boolean)) STORED,
					worker uuid NOT NULL GENERATED ALWAYS AS ((doc -> 'worker' ->> 'id')::uuid) STORED,
					pause interval GENERATED ALWAYS AS (span(doc ->> 'pause')) STORED,
					maybe text GENERATED ALWAYS AS (doc ->> 'maybe') STORED)`,
			checks: []string{
				"SELECT count(DISTINCT current) = 3 AND count(pause) > 100 AND count(maybe) BETWEEN 100 AND 199 FROM t",
				"SELECT bool_and(doc ? 'maybe' = (maybe IS NOT NULL)) FROM t", // a leaf that is null is left out
			},
		},
		{
			name: "functions around what is read",
			ddl: `CREATE FUNCTION as_time(text) RETURNS timestamptz LANGUAGE sql IMMUTABLE RETURN $1::timestamptz;
				CREATE FUNCTION as_time_too(moment text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS 'SELECT as_time($1)';
				CREATE FUNCTION as_count(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ DECLARE n int; BEGIN n := $1; RETURN n; END $$;
				CREATE TABLE t (id int PRIMARY KEY, doc json NOT NULL,
					at timestamptz NOT NULL GENERATED ALWAYS AS (as_time(doc ->> 'at')) STORED,
					due timestamptz NOT NULL GENERATED ALWAYS AS (as_time_too(doc ->> 'due')) STORED,
					n int NOT NULL GENERATED ALWAYS AS (as_count(doc ->> 'n')) STORED,
					CHECK (at < due))`,
		},
		{
			name: "unique",
			ddl: `CREATE TABLE a (id int PRIMARY KEY);
				CREATE TABLE t (id int PRIMARY KEY, a_id int NOT NULL REFERENCES a, doc jsonb NOT NULL, slug text GENERATED ALWAYS AS (doc ->> 'slug') STORED UNIQUE);
				CREATE UNIQUE INDEX ON t (a_id, lower(doc ->> 'code')); CREATE UNIQUE INDEX ON t (((doc ->> 'serial')::bigint));
				CREATE UNIQUE INDEX ON t ((doc -> 'ref' ->> 'uid')) WHERE doc ->> 'status' = 'live'; CREATE UNIQUE INDEX ON t ((doc ->> 'kind'), (doc ->> 'number'));
				CREATE UNIQUE INDEX ON t ((coalesce(doc ->> 'one', 'none')))`,
			checks: []string{"SELECT count(DISTINCT slug) > 100 AND count(DISTINCT doc ->> 'serial') > 100 FROM t"},
		},
		{
			name: "checks of keys and types",
			ddl: `CREATE TABLE t (id int PRIMARY KEY, doc jsonb NOT NULL,
				CHECK (doc ?& ARRAY['owner', 'low']), CHECK (doc ? 'a' OR doc ? 'b'), CHECK (doc ->> 'status' IN ('draft', 'live')),
				CHECK (jsonb_typeof(doc -> 'tags') = 'array' AND jsonb_array_length(doc -> 'tags') BETWEEN 2 AND 3), CHECK (jsonb_typeof(doc -> 'name') = 'string' AND length(doc ->> 'name') <= 8),
				CHECK (jsonb_typeof(doc -> 'low') = 'number' AND (doc ->> 'low')::int < (doc ->> 'high')::int), CHECK (doc ->> 'email' ~ '^[^@]+@[^@]+$'))`,
			checks: []string{"SELECT bool_and(doc ->> 'status' IS NOT NULL) IS FALSE OR count(DISTINCT doc ->> 'status') = 2 FROM t"},
		},
		{
			name: "documents that may be missing",
			ddl: `CREATE TABLE free (id int PRIMARY KEY, doc jsonb); CREATE INDEX ON free ((doc ->> 'email'));
				CREATE TABLE tied (id int PRIMARY KEY, doc jsonb, CHECK (doc IS NULL OR (doc ->> 'n')::int > 5 AND doc ->> 'n' IS NOT NULL));
				CREATE TABLE needed (id int PRIMARY KEY, doc jsonb, n int NOT NULL GENERATED ALWAYS AS ((doc ->> 'n')::int) STORED)`,
			checks: []string{
				"SELECT count(doc) BETWEEN 100 AND 199 AND bool_and(doc ->> 'email' LIKE '%@%') FROM free",
				"SELECT count(doc) BETWEEN 20 AND 200 FROM tied", "SELECT count(doc) = 200 FROM needed",
			},
		},
		{
			name:   "documents that contain others",
			ddl:    `CREATE TABLE t (id int PRIMARY KEY, doc jsonb NOT NULL CHECK (doc @> '{"v": 1, "is": {"on": true, "kind": "x"}}'), other jsonb NOT NULL CHECK (other @> '{"a": "b"}' OR other @> '{"c": 2.5}'), CHECK (NOT doc @> '{"gone": true}'))`,
			checks: []string{`SELECT count(*) > 20 FROM t WHERE other @> '{"a": "b"}'`, `SELECT count(*) > 20 FROM t WHERE other @> '{"c": 2.5}'`},
		},
		{
			name: "arrays and documents that are compared as a whole", // nothing of it is a leaf
			ddl:  `CREATE TABLE t (id int PRIMARY KEY, doc jsonb NOT NULL, CHECK (doc -> 0 ->> 'a' = 'x'), list jsonb NOT NULL CHECK (list @> '{"kind": "b"}' OR list = '{}'))`,
		},
	})
}

// TestBounds fills tables whose ranges have bounds that other columns, or each other, decide.
func TestBounds(t *testing.T) {
	t.Parallel()
	fill(t, []filling{{
		name: "bounds that are other columns",
		ddl: `CREATE DOMAIN moment AS timestamptz;
			CREATE TABLE token (id int PRIMARY KEY, valid tstzrange NOT NULL, active tstzrange NOT NULL, issued moment NOT NULL, deleted timestamptz, seen moment,
				CHECK (lower(valid) = issued), CHECK (upper(valid) = deleted), CHECK (lower(active) = issued AND upper(active) <= upper(valid)), CHECK (seen > upper(active)));
			CREATE TABLE shift (id int PRIMARY KEY, during tsrange, began timestamp NOT NULL, ended timestamp, CHECK (lower(during) = began), CHECK (upper(during) = ended OR ended IS NULL AND upper_inf(during)));
			CREATE TABLE span (id int PRIMARY KEY, r int4range NOT NULL CHECK (upper(r) - lower(r) = 10 AND lower_inc(r) AND NOT isempty(r)), d daterange CHECK (upper(d) - lower(d) BETWEEN 3 AND 5))`,
		checks: []string{"SELECT count(deleted) > 100 AND count(upper(valid)) > 100 FROM token", "SELECT count(during) BETWEEN 50 AND 199 FROM shift", "SELECT count(d) BETWEEN 100 AND 200 FROM span"},
	}})
}
