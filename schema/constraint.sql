-- Constraints of the tables $1. NOT NULL ones (contype n, PostgreSQL 18) are told by the columns, and constraint
-- triggers (contype t) by the triggers.
SELECT
    c.conrelid,
    c.conname,
    c.contype::text,
    ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (attnum, place)
          JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.attnum ORDER BY k.place),
    c.condeferrable,
    c.condeferred,
    c.convalidated,
    c.conenforced, -- since 18
    true, -- before 18
    c.conperiod, -- since 18
    false, -- before 18
    c.connoinherit,
    c.coninhcount > 0,
    coalesce(pg_get_constraintdef(c.oid), ''),
    -- Of a primary or unique key.
    coalesce(i.indnullsnotdistinct, false), -- since 15
    false, -- before 15
    -- Of a foreign key.
    coalesce(rn.nspname, ''),
    coalesce(r.relname, ''),
    ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY AS k (attnum, place)
          JOIN pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = k.attnum ORDER BY k.place),
    c.confdeltype::text,
    c.confupdtype::text,
    c.confmatchtype = 'f',
    -- Of a check.
    CASE WHEN c.contype = 'c' THEN coalesce(pg_get_expr(c.conbin, c.conrelid), '') ELSE '' END,
    -- Of an exclusion: operators, and from its index the elements ('' for a column where an expression stands), the
    -- method and the predicate.
    ARRAY(SELECT o.oprname::text FROM unnest(c.conexclop) WITH ORDINALITY AS k (oid, place)
          JOIN pg_operator AS o ON o.oid = k.oid ORDER BY k.place),
    CASE WHEN c.contype = 'x' THEN ARRAY(
        SELECT coalesce(a.attname::text, '') FROM generate_series(0, i.indnkeyatts - 1) AS k
        LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k] AND i.indkey[k] <> 0 ORDER BY k)
    ELSE '{}' END,
    CASE WHEN c.contype = 'x' THEN ARRAY(
        SELECT CASE WHEN i.indkey[k] = 0 THEN coalesce(pg_get_indexdef(i.indexrelid, k + 1, false), '') ELSE '' END
        FROM generate_series(0, i.indnkeyatts - 1) AS k ORDER BY k)
    ELSE '{}' END,
    coalesce(am.amname, ''),
    CASE WHEN c.contype = 'x' THEN coalesce(pg_get_expr(i.indpred, i.indrelid), '') ELSE '' END
FROM pg_constraint AS c
LEFT JOIN pg_class AS r ON r.oid = c.confrelid
LEFT JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
LEFT JOIN pg_index AS i ON i.indexrelid = c.conindid AND c.contype IN ('p', 'u', 'x')
LEFT JOIN pg_class AS ic ON ic.oid = i.indexrelid
LEFT JOIN pg_am AS am ON am.oid = ic.relam
-- A foreign key to a partitioned table has a row for each partition that it may point to, which only carries out its
-- actions: it differs from its parent in what it references.
LEFT JOIN pg_constraint AS p ON p.oid = c.conparentid AND c.contype = 'f'
WHERE c.conrelid = ANY ($1::oid[])
  AND c.contype IN ('p', 'u', 'f', 'c', 'x')
  AND (p.oid IS NULL OR p.confrelid = c.confrelid)
ORDER BY c.conrelid, c.conname, c.oid
