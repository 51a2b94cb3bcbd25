-- Tables: relations that can hold or route rows, without the system's, temporary ones and, unless $2, those that
-- belong to an extension. $1 is a list of schemas, empty for all.
SELECT
    c.oid,
    n.nspname,
    c.relname,
    c.relkind::text,
    pg_get_userbyid(c.relowner),
    coalesce(obj_description(c.oid, 'pg_class'), ''),
    c.relpersistence = 'u',
    coalesce(pg_get_expr(c.relpartbound, c.oid), ''),
    -- The parents: one partitioned table, or any number of inherited ones. Two lists that pair up.
    ARRAY(SELECT pn.nspname::text FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhparent
          JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
          WHERE i.inhrelid = c.oid AND NOT i.inhdetachpending ORDER BY i.inhseqno),
    ARRAY(SELECT p.relname::text FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhparent
          WHERE i.inhrelid = c.oid AND NOT i.inhdetachpending ORDER BY i.inhseqno),
    c.relispartition,
    c.relrowsecurity,
    c.relforcerowsecurity,
    c.reltuples::float8,
    coalesce(pg_relation_size(c.oid) / current_setting('block_size')::int, 0),
    coalesce(pg_table_size(c.oid), 0),
    CASE c.relreplident WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' ELSE 'index' END,
    -- Whether one may look into it, and sees all of it.
    coalesce(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid), false)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f')
  AND c.relpersistence <> 't'
  AND left(n.nspname, 3) <> 'pg_'
  AND n.nspname <> 'information_schema'
  AND (cardinality($1::text[]) = 0 OR n.nspname = ANY ($1::text[]))
  AND ($2::bool OR NOT EXISTS (
      SELECT FROM pg_depend AS d
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'))
ORDER BY n.nspname, c.relname
