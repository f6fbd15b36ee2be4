import PulihModel
import PulihPostgres
import PulihSystem

extension PostgresWarehouseSession {
    func loadBronze(_ load: BronzeLoad) async throws -> LoadOutcome {
        let context = FailureContext(
            "load \(load.table.name) from \(load.physicalName)", object: load.table.name.description,
            leftBehind: "nothing of this file was loaded",
            hint: "when the cause is removed, run 'pulih restart \(lease.client)'")
        let partition = BatchPartition(of: load.table.name, load.entry.batch, own)
        do {
            let loading = BronzeLoading(load: load, partition: partition, session: self)
            let outcome = try await loading.run()
            try Failpoints.hit(.loadAfterCommit)
            return outcome
        } catch let fault as CopyFault {
            throw await explained(fault, load, context)
        } catch let stopped as RowsNotMade {
            throw context.stopped(stopped.error)
        } catch {
            throw await explained(error, context)
        }
    }

    /// Tells a COPY that failed by the record of the file, not by the row of the stream.
    private func explained(
        _ fault: CopyFault, _ load: BronzeLoad, _ context: FailureContext
    ) async -> any Error {
        guard fault.isOfValues else { return await explained(fault.failure, context) }
        let record = await fault.record(source).map { "record \($0)" }
        let column = (fault.place?.column ?? fault.failure.column).map { "column \($0)" }
        let place = [record, column].compactMap(\.self).joined(separator: ", ")
        return FailureContext(
            context.action + (place.isEmpty ? "" : ": \(place)"), object: context.object,
            leftBehind: context.leftBehind,
            hint: "correct the record, or add a rule that quarantines it, then run"
                + " 'pulih restart \(lease.client)'"
        ).mapped(fault.failure, blame: .data)
    }
}

extension FailureContext {
    /// The engine's error with what was being done.
    fileprivate func stopped(_ error: any Error) -> any Error {
        guard let error = error as? PulihError else { return self.error(error) }
        return PulihError(
            error.code, "unable to \(action): \(error.summary)", object: object, leftBehind: leftBehind,
            hint: error.hint.isEmpty ? hint : error.hint, isTransient: error.isTransient, cause: error.cause)
    }
}

/// One file's way into its bronze table.
struct BronzeLoading {
    let load: BronzeLoad
    let partition: BatchPartition
    let session: PostgresWarehouseSession

    /// From this many rows on several connections are worth a table of their own.
    static let large = 100_000

    func run() async throws -> LoadOutcome {
        // Only one decides whether the batch's partition is to be made, and how.
        await session.gate.enter(partition)
        do {
            let outcome = try await stagedOrPartitioned()
            await session.gate.leave(partition)
            if let outcome { return outcome }
        } catch {
            await session.gate.leave(partition)
            throw error
        }
        return try await intoPartition()
    }

    /// - Returns: nil when the partition is there and the rows are still to come.
    private func stagedOrPartitioned() async throws -> LoadOutcome? {
        let (partition, ledgerStore) = (partition, session.ledgerStore)
        let canBeStaged = try await session.pool.withConnection { connection in
            try await connection.run { session -> Bool? in
                try session.isThere(partition) ? nil : session.canBeStaged(partition.table)
            }
        }
        guard let canBeStaged else { return nil }
        if canBeStaged, load.expectedRows >= Self.large { return try await StagedLoad(self).run() }
        try await session.writeOnce { session in
            try session.create(partition)
            try ledgerStore.checkFence(in: session)
        }
        return nil
    }

    /// Everything in one transaction.
    private func intoPartition() async throws -> LoadOutcome {
        let columns =
            load.table.columns.map(\.name) + [Lineage.row, Lineage.batch, Lineage.file, Lineage.loadedAt]
        let relation = LoadRelationSQL(load).withLineage
        return try await copying(relation) { session, stream in
            let replaced = try takeOut(in: session)
            let rows = try copy(relation, stream, into: partition.name, columns, in: session)
            try checkBalance(rows)
            try Failpoints.hit(.loadBeforeCommit)
            try write(rows, in: session)
            return LoadOutcome(rows: rows, replaced: replaced)
        }
    }

