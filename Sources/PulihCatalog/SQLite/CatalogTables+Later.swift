import PulihModel

extension CatalogTables {
    /// Of features to come; `integration_dependencies` has come.
    static let later = """
        -- Dimensions that a fact is built from.
        CREATE TABLE integration_dependencies (
            client_schema TEXT NOT NULL,
            fact_proc_name TEXT NOT NULL,
            dim_proc_name TEXT NOT NULL CHECK (dim_proc_name <> fact_proc_name),
            PRIMARY KEY (client_schema, fact_proc_name, dim_proc_name)
        ) STRICT;

        -- When clients run by themselves.
        CREATE TABLE job_schedule (
            client_schema TEXT NOT NULL,
            job_name TEXT NOT NULL,
            cron TEXT NOT NULL, -- minute, hour, day, month, weekday
            time_zone TEXT NOT NULL, -- IANA name
            enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
            last_started_at INTEGER,
            next_start_at INTEGER,
            PRIMARY KEY (client_schema, job_name)
        ) STRICT;

        -- How far a source was read; written with the batch that took it.
        CREATE TABLE connector_checkpoint (
            client_schema TEXT NOT NULL,
            source_system TEXT NOT NULL,
            logical_source_file TEXT NOT NULL,
            batch_id TEXT NOT NULL,
            position TEXT NOT NULL, -- JSON, in the connector's terms
            recorded_at INTEGER NOT NULL,
            PRIMARY KEY (client_schema, source_system, logical_source_file, batch_id)
        ) STRICT;

        -- States of a client's warehouse that can be gone back to.
        CREATE TABLE snapshot (
            snapshot_id TEXT PRIMARY KEY,
            client_schema TEXT NOT NULL,
            batch_id TEXT, -- the newest batch in it
            path TEXT NOT NULL,
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            sha256 TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN (\(statuses))),
            created_at INTEGER NOT NULL,
            expires_at INTEGER -- NULL: kept until it is removed
        ) STRICT;
        CREATE INDEX snapshot_by_client ON snapshot (client_schema, created_at);

        -- Copies of a whole workspace.
        CREATE TABLE backup (
            backup_id TEXT PRIMARY KEY,
            target TEXT NOT NULL, -- where it lies
            kind TEXT NOT NULL CHECK (kind IN ('full', 'incremental')),
            parent_id TEXT REFERENCES backup (backup_id), -- of an incremental one
            bytes INTEGER CHECK (bytes >= 0),
            sha256 TEXT, -- of its list of files
            status TEXT NOT NULL CHECK (status IN (\(statuses))),
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            verified_at INTEGER,
            message TEXT NOT NULL,
            CHECK ((kind = 'incremental') = (parent_id IS NOT NULL))
        ) STRICT;

        -- Restores, and what else brought a client back.
        CREATE TABLE recovery_log (
            recovery_id TEXT PRIMARY KEY,
            client_schema TEXT, -- NULL: the whole workspace
            source_kind TEXT NOT NULL CHECK (source_kind IN ('snapshot', 'backup')),
            source_id TEXT NOT NULL,
            batch_id TEXT, -- the newest batch afterwards
            status TEXT NOT NULL CHECK (status IN (\(statuses))),
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            message TEXT NOT NULL
        ) STRICT;
        CREATE INDEX recovery_by_client ON recovery_log (client_schema, started_at);

        """
}
