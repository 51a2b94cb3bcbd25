-- Columns of the relations $1: tables, or the relations behind composite types.
WITH owned AS ( -- sequences that a column owns: of serial ('a') and identity ('i') columns
    SELECT d.refobjid AS relid, d.refobjsubid AS attnum, min(d.objid) AS sequence
    FROM pg_depend AS d
    JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 AND d.refobjid = ANY ($1::oid[])
    GROUP BY 1, 2
),
used AS ( -- sequences that a default takes its values from
    SELECT ad.adrelid AS relid, ad.adnum AS attnum, min(s.oid) AS sequence
    FROM pg_attrdef AS ad
    JOIN pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = ad.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class AS s ON s.oid = d.refobjid AND s.relkind = 'S'
    WHERE ad.adrelid = ANY ($1::oid[])
    GROUP BY 1, 2
)
SELECT
    a.attrelid,
    a.attname,
    a.attnum,
    format_type(a.atttypid, a.atttypmod),
    a.atttypid,
    a.atttypmod,
    a.attnotnull,
    CASE WHEN a.attgenerated = '' THEN coalesce(pg_get_expr(ad.adbin, ad.adrelid), '') ELSE '' END,
    CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' ELSE '' END,
    CASE WHEN a.attgenerated <> '' THEN coalesce(pg_get_expr(ad.adbin, ad.adrelid), '') ELSE '' END,
    a.attgenerated = 'v',
    a.attcollation,
    coalesce(sn.nspname, ''),
    coalesce(s.relname, ''),
    coalesce(ds.description, ''),
    CASE WHEN a.attcollation <> t.typcollation THEN coalesce(cn.nspname, '') ELSE '' END,
    CASE WHEN a.attcollation <> t.typcollation THEN coalesce(co.collname, '') ELSE '' END,
    a.attinhcount > 0
FROM pg_attribute AS a
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
LEFT JOIN pg_description AS ds ON ds.classoid = 'pg_class'::regclass AND ds.objoid = a.attrelid AND ds.objsubid = a.attnum
LEFT JOIN pg_collation AS co ON co.oid = a.attcollation
LEFT JOIN pg_namespace AS cn ON cn.oid = co.collnamespace
LEFT JOIN used ON used.relid = a.attrelid AND used.attnum = a.attnum
LEFT JOIN owned ON owned.relid = a.attrelid AND owned.attnum = a.attnum
LEFT JOIN pg_class AS s ON s.oid = coalesce(used.sequence, owned.sequence)
LEFT JOIN pg_namespace AS sn ON sn.oid = s.relnamespace
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
