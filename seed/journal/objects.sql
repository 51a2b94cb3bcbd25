-- What can be taken off the tables $1 and put back exactly as it was. Each comes with all that a new definition would
-- not bring back by itself.
--
-- Foreign keys from and to the tables and their partitions, which may have some of their own; relation and referenced are the
-- tables that these are partitions of. Left out: those whose triggers somebody has switched (ALTER TABLE … DISABLE
-- TRIGGER ALL), and those of partitioned tables whose partitions have the constraint under another name, since adding it
-- again would rename it.
SELECT
    'foreign key' AS kind,
    n.nspname AS schema,
    t.relname AS table,
    c.conname AS name,
    coalesce(pg_partition_root(c.conrelid)::oid, c.conrelid) AS relation,
    coalesce(pg_partition_root(c.confrelid)::oid, c.confrelid) AS referenced,
    format('%I.%I', rn.nspname, r.relname) AS referenced_name,
    '' AS index_schema,
    pg_get_constraintdef(c.oid) AS definition,
    coalesce(obj_description(c.oid, 'pg_constraint'), '') AS comment,
    c.convalidated AS validated,
    -- VALIDATE leaves the constraints not valid that a key has for each partition of what it references.
    t.relkind = 'p' OR r.relkind = 'p' AS partitioned,
    '' AS state,
    '' AS tablespace,
    false AS clustered,
    false AS replica_identity,
    '{}'::int[] AS statistics_columns,
    '{}'::int[] AS statistics_targets,
    '{}'::text[] AS extensions
FROM pg_constraint AS c
JOIN pg_class AS t ON t.oid = c.conrelid
JOIN pg_namespace AS n ON n.oid = t.relnamespace
JOIN pg_class AS r ON r.oid = c.confrelid
JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
WHERE c.contype = 'f'
  AND c.conparentid = 0
  AND (coalesce(pg_partition_root(c.conrelid)::oid, c.conrelid) = ANY ($1::oid[]) OR coalesce(pg_partition_root(c.confrelid)::oid, c.confrelid) = ANY ($1::oid[]))
  AND pg_has_role(t.relowner, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgconstraint = c.oid AND g.tgenabled <> 'O')
  AND NOT EXISTS (
      WITH RECURSIVE parts AS (
          SELECT p.oid, p.conname, p.conrelid FROM pg_constraint AS p WHERE p.conparentid = c.oid
          UNION ALL
          SELECT p.oid, p.conname, p.conrelid FROM pg_constraint AS p JOIN parts ON p.conparentid = parts.oid)
      SELECT FROM parts WHERE parts.conname <> c.conname AND parts.conrelid <> c.conrelid
          OR EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgconstraint = parts.oid AND g.tgenabled <> 'O'))
  AND NOT EXISTS (SELECT FROM pg_seclabel AS s WHERE s.classoid = 'pg_constraint'::regclass AND s.objoid = c.oid)
UNION ALL
-- Indexes that are no constraint's. Left out: unique ones (they keep the load honest, and foreign keys lean on them),
-- those that are not valid, those of partitioned tables and their partitions, and those that something else depends on.
SELECT
    'index',
    n.nspname,
    t.relname,
    x.relname,
    i.indrelid,
    0,
    '',
    xn.nspname,
    pg_get_indexdef(i.indexrelid),
    coalesce(obj_description(i.indexrelid, 'pg_class'), ''),
    true,
    false,
    '',
    coalesce(s.spcname, ''),
    i.indisclustered,
    i.indisreplident,
    ARRAY(SELECT a.attnum::int FROM pg_attribute AS a
          WHERE a.attrelid = i.indexrelid AND coalesce(a.attstattarget, -1) >= 0 ORDER BY a.attnum),
    ARRAY(SELECT a.attstattarget::int FROM pg_attribute AS a
          WHERE a.attrelid = i.indexrelid AND coalesce(a.attstattarget, -1) >= 0 ORDER BY a.attnum),
    ARRAY(SELECT e.extname::text FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
          WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refclassid = 'pg_extension'::regclass
            AND d.deptype = 'x' ORDER BY 1)
FROM pg_index AS i
JOIN pg_class AS x ON x.oid = i.indexrelid
JOIN pg_namespace AS xn ON xn.oid = x.relnamespace
JOIN pg_class AS t ON t.oid = i.indrelid
JOIN pg_namespace AS n ON n.oid = t.relnamespace
LEFT JOIN pg_tablespace AS s ON s.oid = x.reltablespace
WHERE i.indrelid = ANY ($1::oid[])
  AND x.relkind = 'i'
  AND NOT i.indisunique AND NOT i.indisexclusion
  AND i.indisvalid AND i.indisready AND i.indislive
  AND NOT x.relispartition
  AND pg_has_role(t.relowner, 'USAGE')
  AND has_schema_privilege(xn.oid, 'CREATE')
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indexrelid)
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.deptype = 'e')
  AND NOT EXISTS (SELECT FROM pg_seclabel AS s WHERE s.classoid = 'pg_class'::regclass AND s.objoid = i.indexrelid)
UNION ALL
-- Enabled triggers of the tables and their partitions; constraint triggers that somebody has written, too. Before
-- PostgreSQL 15 the triggers that partitions have of their table count as internal, and only a superuser may switch them.
SELECT
    'trigger', n.nspname, t.relname, g.tgname, root.oid, 0, '', '', pg_get_triggerdef(g.oid), '', true, false,
    g.tgenabled::text, '', false, false, '{}', '{}', '{}'
FROM unnest($1::oid[]) AS root (oid)
CROSS JOIN LATERAL (SELECT root.oid UNION SELECT p.relid FROM pg_partition_tree(root.oid) AS p) AS tree
JOIN pg_class AS t ON t.oid = tree.oid
JOIN pg_namespace AS n ON n.oid = t.relnamespace
JOIN pg_trigger AS g ON g.tgrelid = t.oid
WHERE (NOT g.tgisinternal OR g.tgparentid <> 0 AND g.tgconstraint = 0 AND current_setting('is_superuser') = 'on')
  AND g.tgenabled IN ('O', 'A') AND pg_has_role(t.relowner, 'USAGE')
UNION ALL
-- Row-level security that holds for the owner too, where we are the owner and it holds for us.
SELECT
    'row security', n.nspname, t.relname, t.relname, t.oid, 0, '', '', 'FORCE ROW LEVEL SECURITY', '', true, false, '', '',
    false, false, '{}', '{}', '{}'
FROM pg_class AS t
JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE t.oid = ANY ($1::oid[]) AND t.relrowsecurity AND t.relforcerowsecurity
  AND row_security_active(t.oid) AND pg_has_role(t.relowner, 'USAGE')
ORDER BY 1, 2, 3, 4
