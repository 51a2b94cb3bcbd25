-- Triggers of users; those that carry out foreign keys and deferrable uniques are internal.
SELECT
    t.tgrelid,
    t.tgname,
    CASE t.tgenabled WHEN 'O' THEN 'origin' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'disabled' END,
    t.tgparentid <> 0,
    coalesce(pg_get_triggerdef(t.oid), '')
FROM pg_trigger AS t
WHERE t.tgrelid = ANY ($1::oid[]) AND NOT t.tgisinternal
ORDER BY t.tgrelid, t.tgname
