-- What a type of any of these names can execute: checks and defaults of domains, and those of the types inside it.
WITH RECURSIVE reached AS (
    SELECT t.oid FROM pg_type t WHERE t.typname = ANY ($1) AND (t.oid >= 16384 OR t.typtype <> 'b')
    UNION
    SELECT x.oid FROM reached r
    JOIN pg_type t ON t.oid = r.oid
    LEFT JOIN pg_attribute a ON a.attrelid = t.typrelid AND t.typrelid <> 0 AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_range g ON g.rngtypid = t.oid
    CROSS JOIN LATERAL unnest(ARRAY[t.typbasetype, t.typelem, a.atttypid, g.rngsubtype]) AS x(oid)
    WHERE x.oid >= 16384
)
SELECT r.oid::regtype::text, pg_get_constraintdef(k.oid), '{}'::oid[]
FROM reached r JOIN pg_constraint k ON k.contypid = r.oid
UNION ALL
SELECT r.oid::regtype::text, pg_get_expr(t.typdefaultbin, 0), '{}'
FROM reached r JOIN pg_type t ON t.oid = r.oid WHERE t.typdefaultbin IS NOT NULL
UNION ALL
SELECT r.oid::regtype::text, '', array_agg(f.oid)
FROM reached r JOIN pg_range g ON g.rngtypid = r.oid
CROSS JOIN LATERAL unnest(ARRAY[g.rngcanonical, g.rngsubdiff]::oid[]) AS f(oid) WHERE f.oid >= 16384
GROUP BY 1, 2
