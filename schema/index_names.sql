-- The operator classes that are not their type's default, and the collations that indexes of the tables $1 have.
SELECT o.oid, n.nspname, o.opcname
FROM pg_opclass AS o
JOIN pg_namespace AS n ON n.oid = o.opcnamespace
WHERE NOT o.opcdefault
UNION ALL
SELECT c.oid, n.nspname, c.collname
FROM pg_collation AS c
JOIN pg_namespace AS n ON n.oid = c.collnamespace
WHERE c.oid IN (SELECT unnest(i.indcollation::oid[]) FROM pg_index AS i WHERE i.indrelid = ANY ($1::oid[]))
