-- Settings and state of the server that rules depend on. hash_mem_multiplier came with PostgreSQL 13.
SELECT current_setting('server_version_num')::int,
       (SELECT setting::bigint FROM pg_settings WHERE name = 'work_mem'),
       coalesce(current_setting('hash_mem_multiplier', true)::float8, 1),
       -- When counting began is known only after a reset; a restart of the server keeps the counts.
       coalesce(extract(epoch FROM now() - (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database())), 0)::float8,
       coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false),
       (SELECT coalesce(array_agg(extname::text ORDER BY 1), '{}') FROM pg_extension),
       (SELECT coalesce(array_agg(name::text ORDER BY 1), '{}') FROM pg_available_extensions
        WHERE name IN ('hypopg', 'pg_trgm', 'btree_gin', 'btree_gist'))
