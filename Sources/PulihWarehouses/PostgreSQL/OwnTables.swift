import PulihModel
import PulihPostgres

/// The schemas of a client, and its schema `pulih_…` with its numbered forward migrations.
enum OwnTables {
    /// Creates what is missing. Call inside a transaction.
    /// - Throws: `refused` when a newer Pulih wrote it.
    static func prepare(_ own: OwnSchema, in session: PostgresSession) throws {
        // Two runs of one client may come at once; only one of them makes the tables.
        try session.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [.text("pulih warehouse \(own.client)")])
        let marks = own.schemas.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let present = try session.query(
            "SELECT nspname::text FROM pg_namespace WHERE nspname IN (\(marks))",
            own.schemas.map { .text($0) }
        ).rows.map { try $0[0].content }
        // Not IF NOT EXISTS, which wants the right to create also where nothing is to be created.
        for schema in own.schemas where !present.contains(schema) {
            try session.execute("CREATE SCHEMA \(SQLText.identifier(schema))")
        }
        try migrate(own, in: session)
    }

    private static func migrate(_ own: OwnSchema, in session: PostgresSession) throws {
        if try session.relation(own.table("version")) == nil {
            try session.execute("CREATE TABLE \(own.version) (version integer NOT NULL)")
        }
        let version = try session.scalar("SELECT coalesce(max(version), 0) FROM \(own.version)").number
        let migrations = migrations(own)
        guard version <= migrations.count else {
            throw PulihError(
                .refused,
                "the warehouse of \(own.client) was written by a newer Pulih (format \(version), this one"
                    + " knows \(migrations.count))", object: own.client, leftBehind: "nothing was changed",
                hint: "install the newer Pulih")
        }
        for (number, statements) in zip(1..., migrations).dropFirst(version) {
            try session.execute(statements)
            try session.execute("INSERT INTO \(own.version) VALUES ($1)", [.int(Int64(number))])
        }
    }

    private static func migrations(_ own: OwnSchema) -> [String] {
        [
            """
            CREATE TABLE \(own.fence) (
                epoch bigint NOT NULL,
                is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only)
            );
            COMMENT ON TABLE \(own.fence) IS 'The epoch that may write; always one row.';
            INSERT INTO \(own.fence) VALUES (0);

            CREATE TABLE \(own.ledger) (
                sequence bigint GENERATED ALWAYS AS IDENTITY,
                batch_id text COLLATE "C" NOT NULL,
                stage text COLLATE "C" NOT NULL,
                thing text COLLATE "C" NOT NULL,
                target text COLLATE "C",
                file text COLLATE "C",
                attempt integer NOT NULL,
                epoch bigint NOT NULL,
                fingerprint text NOT NULL,
                row_count bigint NOT NULL,
                committed_at timestamptz NOT NULL,
                PRIMARY KEY (batch_id, stage, thing)
            );
            COMMENT ON TABLE \(own.ledger) IS 'The newest commit of each (batch, stage, thing).';
            COMMENT ON COLUMN \(own.ledger).target IS 'Bronze table of a load.';
            COMMENT ON COLUMN \(own.ledger).file IS 'Physical name of the file of a load.';
            -- Ids have six digits or more: they compare as text only among ids of one length.
            CREATE INDEX ledger_by_batch ON \(own.ledger) (stage, length(batch_id), batch_id);
            CREATE INDEX ledger_by_target ON \(own.ledger) (stage, target, length(batch_id), batch_id);

            CREATE TABLE \(own.builds) (
                layer text NOT NULL,
                name text NOT NULL,
                batch_id text NOT NULL,
                fingerprint text NOT NULL,
                row_count bigint NOT NULL,
                proven_key text,
                PRIMARY KEY (layer, name)
            );
            COMMENT ON TABLE \(own.builds) IS 'Models that stand built and not yet published.';
            COMMENT ON COLUMN \(own.builds).proven_key IS 'Columns that tell the rows apart, as a JSON list; NULL when'
                ' none are known to.';

            CREATE TABLE \(own.currentViews) (name text PRIMARY KEY, definition text NOT NULL);
            COMMENT ON TABLE \(own.currentViews)
                IS 'Definitions of the views of bronze, to see whether they changed.';

            CREATE TABLE \(own.merges) (
                layer text NOT NULL,
                model text NOT NULL,
                batch_number bigint NOT NULL,
                created boolean NOT NULL,
                unique_key text NOT NULL,
                moment timestamptz,
                PRIMARY KEY (layer, model, batch_number)
            );
            COMMENT ON TABLE \(own.merges) IS 'Merges into incremental models that can be taken back, in the'
                ' order of their batches; what each replaced stands in undo_{layer}_{model}.';
            COMMENT ON COLUMN \(own.merges).created IS 'The model did not exist before.';
            COMMENT ON COLUMN \(own.merges).unique_key IS 'JSON list.';
            COMMENT ON COLUMN \(own.merges).moment IS 'Of a history: where the versions begin that the batch'
                ' opened, and end that it closed. NULL: of an incremental model.';
            """
        ]
    }
}
