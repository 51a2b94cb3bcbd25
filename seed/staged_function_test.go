package seed_test

import "testing"

// TestFunctionsThatNameSchemas fills tables whose CHECKs call functions that look rows up in tables which they name by their schemas.
func TestFunctionsThatNameSchemas(t *testing.T) {
	t.Parallel()
	fill(t, []filling{{
		name: "roles of a type",
		ddl: `CREATE SCHEMA auth; CREATE TABLE auth.role (id int PRIMARY KEY, type text NOT NULL CHECK (type IN ('user', 'machine')));
			CREATE FUNCTION auth.type_of(rid int) RETURNS text LANGUAGE sql STABLE AS 'SELECT type FROM auth."role" WHERE id = rid';
			CREATE FUNCTION auth.role_is(rid int, t text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN auth.type_of(rid) = t; END $$;
			CREATE TABLE user_role (id int PRIMARY KEY, role_id int NOT NULL REFERENCES auth.role, CHECK (auth.role_is(role_id, 'user')));
			CREATE TABLE machine_role (id int PRIMARY KEY, role_id int NOT NULL REFERENCES auth.role, CHECK (auth.role_is(role_id, 'machine')))`,
		checks: []string{"SELECT count(*) = 0 FROM pg_proc WHERE pronamespace::regnamespace::text LIKE 'pg_temp%'"},
	}})
}
