-- Foreign keys of the tables $1 and their partitions that can't be checked when rows are inserted: PostgreSQL looks the
-- referenced row up, and locks it FOR KEY SHARE, as the owner of its table (src/backend/utils/adt/ri_triggers.c), who may have
-- lost the rights that this takes.
--
-- Taken off and put back, a key is checked by a join, as the role that adds it, if that role may read both tables and no
-- row-level security is in its way.
SELECT
    coalesce(pg_partition_root(c.conrelid)::oid, c.conrelid) AS relation,
    c.conname,
    o.rolname,
    rn.nspname,
    r.relname,
    has_schema_privilege(o.oid, rn.oid, 'USAGE') AS uses,
    has_database_privilege(current_database(), 'CREATE')
        AND pg_has_role(t.relowner, 'USAGE')
        AND has_table_privilege(t.oid, 'SELECT') AND has_table_privilege(r.oid, 'SELECT') AND has_table_privilege(r.oid, 'REFERENCES')
        AND has_schema_privilege(tn.oid, 'USAGE') AND has_schema_privilege(rn.oid, 'USAGE')
        AND NOT row_security_active(t.oid) AND NOT row_security_active(r.oid)
        AND NOT EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgconstraint = c.oid AND g.tgenabled <> 'O') AS comes_off
FROM pg_constraint AS c
JOIN pg_class AS t ON t.oid = c.conrelid
JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
JOIN pg_class AS r ON r.oid = c.confrelid
JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
JOIN pg_roles AS o ON o.oid = r.relowner
WHERE c.contype = 'f'
  AND c.conparentid = 0
  AND coalesce(pg_partition_root(c.conrelid)::oid, c.conrelid) = ANY ($1::oid[])
  AND NOT (
      has_schema_privilege(o.oid, rn.oid, 'USAGE')
      AND NOT EXISTS (SELECT FROM unnest(c.confkey) AS k (attnum) WHERE NOT has_column_privilege(o.oid, r.oid, k.attnum, 'SELECT'))
      AND has_any_column_privilege(o.oid, r.oid, 'UPDATE'))
ORDER BY 1, 2
