import PulihDuckDB
import PulihModel

/// The schemas of a client, and the schema `pulih` with its numbered forward migrations.
enum WarehouseSchema {
    /// Creates what is missing. Call inside a transaction.
    /// - Throws: `refused` when a newer Pulih wrote the file.
    static func prepare(client: String, in session: DuckDBSession) throws {
        try session.execute("CREATE SCHEMA IF NOT EXISTS pulih")
        try session.execute("CREATE TABLE IF NOT EXISTS pulih.version (version INTEGER NOT NULL)")
        let version = try session.scalar("SELECT coalesce(max(version), 0) FROM pulih.version").int ?? 0
        guard version <= migrations.count else {
            throw PulihError(
                .refused,
                "the warehouse of \(client) was written by a newer Pulih (format \(version), this one"
                    + " knows \(migrations.count))", leftBehind: "nothing was changed",
                hint: "install the newer Pulih")
        }
        for (number, statements) in zip(1..., migrations).dropFirst(version) {
            try session.execute(statements)
            try session.execute("INSERT INTO pulih.version VALUES (?)", [.int(Int64(number))])
        }
        for layer in Layer.allCases {
            for schema in [layer.schema(of: client), layer.buildSchema(of: client)] {
                try session.execute("CREATE SCHEMA IF NOT EXISTS \(SQLText.identifier(schema))")
            }
        }
    }

    private static let migrations = [
        """
        -- The epoch that may write; always one row.
        CREATE TABLE pulih.fence (epoch BIGINT NOT NULL);
        INSERT INTO pulih.fence VALUES (0);

        -- The newest commit of each (batch, stage, thing).
        CREATE SEQUENCE pulih.ledger_sequence;
        CREATE TABLE pulih.ledger (
            sequence BIGINT NOT NULL,
            client VARCHAR NOT NULL,
            batch_id VARCHAR NOT NULL,
            stage VARCHAR NOT NULL,
            thing VARCHAR NOT NULL,
            target VARCHAR, -- bronze table of a load
            attempt INTEGER NOT NULL,
            epoch BIGINT NOT NULL,
            fingerprint VARCHAR NOT NULL,
            row_count BIGINT NOT NULL,
            committed_at TIMESTAMPTZ NOT NULL
        );

        -- Models that stand built and not yet published.
        CREATE TABLE pulih.builds (
            layer VARCHAR NOT NULL,
            name VARCHAR NOT NULL,
            batch_id VARCHAR NOT NULL,
            fingerprint VARCHAR NOT NULL,
            row_count BIGINT NOT NULL
        );

        -- Definitions of the views of bronze, to see whether they changed.
        CREATE TABLE pulih.current_views (name VARCHAR NOT NULL, definition VARCHAR NOT NULL);

        -- Merges into incremental models that can be taken back, in the order of their batches; what each
        -- replaced stands in pulih.undo_{layer}_{model}.
        CREATE TABLE pulih.merges (
            layer VARCHAR NOT NULL,
            model VARCHAR NOT NULL,
            batch_number BIGINT NOT NULL,
            created BOOLEAN NOT NULL, -- the model did not exist before
            unique_key VARCHAR NOT NULL -- JSON list
        );
        """,
        """
        -- Of a history: where the versions begin that the batch opened, and end that it closed. NULL: of an
        -- incremental model.
        ALTER TABLE pulih.merges ADD COLUMN moment TIMESTAMPTZ;
        """,
    ]
}
