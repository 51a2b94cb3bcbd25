-- The functions behind operators of these names that users made.
SELECT DISTINCT f.oid
FROM pg_operator o
CROSS JOIN LATERAL unnest(ARRAY[o.oprcode, o.oprrest, o.oprjoin]::oid[]) AS f(oid)
WHERE o.oprname = ANY ($1) AND f.oid >= 16384
ORDER BY 1
