package seed_test

import "testing"

// TestFunctionsInChecks fills tables whose CHECKs call functions of which each is one expression.
func TestFunctionsInChecks(t *testing.T) {
	t.Parallel()
	fill(t, []filling{
		{
			name: "alternatives with comments between them",
			ddl: `CREATE FUNCTION storable(text varchar) RETURNS boolean LANGUAGE plpgsql AS $$
				begin
					return -- either; or
						text ~ '^[0-9a-f]{2};[0-9a-f]{6}$' or /* as it was; */
						text ~ '^v[0-9]/([a-z]+/)?[0-9a-f]{12}$';
				end; $$;
				CREATE TABLE file (id int PRIMARY KEY, path varchar NOT NULL CHECK (storable(path)), thumbnail varchar CHECK (storable(thumbnail)), CHECK (length(path) BETWEEN 3 AND 20))`,
			checks: []string{"SELECT count(DISTINCT path) > 100 FROM file", "SELECT count(thumbnail) > 50 FROM file"},
		},
		{
			name: "a domain, in SQL's own syntax",
			ddl: `CREATE FUNCTION is_plate(plate text, letters int DEFAULT 3) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN plate ~ '^[A-Z]{3}-[0-9]{4}$' AND length(plate) > letters;
				CREATE DOMAIN plate AS text CHECK (is_plate(VALUE, 2));
				CREATE FUNCTION is_colour(text) RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT $1 ~ '^#[0-9a-f]{6}$'; END;
				CREATE TABLE car (plate plate PRIMARY KEY, colour text NOT NULL CHECK (is_colour(colour)), second plate, earlier plate[])`,
			checks: []string{"SELECT count(*) > 20 FROM car WHERE earlier <> '{}'"},
		},
		{
			name: "functions of the same name",
			ddl: `CREATE FUNCTION tidy(v int) RETURNS boolean LANGUAGE sql AS 'SELECT v % 7 = 0';
				CREATE FUNCTION tidy(v text) RETURNS boolean LANGUAGE sql AS $$SELECT v ~ '^[A-Z]{2}[0-9]{5}X$'$$;
				CREATE TABLE n (v int NOT NULL CHECK (tidy(v)));
				CREATE TABLE s (v text NOT NULL CHECK (tidy(v)))`,
			checks: []string{"SELECT count(DISTINCT v) > 100 FROM s"},
		},
		{
			name: "branches, some of which raise",
			ddl: `CREATE FUNCTION valid_reference(kind text, reference text) RETURNS boolean LANGUAGE plpgsql AS $$
				BEGIN
					IF kind = 'isbn' THEN RETURN valid_reference.reference ~ '^97[89]-[0-9]{10}$';
					ELSIF kind NOT IN ('isbn', 'doi') THEN RAISE EXCEPTION 'no such kind: %', kind; END IF;
					RETURN reference ~ '^10\.[0-9]{4}/[a-z0-9]{5}$';
				END $$;
				CREATE TABLE source (id int PRIMARY KEY, kind text NOT NULL, reference text NOT NULL, CHECK (valid_reference(kind, reference)))`,
			checks: []string{"SELECT count(DISTINCT kind) = 2 FROM source"},
		},
		{
			name: "strict, so that null is let through",
			ddl: `CREATE FUNCTION serial_of(maker text, serial text) RETURNS boolean LANGUAGE sql STRICT AS $$SELECT maker IS NOT NULL AND serial ~ '^S/[0-9]{4}-[A-F]{4}$'$$;
				CREATE TABLE device (id int PRIMARY KEY, maker text, serial text NOT NULL, CHECK (serial_of(maker, serial)))`,
		},
		{
			name: "a function that calls others",
			ddl: `CREATE FUNCTION trimmed(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT btrim(t) AS t';
				CREATE FUNCTION is_code(t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF t IS NULL THEN RETURN true; END IF; RETURN public.trimmed(t) = t AND t ~ '^c:[0-9]{6}:[a-z]{6}$'; END $$;
				CREATE TABLE coded (id int PRIMARY KEY, code text NOT NULL CHECK (is_code(code)))`,
		},
	})
}
