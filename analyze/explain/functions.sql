-- Every function of any of these names, or with any of these OIDs: whoever could be meant, whatever the search_path.
SELECT p.oid, n.nspname, p.proname, p.provolatile::text, p.prokind::text, l.lanname,
       coalesce(e.extname, ''),
       p.oid < 16384                                                                    AS built_in,
       -- with the defaults of its arguments, and the names of users' types of its arguments and its result
       coalesce(p.prosrc, '') || ' ' || /*SQLBODY*/ || ' ' || coalesce(pg_get_expr(p.proargdefaults, 0), '') || ' ' ||
           coalesce((SELECT string_agg(quote_ident(u.typname), ' ')
                     FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]) || p.prorettype) AS a(oid) JOIN pg_type u ON u.oid = a.oid
                     WHERE u.oid >= 16384), '')                                         AS body,
       'cstring'::regtype = ANY (p.proargtypes) OR 'internal'::regtype = ANY (p.proargtypes) AS raw_arguments,
       -- no row ever is of the server's internal types, which the functions behind TABLESAMPLE system take
       coalesce(t.typtype = 'c' OR t.typtype = 'p' AND t.oid NOT IN ('internal'::regtype, 'cstring'::regtype), false) AS takes_row,
       coalesce((SELECT array_agg(f.oid) FROM pg_aggregate a,
                 LATERAL unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
                                      a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::oid[]) AS f(oid)
                 WHERE a.aggfnoid = p.oid AND f.oid <> 0), '{}')                        AS parts
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
LEFT JOIN pg_extension e ON e.oid = d.refobjid
LEFT JOIN pg_type t ON t.oid = p.proargtypes[0]
WHERE p.proname = ANY ($1) OR p.oid = ANY ($2)
ORDER BY p.oid