    /// Runs the body in one transaction while the rows are being made.
    private func copying<T: Sendable>(
        _ relation: String, _ body: @Sendable (PostgresSession, RowStream) throws -> T
    ) async throws -> T {
        try await session.pool.withConnection { connection in
            try await RowStream.from(session.source, relation) { stream in
                try await connection.transaction { try body($0, stream) }
            }
        }
    }

    /// - Returns: rows that arrived.
    func copy(
        _ relation: String, _ stream: RowStream, into table: TableName, _ columns: [String],
        in session: PostgresSession
    ) throws -> Int {
        do {
            return try session.copyIn(
                "COPY \(table.sql) (\(SQLText.identifiers(columns))) FROM STDIN (FORMAT binary)"
            ) { try stream.pump(into: $0) }
        } catch let failure as PostgresFailure {
            throw CopyFault(failure: failure, relation: relation)
        }
    }

    /// Takes out what an earlier attempt loaded, also from another table if the target was changed since.
    /// - Returns: rows that went.
    func takeOut(in session: PostgresSession) throws -> Int {
        let own = self.session.own
        guard
            let earlier = try self.session.ledgerStore.remove(load.entry.batch, load.entry.step, in: session)
        else { return 0 }
        let table = TableName(schema: load.table.name.schema, table: earlier.table ?? load.table.name.table)
        let place = BatchPartition(of: table, load.entry.batch, own)
        guard try session.isThere(place) else { return 0 }
        return try session.execute(
            "DELETE FROM \(place.name.sql) WHERE \(Lineage.file) = $1", [.text(load.physicalName)])
    }

    func write(_ rows: Int, in session: PostgresSession) throws {
        try self.session.ledgerStore.write(
            load.entry, rows: rows, target: load.table.name.table, file: load.physicalName, in: session)
    }

    func checkBalance(_ rows: Int) throws {
        guard rows == load.expectedRows else {
            // Not the data's fault: something between Parquet and table lost or doubled a row.
            throw PulihError(
                .failed,
                "unable to load \(load.table.name) from \(load.physicalName): balance: expected"
                    + " \(load.expectedRows) rows, \(rows) arrived",
                object: load.table.name.description, leftBehind: "nothing was loaded",
                hint: "run 'pulih restart \(session.lease.client)'; if it happens again, report it")
        }
    }
}

/// The DuckDB SELECTs of a load, in the types that COPY wants.
struct LoadRelationSQL {
    private let load: BronzeLoad

    init(_ load: BronzeLoad) {
        self.load = load
    }

    /// All rows with all lineage columns.
    var withLineage: String {
        let lineage = [
            (SQLText.literal(load.entry.batch.description), ColumnType.text),
            (SQLText.literal(load.physicalName), .text),
            ("make_timestamptz(\(load.entry.at))", .timestamptz),
        ].map { "CAST(\($0) AS \($1.duckDBName))" }
        return "SELECT \((given + lineage).joined(separator: ", ")) FROM \(losing(load.relation))"
    }

    /// Rows of each part with their record numbers.
    var parts: [String] {
        load.parts.enumerated().map { index, part in
            "SELECT \(given.joined(separator: ", ")) FROM \(index == 0 ? losing(part) : SQLText.subquery(part))"
        }
    }

    private var given: [String] {
        (load.table.columns.map { ($0.name, $0.type) } + [(Lineage.row, .bigint)])
            .map { name, type in
                let name = SQLText.identifier(name)
                return "CAST(\(name) AS \(type.duckDBName)) AS \(name)"
            }
    }

    private func losing(_ relation: String) -> String {
        let relation = SQLText.subquery(relation)
        return Failpoints.isArmed(.loadLoseRecord) ? "(SELECT * FROM \(relation) OFFSET 1)" : relation
    }
}

/// Lets one load at a time decide about a batch's partition.
actor LoadGate {
    private var busy: Set<BatchPartition> = []
    private var waiting: [BatchPartition: [CheckedContinuation<Void, Never>]] = [:]

    func enter(_ partition: BatchPartition) async {
        while busy.contains(partition) {
            await withCheckedContinuation { waiting[partition, default: []].append($0) }
        }
        busy.insert(partition)
    }

    func leave(_ partition: BatchPartition) {
        busy.remove(partition)
        for continuation in waiting.removeValue(forKey: partition) ?? [] { continuation.resume() }
    }
}
