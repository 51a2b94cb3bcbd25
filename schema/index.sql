-- Indexes of the tables $1, those of constraints too.
SELECT
    i.indrelid,
    i.indexrelid,
    n.nspname,
    c.relname,
    am.amname,
    k.columns,
    k.expressions,
    k.opclasses,
    k.collations,
    k.options,
    ARRAY(SELECT a.attname::text FROM generate_series(i.indnkeyatts, i.indnatts - 1) AS g
          JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[g] ORDER BY g),
    coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
    i.indisunique,
    i.indnullsnotdistinct, -- since 15
    false, -- before 15
    i.indisprimary,
    coalesce(con.conname, ''),
    i.indisvalid,
    i.indisclustered,
    i.indisreplident,
    coalesce(pn.nspname, ''),
    coalesce(p.relname, ''),
    coalesce(pg_relation_size(i.indexrelid), 0),
    coalesce(pg_stat_get_numscans(i.indexrelid), 0),
    coalesce(pg_get_indexdef(i.indexrelid), '')
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_constraint AS con ON con.conindid = i.indexrelid AND con.conrelid = i.indrelid AND con.contype IN ('p', 'u', 'x')
LEFT JOIN pg_inherits AS inh ON inh.inhrelid = i.indexrelid
LEFT JOIN pg_class AS p ON p.oid = inh.inhparent
LEFT JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
-- Lists with one element per key, which pair up. A column is '' where an expression stands, and the other way round.
CROSS JOIN LATERAL (
    SELECT
        array_agg(coalesce(a.attname::text, '') ORDER BY g) AS columns,
        array_agg(CASE WHEN i.indkey[g] = 0 THEN pg_get_indexdef(i.indexrelid, g + 1, false) ELSE '' END ORDER BY g) AS expressions,
        array_agg(CASE WHEN coalesce(oc.opcdefault, true) THEN ''
                       WHEN ocn.nspname = 'pg_catalog' THEN quote_ident(oc.opcname)
                       ELSE format('%I.%I', ocn.nspname, oc.opcname) END ORDER BY g) AS opclasses,
        array_agg(CASE WHEN i.indcollation[g] = 0 OR i.indcollation[g] = coalesce(a.attcollation, et.typcollation) THEN ''
                       ELSE coalesce(format('%I.%I', cn.nspname, co.collname), '') END ORDER BY g) AS collations,
        array_agg(i.indoption[g] ORDER BY g) AS options
    FROM generate_series(0, i.indnkeyatts - 1) AS g
    LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[g] AND i.indkey[g] <> 0
    -- The index's own column tells the type of an expression.
    LEFT JOIN pg_attribute AS e ON e.attrelid = i.indexrelid AND e.attnum = g + 1
    LEFT JOIN pg_type AS et ON et.oid = e.atttypid
    LEFT JOIN pg_opclass AS oc ON oc.oid = i.indclass[g]
    LEFT JOIN pg_namespace AS ocn ON ocn.oid = oc.opcnamespace
    LEFT JOIN pg_collation AS co ON co.oid = i.indcollation[g]
    LEFT JOIN pg_namespace AS cn ON cn.oid = co.collnamespace
) AS k
WHERE i.indrelid = ANY ($1::oid[])
ORDER BY i.indrelid, c.relname
