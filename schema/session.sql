-- Fixes, for this transaction, the settings that catalog functions depend on, so that the same database is always
-- deparsed to the same text: every name outside pg_catalog is qualified (pg_temp last, or it would come first), and
-- constants of dates and times do not depend on the role's or the client's settings.
SELECT
    current_database(),
    current_setting('server_version_num')::int,
    ARRAY[
        set_config('statement_timeout', $1, true),
        set_config('lock_timeout', $2, true),
        set_config('search_path', 'pg_catalog, pg_temp', true),
        set_config('quote_all_identifiers', 'off', true),
        set_config('timezone', 'UTC', true),
        set_config('datestyle', 'ISO, YMD', true),
        set_config('intervalstyle', 'postgres', true),
        set_config('extra_float_digits', '1', true),
        set_config('bytea_output', 'hex', true),
        set_config('standard_conforming_strings', 'on', true),
        set_config('row_security', 'on', true),
        set_config('jit', 'off', true)
    ]
