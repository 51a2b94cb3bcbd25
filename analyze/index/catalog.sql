-- Tables by qualified name with what the planner knows of them. Pages are the relation's real size.
SELECT c.oid, n.nspname, c.relname, c.relkind::text,
       greatest(c.reltuples, 0)::float8,
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) / current_setting('block_size')::int ELSE 0 END::float8 AS pages,
       greatest(c.relallvisible, 0)::float8,
       c.reltuples >= 0 AS analysed,
       c.relpersistence::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN unnest($1::text[], $2::text[]) AS wanted(schema, name) ON wanted.schema = n.nspname AND wanted.name = c.relname
WHERE c.relkind IN ('r', 'm', 'p')
ORDER BY n.nspname, c.relname
