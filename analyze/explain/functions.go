package explain

import "strings"

// harmless lists functions that PostgreSQL or an extension of its own declares VOLATILE, yet that change nothing and
// read nothing outside the database: their results vary, that is all. Names of extensions' functions are here only for
// functions that belong to an extension.
var harmless = words(`
	random random_normal gen_random_uuid uuidv4 uuidv7 clock_timestamp timeofday current_query
	pg_relation_size pg_table_size pg_indexes_size pg_total_relation_size pg_database_size pg_tablespace_size
	pg_is_in_recovery pg_is_wal_replay_paused pg_current_wal_lsn pg_current_wal_insert_lsn pg_current_wal_flush_lsn
	pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_get_wal_replay_pause_state
	pg_blocking_pids pg_safe_snapshot_blocking_pids pg_lock_status pg_prepared_xact pg_partition_tree pg_partition_ancestors
	pg_jit_available pg_notification_queue_usage pg_sequence_last_value pg_stat_have_stats
	pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time
	pg_stat_get_xact_function_total_time pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched
	pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated
	pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated pg_xact_status txid_status pg_xact_commit_timestamp
	pg_get_shmem_allocations pg_get_backend_memory_contexts pg_collation_actual_version pg_database_collation_actual_version
	pg_get_multixact_members pg_last_committed_xact pg_get_sequence_data amvalidate
	gen_random_bytes gen_salt uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 pg_stat_statements pg_stat_statements_info
	show_limit similarity word_similarity hypopg hypopg_list_indexes
`)

// effective lists functions that act although they are declared STABLE or IMMUTABLE, so that even planning a statement
// that calls them may run them: they execute SQL or look at types and views that a string names, reach other servers,
// or use up a transaction id.
var effective = words(`
	txid_current txid_current_if_assigned pg_current_xact_id
	table_to_xml table_to_xmlschema table_to_xml_and_xmlschema schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema
	database_to_xml database_to_xmlschema database_to_xml_and_xmlschema query_to_xml query_to_xmlschema query_to_xml_and_xmlschema
	cursor_to_xml cursor_to_xmlschema ts_stat ts_rewrite_query pg_input_is_valid pg_input_error_info
	crosstab crosstab2 crosstab3 crosstab4 crosstab_hash connectby xpath_table
	dblink dblink_connect dblink_connect_u dblink_exec dblink_open dblink_fetch dblink_close dblink_send_query dblink_get_result
	dblink_get_connections dblink_cancel_query dblink_is_busy dblink_error_message dblink_get_notify dblink_get_pkey
	dblink_build_sql_insert dblink_build_sql_update dblink_build_sql_delete dblink_current_query dblink_disconnect
`)

func words(text string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		set[word] = true
	}
	return set
}

// implicitOperators are those that SQL calls without writing them: comparisons behind ORDER BY, GROUP BY, DISTINCT, IN,
// BETWEEN, USING, and the operators of LIKE and SIMILAR TO.
var implicitOperators = []string{"=", "<>", "<", "<=", ">", ">=", "~~", "!~~", "~~*", "!~~*", "~", "!~"}
