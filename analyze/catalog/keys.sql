-- Foreign keys of these tables and those that refer to them.
SELECT k.conname, k.conrelid, n.nspname, c.relname, k.confrelid,
       (SELECT array_agg(a.attname ORDER BY x.n) FROM unnest(k.conkey) WITH ORDINALITY AS x(attnum, n)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.attnum) AS columns,
       greatest(c.reltuples, 0)::float8,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
               AND (SELECT array_agg(f.attnum ORDER BY f.attnum) FROM unnest(k.conkey) AS f(attnum))
                 = (SELECT array_agg(f.attnum ORDER BY f.attnum) FROM (SELECT u.attnum FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(attnum, n) ORDER BY u.n LIMIT cardinality(k.conkey)) AS f)) AS indexed
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND (k.conrelid = ANY ($1) OR k.confrelid = ANY ($1)) AND k.conparentid = 0
ORDER BY n.nspname, c.relname, k.conname
