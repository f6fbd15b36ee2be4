import PulihModel

/// The tables of format 1. Never changed: a later format adds a migration.
enum CatalogTables {
    static let configuration = """
        -- Clients. A removed one keeps its row, so that its batch ids never come again.
        CREATE TABLE client_reference (
            client_schema TEXT PRIMARY KEY,
            client_id INTEGER NOT NULL,
            severity TEXT NOT NULL, -- of row rules that name none
            sources TEXT NOT NULL, -- JSON list of source systems
            last_batch_id INTEGER NOT NULL DEFAULT 0, -- greatest batch number ever given
            removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1))
        ) STRICT;

        -- Logical source files.
        CREATE TABLE client_config (
            client_schema TEXT NOT NULL,
            source_system TEXT NOT NULL,
            logical_source_file TEXT NOT NULL,
            source_type TEXT NOT NULL,
            file_pattern TEXT NOT NULL,
            delivery TEXT NOT NULL, -- JSON
            per_batch TEXT NOT NULL,
            target_schema TEXT NOT NULL,
            target_table TEXT NOT NULL,
            dialect TEXT NOT NULL, -- JSON
            drift TEXT NOT NULL,
            duplicates TEXT NOT NULL,
            empty_files TEXT NOT NULL,
            limits TEXT NOT NULL, -- JSON
            skip_rules TEXT NOT NULL, -- JSON
            PRIMARY KEY (client_schema, source_system, logical_source_file)
        ) STRICT;

        CREATE TABLE column_mapping (
            client_schema TEXT NOT NULL,
            source_system TEXT NOT NULL,
            logical_source_file TEXT NOT NULL,
            source_column TEXT NOT NULL,
            target_column TEXT NOT NULL,
            position INTEGER NOT NULL, -- in the file, from 1
            data_type TEXT NOT NULL,
            options TEXT NOT NULL, -- JSON
            PRIMARY KEY (client_schema, source_system, logical_source_file, source_column)
        ) STRICT;

        CREATE TABLE required_columns (
            client_schema TEXT NOT NULL,
            source_system TEXT NOT NULL,
            logical_source_file TEXT NOT NULL,
            column_name TEXT NOT NULL,
            PRIMARY KEY (client_schema, source_system, logical_source_file, column_name)
        ) STRICT;

        CREATE TABLE row_rules (
            client_schema TEXT NOT NULL,
            source_system TEXT NOT NULL,
            logical_source_file TEXT NOT NULL,
            rule_name TEXT NOT NULL,
            rule_check TEXT NOT NULL, -- JSON
            severity TEXT NOT NULL,
            position INTEGER NOT NULL,
            PRIMARY KEY (client_schema, source_system, logical_source_file, rule_name)
        ) STRICT;

        -- Registered schemas; the newest version is in force. No columns: the file is no longer configured.
        CREATE TABLE schema_registry (
            client_schema TEXT NOT NULL,
            source_system TEXT NOT NULL,
            logical_source_file TEXT NOT NULL,
            version INTEGER NOT NULL,
            columns TEXT, -- JSON
            registered_at INTEGER NOT NULL,
            PRIMARY KEY (client_schema, source_system, logical_source_file, version)
        ) STRICT;

        -- Models of the silver layer.
        CREATE TABLE transformation_config (
            client_schema TEXT NOT NULL,
            model_name TEXT NOT NULL,
            model_path TEXT NOT NULL,
            materialized TEXT NOT NULL,
            run_order INTEGER NOT NULL,
            body TEXT NOT NULL, -- the SELECT, variables unexpanded
            options TEXT NOT NULL, -- JSON
            PRIMARY KEY (client_schema, model_name)
        ) STRICT;

        -- Models of the gold layer.
        CREATE TABLE integration_config (
            client_schema TEXT NOT NULL,
            model_name TEXT NOT NULL,
            model_path TEXT NOT NULL,
            materialized TEXT NOT NULL,
            run_order INTEGER NOT NULL,
            body TEXT NOT NULL,
            options TEXT NOT NULL, -- JSON
            table_type TEXT NOT NULL, -- dimension, fact, other
            PRIMARY KEY (client_schema, model_name)
        ) STRICT;

        CREATE TABLE mv_refresh_config (
            client_schema TEXT NOT NULL,
            model_name TEXT NOT NULL,
            model_path TEXT NOT NULL,
            materialized TEXT NOT NULL,
            run_order INTEGER NOT NULL,
            body TEXT NOT NULL,
            options TEXT NOT NULL, -- JSON
            PRIMARY KEY (client_schema, model_name)
        ) STRICT;

        CREATE TABLE run_hooks (
            hook TEXT PRIMARY KEY, -- on_start, on_success, on_failure
            statements TEXT NOT NULL -- JSON list
        ) STRICT;

        """

