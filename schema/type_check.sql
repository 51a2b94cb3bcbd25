-- CHECK constraints of the domains $1.
SELECT c.contypid, c.conname, c.convalidated, coalesce(pg_get_expr(c.conbin, 0), ''), coalesce(pg_get_constraintdef(c.oid), '')
FROM pg_constraint AS c
WHERE c.contypid = ANY ($1::oid[]) AND c.contype = 'c'
ORDER BY c.contypid, c.conname
