package seed_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed"
)

// TestUncheckedKeys: PostgreSQL checks a foreign key as the owner of the referenced table. Where that role lacks the rights,
// the key is taken off for the load, or the table that it lets nobody insert into is said before anything is loaded.
func TestUncheckedKeys(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, ddl, advice string
	}{
		{
			name:   "a schema",
			ddl:    `CREATE TABLE "Hid den".part (id int PRIMARY KEY); ALTER TABLE "Hid den".part OWNER TO ROLE;`,
			advice: `GRANT USAGE ON SCHEMA "Hid den" TO ROLE;`,
		},
		{
			name: "a table",
			ddl: `GRANT USAGE ON SCHEMA "Hid den" TO ROLE; CREATE TABLE "Hid den".part (id int PRIMARY KEY); ALTER TABLE "Hid den".part OWNER TO ROLE;
				REVOKE UPDATE ON "Hid den".part FROM ROLE;`,
			advice: `GRANT SELECT, UPDATE ON "Hid den".part TO ROLE;`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dsn := pgtest.Database(t)
			conn := pgtest.Connect(t, dsn)
			role := "warden_" + strings.TrimPrefix(conn.Config().Database, "test_")
			for _, statement := range []string{"CREATE ROLE " + role + " LOGIN PASSWORD 'x'", `CREATE SCHEMA "Hid den"`} {
				pgtest.Execute(t, conn, statement)
			}
			t.Cleanup(func() {
				if _, err := conn.Exec(context.WithoutCancel(t.Context()), "DROP OWNED BY "+role+" CASCADE; DROP ROLE "+role); err != nil {
					t.Error(err)
				}
			})
			pgtest.Execute(t, conn, strings.ReplaceAll(test.ddl, "ROLE", role))
			pgtest.Execute(t, conn, `CREATE TABLE machine (id int PRIMARY KEY, part_id int NOT NULL REFERENCES "Hid den".part);
				CREATE TABLE spare (id int PRIMARY KEY, part_id int REFERENCES "Hid den".part);
				CREATE TABLE other (id int PRIMARY KEY)`)
			advice := strings.ReplaceAll(test.advice, "ROLE", role)

			// In place, it lets nothing but null in.
			opts := seed.Options{Rows: 50, Seed: 1, NullShare: -1, KeepConstraints: true}
			_, err := seed.Run(t.Context(), conn.Config(), opts)
			var unfillable *seed.UnfillableError
			if !errors.As(err, &unfillable) || len(unfillable.Tables) != 1 || unfillable.Tables[0].Table != "public.machine" || !strings.Contains(err.Error(), advice) {
				t.Fatalf("constraints kept: %v, want %s", err, advice)
			}
			if pgtest.Value[bool](t, conn, "SELECT EXISTS (SELECT FROM other)") {
				t.Error("something was loaded")
			}
			opts.SkipUnfillable = true
			result, err := seed.Run(t.Context(), conn.Config(), opts)
			if err != nil || len(result.Unfillable) != 1 {
				t.Fatalf("skipped: %v, %+v", err, result)
			}
			if !pgtest.Value[bool](t, conn, `SELECT (SELECT count(*) FROM spare WHERE part_id IS NULL) = 50 AND (SELECT count(*) FROM "Hid den".part) = 50`) {
				t.Error("spare or part lacks rows")
			}

			// Taken off, it is checked by whoever puts it back.
			pgtest.Execute(t, conn, `TRUNCATE machine, spare, other, "Hid den".part`)
			result, err = seed.Run(t.Context(), conn.Config(), seed.Options{Rows: 50, Seed: 1, NullShare: -1})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(result.Warnings, "\n"), advice) {
				t.Errorf("warnings %q, want %s", result.Warnings, advice)
			}
			if !pgtest.Value[bool](t, conn, `SELECT (SELECT count(*) FROM machine JOIN "Hid den".part ON part.id = part_id) = 50 AND EXISTS (SELECT FROM spare WHERE part_id IS NOT NULL)
				AND (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated) = 2`) {
				t.Error("rows or keys are missing")
			}
			if _, err := conn.Exec(t.Context(), "INSERT INTO machine SELECT 1000000, id FROM \"Hid den\".part LIMIT 1"); err == nil {
				t.Error("the server lets rows in: the test is about nothing")
			}
			pgtest.Execute(t, conn, advice)
			pgtest.Execute(t, conn, `INSERT INTO machine SELECT 1000000, id FROM "Hid den".part LIMIT 1`)
		})
	}
}