    static let records = """
        -- Who runs a client. The row stays after release, because the epoch must never come again.
        CREATE TABLE run_lease (
            client_schema TEXT PRIMARY KEY,
            epoch INTEGER NOT NULL,
            held INTEGER NOT NULL CHECK (held IN (0, 1)),
            host_id TEXT NOT NULL,
            host_name TEXT NOT NULL,
            boot_id TEXT NOT NULL,
            pid INTEGER NOT NULL,
            process_start INTEGER NOT NULL, -- clock ticks since boot
            user_name TEXT NOT NULL,
            since INTEGER NOT NULL,
            heartbeat INTEGER NOT NULL,
            doing TEXT NOT NULL
        ) STRICT;

        CREATE TABLE batch (
            client_schema TEXT NOT NULL,
            batch_id TEXT NOT NULL,
            batch_number INTEGER NOT NULL,
            status TEXT NOT NULL CHECK (status IN (\(statuses))),
            mode TEXT NOT NULL CHECK (mode IN (\(list(RunMode.allCases.map(\.rawValue))))), -- of the last run
            batch_time INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            attempt INTEGER NOT NULL, -- runs so far
            message TEXT NOT NULL, -- what the last run said at its end
            PRIMARY KEY (client_schema, batch_number)
        ) STRICT;
        CREATE INDEX batch_by_status ON batch (status);

        -- Physical files: the intent of their claim, and what became of them.
        CREATE TABLE file_audit_log (
            client_schema TEXT NOT NULL,
            batch_id TEXT NOT NULL,
            batch_number INTEGER NOT NULL,
            position INTEGER NOT NULL, -- in the batch, from 1
            source_system TEXT NOT NULL,
            logical_source_file TEXT NOT NULL,
            original_file_name TEXT NOT NULL,
            physical_file_name TEXT NOT NULL,
            parquet_name TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            inode INTEGER NOT NULL, -- as a signed number
            sha256 TEXT NOT NULL, -- of the raw bytes
            total_rows INTEGER NOT NULL, -- records counted in the raw file
            blank_lines INTEGER NOT NULL,
            loaded_rows INTEGER,
            quarantined_rows INTEGER,
            skipped_rows TEXT NOT NULL, -- JSON, by reason
            config_status TEXT NOT NULL CHECK (config_status IN (\(statuses))),
            convert_status TEXT NOT NULL CHECK (convert_status IN (\(statuses))),
            mapping_validation_status TEXT NOT NULL CHECK (mapping_validation_status IN (\(statuses))),
            row_validation_status TEXT NOT NULL CHECK (row_validation_status IN (\(statuses))),
            load_status TEXT NOT NULL CHECK (load_status IN (\(statuses))),
            PRIMARY KEY (client_schema, batch_number, physical_file_name)
        ) STRICT;
        CREATE INDEX file_by_content ON file_audit_log (client_schema, sha256);
        CREATE INDEX file_by_key ON file_audit_log (
            client_schema, source_system, logical_source_file, batch_number);

        -- The journal: one row per attempt at a step, in the order in which they began.
        CREATE TABLE step_log (
            sequence INTEGER PRIMARY KEY,
            client_schema TEXT NOT NULL,
            batch_id TEXT NOT NULL,
            stage TEXT NOT NULL CHECK (stage IN (\(list(Stage.allCases.map(\.rawValue))))),
            thing TEXT NOT NULL, -- file, model or batch
            attempt INTEGER NOT NULL,
            status TEXT NOT NULL CHECK (status IN (\(statuses))),
            reason TEXT NOT NULL, -- why it ran, was kept or was skipped
            fingerprint TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            row_count INTEGER,
            error_code TEXT,
            error_message TEXT,
            error_object TEXT,
            left_behind TEXT,
            hint TEXT,
            details TEXT NOT NULL, -- JSON
            UNIQUE (client_schema, batch_id, stage, thing, attempt)
        ) STRICT;
        CREATE INDEX step_by_status ON step_log (status);

        CREATE VIEW job_execution_log AS
        SELECT client_schema, batch_id, stage, thing, attempt, status, reason, started_at, ended_at,
            (ended_at - started_at) / 1e6 AS duration_sec, row_count, error_message
        FROM step_log;
        CREATE VIEW transformation_log AS
        SELECT client_schema, batch_id, thing AS model_name, attempt, status, started_at, ended_at, duration_sec,
            row_count, error_message
        FROM job_execution_log WHERE stage = 'transform';
        CREATE VIEW integration_log AS
        SELECT client_schema, batch_id, thing AS model_name, attempt, status, started_at, ended_at, duration_sec,
            row_count, error_message
        FROM job_execution_log WHERE stage = 'integrate';
        CREATE VIEW mv_refresh_log AS
        SELECT client_schema, batch_id, thing AS model_name, attempt, status, started_at, ended_at, duration_sec,
            row_count, error_message
        FROM job_execution_log WHERE stage = 'refresh_mv';

        CREATE TABLE mapping_validation_log (
            client_schema TEXT NOT NULL,
            batch_id TEXT NOT NULL,
            thing TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            status TEXT NOT NULL CHECK (status IN (\(statuses))),
            missing_columns TEXT NOT NULL, -- JSON lists
            extra_columns TEXT NOT NULL,
            expected_columns TEXT NOT NULL,
            received_columns TEXT NOT NULL,
            renamed_columns TEXT NOT NULL, -- JSON list of {from, to}
            PRIMARY KEY (client_schema, batch_id, thing, attempt)
        ) STRICT;

        CREATE TABLE row_validation_log (
            client_schema TEXT NOT NULL,
            batch_id TEXT NOT NULL,
            thing TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            position INTEGER NOT NULL,
            rule_name TEXT NOT NULL,
            severity TEXT NOT NULL,
            record_count INTEGER NOT NULL,
            message TEXT NOT NULL,
            PRIMARY KEY (client_schema, batch_id, thing, attempt, position)
        ) STRICT;

        -- Files that could not be converted or loaded.
        CREATE TABLE load_error_log (
            client_schema TEXT NOT NULL,
            batch_id TEXT NOT NULL,
            stage TEXT NOT NULL,
            thing TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            failed_at INTEGER NOT NULL,
            error_code TEXT NOT NULL,
            error_message TEXT NOT NULL,
            left_behind TEXT NOT NULL,
            hint TEXT NOT NULL,
            PRIMARY KEY (client_schema, batch_id, stage, thing, attempt)
        ) STRICT;

        -- The catalog's copy of the audit; the NDJSON files come first.
        CREATE TABLE etl_audit_log (
            event_id TEXT PRIMARY KEY,
            timestamp INTEGER NOT NULL,
            client_schema TEXT NOT NULL,
            batch_id TEXT,
            process_name TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN (\(statuses))),
            duration_sec REAL,
            data_rows_loaded INTEGER,
            message TEXT NOT NULL
        ) STRICT;
        CREATE INDEX audit_by_batch ON etl_audit_log (client_schema, batch_id);
        CREATE INDEX audit_by_time ON etl_audit_log (timestamp);

        """

    static let statuses = list(Status.allCases.map(\.rawValue))

    private static func list(_ words: [String]) -> String {
        words.map { SQLText.literal($0) }.joined(separator: ", ")
    }
}
