-- Their columns with statistics; of inherited and plain statistics the inherited.
SELECT DISTINCT ON (a.attrelid, a.attnum)
       a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), t.typcategory::text, bt.typname, a.attnotnull,
       coalesce(s.null_frac, 0)::float8, coalesce(s.avg_width, CASE WHEN t.typlen > 0 THEN t.typlen ELSE 32 END)::float8,
       coalesce(s.n_distinct, 0)::float8,
       coalesce((SELECT max(f) FROM unnest(s.most_common_freqs) f), 0)::float8 AS top_frequency,
       CASE WHEN s.n_distinct BETWEEN 1 AND 100 AND bt.typcategory <> 'A' THEN coalesce(s.most_common_vals::text::text[], '{}') ELSE '{}' END AS kinds,
       coalesce(s.most_common_freqs, '{}')::float8[] AS kind_shares,
       CASE WHEN co.oid IS NULL THEN false
            WHEN co.collname = 'default' THEN (SELECT datcollate NOT IN ('C', 'POSIX') FROM pg_database WHERE datname = current_database())
            ELSE coalesce(co.collcollate, '') NOT IN ('C', 'POSIX') END AS linguistic,
       EXISTS (SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod
               WHERE m.amname = 'btree' AND o.opcdefault AND o.opcintype IN (t.oid, bt.oid)) OR bt.typtype IN ('e', 'r', 'm') OR bt.typcategory = 'A' OR bt.typname = 'varchar' AS sortable
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type bt ON bt.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_collation co ON co.oid = a.attcollation
LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum, s.inherited DESC NULLS LAST
