import PulihModel

extension SQLCatalog {
    func lastBatchNumber(client: String) async throws -> Int {
        try await store.reading { session in
            let row = try session.first(
                """
                SELECT coalesce(max(number), 0) AS number FROM (
                    SELECT last_batch_id AS number FROM client_reference WHERE client_schema = $1
                    UNION ALL
                    SELECT max(batch_number) AS number FROM batch WHERE client_schema = $1) AS given
                """, [.text(client)])
            return Int(try row?.int("number") ?? 0)
        }
    }

    func recordClaim(_ batch: BatchRecord, files: [FileRecord]) async throws {
        try await store.writing { session in
            let known = try session.execute(
                """
                UPDATE client_reference
                SET last_batch_id = CASE WHEN last_batch_id < $1 THEN $1 ELSE last_batch_id END
                WHERE client_schema = $2
                """, [CatalogValue(batch.batch.number), .text(batch.client)])
            guard known == 1 else {
                throw PulihError(
                    .configuration, "\(batch.client) is not in the catalog", object: batch.client,
                    leftBehind: "no batch was claimed", hint: "run 'pulih apply'")
            }
            // The same claim again, when it was not known whether it was committed.
            let there = try session.first(
                "SELECT 1 FROM batch WHERE client_schema = $1 AND batch_number = $2 AND batch_time = $3",
                [.text(batch.client), CatalogValue(batch.batch.number), .time(batch.batchTime)])
            if there != nil { return }
            try session.execute(CatalogSQL.insert("batch", BatchRow.columns), BatchRow.values(of: batch))
            for file in files { try session.put(file) }
        }
    }

    func updateBatch(_ batch: BatchRecord) async throws {
        try await store.writing { session in
            let assignments = zip(1..., BatchRow.columns).map { "\(SQLText.identifier($1)) = $\($0)" }
            let next = BatchRow.columns.count + 1
            let changed = try session.execute(
                """
                UPDATE batch SET \(assignments.joined(separator: ", "))
                WHERE client_schema = $\(next) AND batch_number = $\(next + 1)
                """, BatchRow.values(of: batch) + [.text(batch.client), CatalogValue(batch.batch.number)])
            guard changed == 1 else {
                throw PulihError(.bug, "\(batch.batch) of \(batch.client) was never claimed in the catalog")
            }
        }
    }

    func updateFiles(_ files: [FileRecord]) async throws {
        try await record([], events: [], files: files)
    }

    /// Without a client: of all clients, by the time of the batch.
    func batches(client: String?, limit: Int) async throws -> [BatchRecord] {
        let chosen =
            client == nil
            ? "ORDER BY batch_time DESC, batch_number DESC LIMIT $1"
            : "WHERE client_schema = $1 ORDER BY batch_number DESC LIMIT $2"
        let values = (client.map { [.text($0)] } ?? []) + [CatalogValue(limit)]
        return try await store.reading { session in
            try session.query("\(selectBatch) \(chosen)", values).map(BatchRow.read)
        }
    }

    func batch(client: String, _ id: BatchID) async throws -> BatchRecord? {
        try await store.reading { session in
            try session.first(
                "\(selectBatch) WHERE client_schema = $1 AND batch_number = $2",
                [.text(client), CatalogValue(id.number)]
            ).map(BatchRow.read)
        }
    }

    func files(client: String, batch: BatchID) async throws -> [FileRecord] {
        try await store.reading { session in
            try session.query(
                "\(selectFile) WHERE client_schema = $1 AND batch_number = $2 ORDER BY position",
                [.text(client), CatalogValue(batch.number)]
            ).map(FileRow.read)
        }
    }

    func loadedFiles(client: String, sha256: String) async throws -> [FileRecord] {
        try await store.reading { session in
            try session.query(
                """
                \(selectFile) WHERE client_schema = $1 AND sha256 = $2 AND \(loadIsGood)
                ORDER BY batch_number DESC, position DESC
                """, [.text(client), .text(sha256)]
            ).map(FileRow.read)
        }
    }

    func lastGoodRecords(client: String, key: FileKey, before: BatchID) async throws -> Int? {
        try await store.reading { session in
            try session.first(
                """
                SELECT CAST(sum(total_rows) AS bigint) AS records FROM file_audit_log
                WHERE client_schema = $1 AND source_system = $2 AND logical_source_file = $3
                    AND batch_number < $4 AND \(loadIsGood)
                GROUP BY batch_number ORDER BY batch_number DESC LIMIT 1
                """, [.text(client), .text(key.source), .text(key.name), CatalogValue(before.number)]
            ).map { Int(try $0.int("records")) }
        }
    }

    func lastLoaded(client: String, key: FileKey) async throws -> FileRecord? {
        try await store.reading { session in
            try session.first(
                """
                \(selectFile)
                WHERE client_schema = $1 AND source_system = $2 AND logical_source_file = $3 AND \(loadIsGood)
                ORDER BY batch_number DESC, position DESC LIMIT 1
                """, [.text(client), .text(key.source), .text(key.name)]
            ).map(FileRow.read)
        }
    }

    private var selectBatch: String { "SELECT \(SQLText.identifiers(BatchRow.columns)) FROM batch" }
    var selectFile: String { "SELECT \(SQLText.identifiers(FileRow.columns)) FROM file_audit_log" }
    var loadIsGood: String {
        let good = Status.allCases.filter(\.isGood).map { SQLText.literal($0.rawValue) }
        return "load_status IN (\(good.joined(separator: ", ")))"
    }
}

extension CatalogSession {
    func put(_ file: FileRecord) throws {
        try execute(FileRow.upsert, FileRow.values(of: file))
    }
}
