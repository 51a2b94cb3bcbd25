-- How partitioned tables route their rows.
SELECT
    p.partrelid,
    CASE p.partstrat WHEN 'l' THEN 'list' WHEN 'r' THEN 'range' ELSE 'hash' END,
    ARRAY(SELECT coalesce(a.attname::text, '') -- partattrs has 0 at the place of an expression
          FROM unnest(p.partattrs::int2[]) WITH ORDINALITY AS k (attnum, place)
          LEFT JOIN pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = k.attnum AND k.attnum <> 0
          ORDER BY k.place),
    coalesce(pg_get_partkeydef(p.partrelid), '')
FROM pg_partitioned_table AS p
WHERE p.partrelid = ANY ($1::oid[])
