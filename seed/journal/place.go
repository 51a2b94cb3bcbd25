package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// mark begins the comment of a schema that holds a journal: by it and by its tables the schema is told from one of the
// same name that is somebody else's.
const mark = "The journal of a load by pgassay."

// places lists the names that the journal's schema may have, the usual one first.
func places() []string {
	names := []string{"pgassay", "pgassay_journal"}
	for i := 2; i <= 9; i++ {
		names = append(names, fmt.Sprintf("pgassay_journal_%d", i))
	}
	return names
}

// Locate returns the name of the schema that holds the journal, or "" if there is none.
func Locate(ctx context.Context, q Querier) (string, error) {
	name, err := one(ctx, q, `
		SELECT n.nspname::text FROM pg_namespace AS n
		WHERE n.nspname = ANY ($1::text[]) AND starts_with(obj_description(n.oid, 'pg_namespace'), $2)
		  AND (SELECT count(*) FROM pg_class AS c WHERE c.relnamespace = n.oid AND c.relkind = 'r' AND c.relname IN ('run', 'target', 'part', 'parked')) = 4
		ORDER BY 1 LIMIT 1`, places(), mark)
	if err != nil {
		return "", fmt.Errorf("look for the journal: %w", err)
	}
	return name, nil
}

// vacant returns the first name that no schema has.
func vacant(ctx context.Context, q Querier) (string, error) {
	name, err := one(ctx, q, `
		SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS p (name, i)
		WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = name)
		ORDER BY i LIMIT 1`, places())
	if err != nil {
		return "", fmt.Errorf("look for a free name of a schema: %w", err)
	}
	if name == "" {
		return "", errors.New("no name is free for the journal's schema: drop or rename one of " + strings.Join(places(), ", "))
	}
	return name, nil
}

// one runs a query that gives one name or none, which is "".
func one(ctx context.Context, q Querier, sql string, args ...any) (string, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return "", err
	}
	name, err := pgx.CollectOneRow(rows, pgx.RowTo[string])
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return name, err
}

// in puts the name of the journal's schema, one of places, into a statement, where {journal} stands for it.
func in(place, statement string) string { return strings.ReplaceAll(statement, "{journal}", place) }
