-- Everything that an attack could change, in one text: rows, sequences, large objects, catalogs, locks, settings, slots.
SELECT concat_ws(E'\n',
    'rows ' || (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM victims t),
    'numbered ' || (SELECT count(*) FROM numbered) || ' trail ' || (SELECT count(*) FROM trail) || ' scratch ' || (SELECT count(*) FROM scratch)
        || ' triggered ' || (SELECT string_agg(t::text, ',') FROM triggered t) || ' ruled ' || (SELECT count(*) FROM ruled),
    'sequence ' || (SELECT last_value || ' ' || is_called FROM numbers),
    'identity ' || (SELECT last_value || ' ' || is_called FROM numbered_id_seq),
    'large objects ' || (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_largeobject_metadata)
        || ' ' || (SELECT md5(string_agg(data::text, ',' ORDER BY loid, pageno)) FROM pg_largeobject),
    'relations ' || (SELECT md5(string_agg(oid || relname || relkind::text || relfilenode || coalesce(reloptions::text, '') || relrowsecurity, ',' ORDER BY oid)) FROM pg_class),
    'functions ' || (SELECT md5(string_agg(oid || proname || provolatile::text || prosrc, ',' ORDER BY oid)) FROM pg_proc),
    'types ' || (SELECT count(*) FROM pg_type) || ' roles ' || (SELECT md5(string_agg(rolname || rolsuper, ',' ORDER BY 1)) FROM pg_authid)
        || ' databases ' || (SELECT count(*) FROM pg_database WHERE datname = current_database()) || ' extensions ' || (SELECT count(*) FROM pg_extension),
    'role settings ' || coalesce((SELECT string_agg(setconfig::text, ',') FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())), ''),
    'advisory locks ' || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())),
    'slots ' || (SELECT count(*) FROM pg_replication_slots WHERE database = current_database()) || ' prepared ' || (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()),
    'origins ' || (SELECT count(*) FROM pg_replication_origin WHERE roname LIKE 'attack%'),
    'settings ' || (SELECT md5(string_agg(name || setting, ',' ORDER BY name)) FROM pg_settings
                    WHERE context NOT IN ('internal') AND name NOT IN ('application_name', 'transaction_read_only', 'transaction_isolation', 'transaction_deferrable')))
