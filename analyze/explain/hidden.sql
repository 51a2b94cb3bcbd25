-- Functions that a statement may call without naming them: those of casts, and the support functions of operator
-- classes. Only those that users made; what extensions bring is taken at its word.
SELECT f.oid
FROM (SELECT c.castfunc AS oid FROM pg_cast c UNION SELECT a.amproc::oid FROM pg_amproc a
      UNION SELECT o.oprcode::oid FROM pg_amop a JOIN pg_operator o ON o.oid = a.amopopr) f
WHERE f.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e')
ORDER BY 1
