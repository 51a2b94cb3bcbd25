-- The leaves below the partitioned table $1, what rows each takes, and how the tables between divide them up.
SELECT
    t.level,
    t.isleaf,
    c.relkind = 'f',
    coalesce(pg_get_partition_constraintdef(t.relid), ''),
    coalesce(pg_get_expr(c.relpartbound, c.oid), ''),
    coalesce(t.parentrelid::oid, 0),
    t.relid::oid
FROM pg_partition_tree($1::oid) AS t
JOIN pg_class AS c ON c.oid = t.relid
ORDER BY t.level, c.oid
