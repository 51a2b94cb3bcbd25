-- Settings and state of the server that rules depend on.
SELECT (SELECT setting::bigint FROM pg_settings WHERE name = 'work_mem'),
       -- When counting began is known only after a reset; a restart of the server keeps the counts.
       coalesce(extract(epoch FROM now() - (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database())), 0)::float8,
       (SELECT coalesce(array_agg(extname::text ORDER BY 1), '{}') FROM pg_extension)
