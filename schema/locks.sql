-- Relations of this database that some session holds an ACCESS EXCLUSIVE lock on.
SELECT DISTINCT format('%I.%I', n.nspname, c.relname), l.pid
FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_database AS d ON d.oid = l.database AND d.datname = current_database()
WHERE l.locktype = 'relation'
  AND l.mode = 'AccessExclusiveLock'
  AND l.granted
  AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
  AND c.relkind IN ('r', 'p', 'f', 'm')
ORDER BY 1
LIMIT 10
