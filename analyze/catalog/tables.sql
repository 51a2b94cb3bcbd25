-- Tables by qualified name with what the planner and the statistics collector know of them. Pages are the relation's
-- real size.
SELECT c.oid, n.nspname, c.relname, c.relkind::text,
       greatest(c.reltuples, 0)::float8,
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) / current_setting('block_size')::int ELSE 0 END::float8 AS pages,
       greatest(c.relpages, 0)::float8,
       c.relpersistence = 't' AS temporary,
       EXISTS (SELECT FROM pg_statistic s WHERE s.starelid = c.oid) AS analysed,
       coalesce(st.n_mod_since_analyze, 0)::float8,
       coalesce(st.n_live_tup, 0)::float8,
       coalesce(st.n_tup_upd, 0)::float8, coalesce(st.n_tup_hot_upd, 0)::float8, coalesce(st.n_tup_del, 0)::float8,
       coalesce((SELECT option_value::float8 FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), 100),
       CASE WHEN c.relispartition THEN
           (SELECT quote_ident(rn.nspname) || '.' || quote_ident(r.relname) FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace WHERE r.oid = pg_partition_root(c.oid))
       END AS root,
       CASE WHEN c.relispartition THEN
           (SELECT ARRAY[rn.nspname, r.relname]::text[] FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace WHERE r.oid = pg_partition_root(c.oid))
       END AS root_names,
       CASE WHEN c.relispartition AND (SELECT max(level) = 1 FROM pg_partition_tree(pg_partition_root(c.oid))) THEN
           (SELECT array_agg(quote_ident(pn.nspname) || '.' || quote_ident(p.relname) ORDER BY p.relname)
            FROM pg_partition_tree(pg_partition_root(c.oid)) t JOIN pg_class p ON p.oid = t.relid JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE t.isleaf)
       END AS siblings,
       CASE WHEN c.relispartition THEN pg_get_partkeydef(pg_partition_root(c.oid)) END AS partition_key,
       CASE WHEN c.reltoastrelid <> 0 THEN pg_relation_size(c.reltoastrelid) ELSE 0 END::float8 AS toast_bytes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN unnest($1::text[], $2::text[]) AS wanted(schema, name) ON wanted.schema = n.nspname AND wanted.name = c.relname
LEFT JOIN pg_stat_all_tables st ON st.relid = c.oid
WHERE c.relkind IN ('r', 'm', 'p')
ORDER BY n.nspname, c.relname
