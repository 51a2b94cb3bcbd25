-- Installed extensions.
SELECT e.extname, e.extversion, n.nspname
FROM pg_extension AS e
JOIN pg_namespace AS n ON n.oid = e.extnamespace
ORDER BY e.extname
