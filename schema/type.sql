-- Types that columns of the tables $1 have, and all that is inside those types.
WITH RECURSIVE used (oid) AS (
    SELECT a.atttypid FROM pg_attribute AS a
    WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
    UNION
    SELECT inside.oid
    FROM used AS u
    JOIN pg_type AS t ON t.oid = u.oid
    CROSS JOIN LATERAL (
        SELECT t.typbasetype WHERE t.typtype = 'd'
        UNION ALL SELECT e.oid FROM pg_type AS e WHERE e.typarray = t.oid
        UNION ALL SELECT r.rngsubtype FROM pg_range AS r WHERE r.rngtypid = t.oid
        UNION ALL SELECT r.rngtypid FROM pg_range AS r WHERE r.rngmultitypid = t.oid
        UNION ALL SELECT a.atttypid FROM pg_attribute AS a
                  WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS inside (oid)
)
SELECT
    t.oid,
    n.nspname,
    t.typname,
    CASE WHEN e.oid IS NOT NULL THEN 'array'
         ELSE CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' WHEN 'r' THEN 'range'
                             WHEN 'm' THEN 'multirange' WHEN 'p' THEN 'pseudo' ELSE 'base' END END,
    t.typcategory::text,
    format_type(t.oid, NULL),
    coalesce(x.extname, ''),
    t.typlen,
    t.typdelim::text,
    t.typreceive <> 0,
    CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN coalesce(cn.nspname, '') ELSE '' END,
    CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN coalesce(co.collname, '') ELSE '' END,
    CASE WHEN t.typtype = 'e' THEN ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder) END,
    t.typbasetype,
    t.typtypmod,
    t.typnotnull,
    coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault, ''),
    coalesce(e.oid, 0),
    coalesce(r.rngsubtype, 0),
    CASE WHEN t.typtype = 'm' THEN r.rngtypid ELSE 0 END,
    coalesce(r.rngcanonical <> 0, false),
    CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod)
         WHEN e.oid IS NOT NULL THEN format_type(e.oid, NULL)
         WHEN r.rngtypid IS NOT NULL THEN format_type(r.rngsubtype, NULL)
         ELSE '' END,
    CASE WHEN t.typtype = 'c' THEN t.typrelid ELSE 0 END
FROM used AS u
JOIN pg_type AS t ON t.oid = u.oid
JOIN pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_type AS e ON e.typarray = t.oid
LEFT JOIN pg_type AS b ON b.oid = t.typbasetype
LEFT JOIN pg_range AS r ON t.oid IN (r.rngtypid, r.rngmultitypid)
LEFT JOIN pg_collation AS co ON co.oid = t.typcollation
LEFT JOIN pg_namespace AS cn ON cn.oid = co.collnamespace
-- Arrays and multiranges belong to the extension of what they are made of.
LEFT JOIN pg_depend AS d ON d.classid = 'pg_type'::regclass AND d.objid = coalesce(e.oid, r.rngtypid, t.oid)
    AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
LEFT JOIN pg_extension AS x ON x.oid = d.refobjid
ORDER BY n.nspname, t.typname
