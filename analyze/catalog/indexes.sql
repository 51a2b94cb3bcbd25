-- Their indexes, key by key. Keys that are expressions have no column.
SELECT x.indrelid, i.relname, m.amname, x.indisunique, x.indisvalid, x.indisprimary,
       EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid) AS constrained,
       x.indisreplident, coalesce(pg_get_expr(x.indpred, x.indrelid, true), ''),
       pg_relation_size(i.oid)::float8, coalesce(st.idx_scan, 0)::float8, pg_get_indexdef(i.oid),
       (SELECT array_agg(coalesce(a.attname, '') ORDER BY k.n)
        FROM generate_series(1, x.indnkeyatts) AS k(n)
        LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[k.n - 1] AND a.attnum > 0) AS columns,
       (SELECT array_agg(CASE WHEN x.indkey[k.n - 1] = 0 THEN pg_get_indexdef(i.oid, k.n, true) ELSE '' END ORDER BY k.n)
        FROM generate_series(1, x.indnkeyatts) AS k(n)) AS expressions,
       (SELECT array_agg(CASE WHEN o.opcdefault THEN '' ELSE o.opcname END ORDER BY k.n)
        FROM generate_series(1, x.indnkeyatts) AS k(n)
        LEFT JOIN pg_opclass o ON o.oid = x.indclass[k.n - 1]) AS opclasses,
       (SELECT array_agg(x.indoption[k.n - 1]::int ORDER BY k.n) FROM generate_series(1, x.indnkeyatts) AS k(n)) AS options,
       (SELECT coalesce(array_agg(a.attname ORDER BY k.n), '{}')
        FROM generate_series(x.indnkeyatts + 1, x.indnatts) AS k(n)
        JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[k.n - 1]) AS include
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_am m ON m.oid = i.relam
LEFT JOIN pg_stat_all_indexes st ON st.indexrelid = x.indexrelid
WHERE x.indrelid = ANY ($1)
ORDER BY x.indrelid, i.relname
