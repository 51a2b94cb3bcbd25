-- What using a relation of any of these names can execute, as text: the definitions of views and of their rules, row
-- security policies, and, where it is written to ($2), defaults, generated columns, checks, triggers, and the tables
-- that its foreign keys and partitions reach. Kind F is a foreign table, which another server or program executes.
WITH RECURSIVE reached AS (
    SELECT c.oid, c.relkind FROM pg_class c WHERE c.relname = ANY ($1)
    UNION
    SELECT c.oid, c.relkind FROM reached r
    JOIN (SELECT inhparent AS from_oid, inhrelid AS to_oid FROM pg_inherits
          UNION SELECT confrelid, conrelid FROM pg_constraint WHERE contype = 'f' AND $2) step ON step.from_oid = r.oid
    JOIN pg_class c ON c.oid = step.to_oid
)
SELECT r.oid, r.relkind::text, r.oid::regclass::text, pg_get_ruledef(w.oid) AS text, '{}'::oid[] AS functions
FROM reached r JOIN pg_rewrite w ON w.ev_class = r.oid
WHERE (r.oid >= 16384 OR r.relkind = 'v') AND ($2 OR w.ev_type = '1')
UNION ALL
SELECT r.oid, 'F', r.oid::regclass::text, '', '{}' FROM reached r WHERE r.relkind = 'f'
UNION ALL
SELECT r.oid, r.relkind::text, r.oid::regclass::text,
       coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''), '{}'
FROM reached r JOIN pg_policy p ON p.polrelid = r.oid
UNION ALL
SELECT r.oid, r.relkind::text, r.oid::regclass::text, pg_get_expr(d.adbin, d.adrelid), '{}'
FROM reached r JOIN pg_attrdef d ON d.adrelid = r.oid
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE $2 OR a.attgenerated <> ''
UNION ALL
SELECT r.oid, r.relkind::text, r.oid::regclass::text, 'nextval(identity)', '{}'
FROM reached r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attidentity <> '' WHERE $3
UNION ALL
SELECT r.oid, r.relkind::text, r.oid::regclass::text, pg_get_constraintdef(k.oid), '{}'
FROM reached r JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype = 'c' WHERE $2
UNION ALL
-- The keys by which a row finds its partition, of the table itself and of those above it.
SELECT r.oid, r.relkind::text, r.oid::regclass::text, pg_get_partkeydef(k.relid), '{}'
FROM reached r CROSS JOIN LATERAL (SELECT r.oid AS relid UNION SELECT relid FROM pg_partition_ancestors(r.oid)) k
JOIN pg_partitioned_table t ON t.partrelid = k.relid WHERE $2
UNION ALL
SELECT r.oid, r.relkind::text, r.oid::regclass::text,
       coalesce(pg_get_expr(i.indexprs, i.indrelid), '') || ' ' || coalesce(pg_get_expr(i.indpred, i.indrelid), ''), '{}'
FROM reached r JOIN pg_index i ON i.indrelid = r.oid WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
UNION ALL
SELECT r.oid, r.relkind::text, r.oid::regclass::text, '', array_agg(t.tgfoid)
FROM reached r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D' WHERE $2
GROUP BY 1, 2, 3
UNION ALL
-- The types of its columns, by name: their domains' checks are looked up like any type's.
SELECT r.oid, 'T', r.oid::regclass::text, string_agg(DISTINCT quote_ident(t.typname), ' '), '{}'
FROM reached r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid WHERE t.oid >= 16384
GROUP BY 1, 2, 3
