-- Indexes of the tables $1, those of constraints too. Keys are told by numbers: of columns, operator classes, collations.
SELECT
    i.indrelid,
    i.indexrelid,
    n.nspname,
    c.relname,
    am.amname,
    i.indnkeyatts,
    i.indkey::int2[], -- included columns come after the keys; 0 stands for an expression
    i.indclass::oid[],
    i.indcollation::oid[],
    i.indoption::int2[],
    -- Expressions and the collations of their types, both with an element per key; empty if there is none.
    CASE WHEN i.indexprs IS NULL THEN '{}' ELSE ARRAY(
        SELECT CASE WHEN i.indkey[g] = 0 THEN coalesce(pg_get_indexdef(i.indexrelid, g + 1, false), '') ELSE '' END
        FROM generate_series(0, i.indnkeyatts - 1) AS g ORDER BY g) END,
    CASE WHEN i.indexprs IS NULL THEN '{}' ELSE ARRAY(
        SELECT t.typcollation FROM pg_attribute AS e JOIN pg_type AS t ON t.oid = e.atttypid
        WHERE e.attrelid = i.indexrelid AND e.attnum BETWEEN 1 AND i.indnkeyatts ORDER BY e.attnum) END,
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
WHERE i.indrelid = ANY ($1::oid[])
ORDER BY i.indrelid, c.relname
