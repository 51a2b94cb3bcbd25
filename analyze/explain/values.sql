-- What the statistics know about a column's values, as text.
SELECT s.most_common_vals::text::text[], s.most_common_freqs, s.histogram_bounds::text::text[], s.n_distinct
FROM pg_stats s
WHERE s.schemaname = $1 AND s.tablename = $2 AND s.attname = $3
ORDER BY s.inherited DESC
LIMIT 1
