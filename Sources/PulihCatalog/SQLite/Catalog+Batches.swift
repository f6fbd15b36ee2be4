public import PulihModel
import PulihSQLite

extension SQLiteCatalog {
    public func lastBatchNumber(client: String) async throws -> Int {
        try await reading { session in
            let row = try session.first(
                """
                SELECT max(
                    coalesce((SELECT last_batch_id FROM client_reference WHERE client_schema = ?1), 0),
                    coalesce((SELECT max(batch_number) FROM batch WHERE client_schema = ?1), 0)) AS number
                """, [.text(client)])
            return Int(try row?.int("number") ?? 0)
        }
    }

    public func recordClaim(_ batch: BatchRecord, files: [FileRecord]) async throws {
        try await writing { session in
            let known = try session.execute(
                "UPDATE client_reference SET last_batch_id = max(last_batch_id, ?) WHERE client_schema = ?",
                [.int(Int64(batch.batch.number)), .text(batch.client)])
            guard known == 1 else {
                throw PulihError(
                    .configuration, "\(batch.client) is not in the catalog", object: batch.client,
                    leftBehind: "no batch was claimed", hint: "run 'pulih apply'")
            }
            let marks = Array(repeating: "?", count: BatchRow.columns.count).joined(separator: ", ")
            try session.execute(
                "INSERT INTO batch (\(SQLText.identifiers(BatchRow.columns))) VALUES (\(marks))",
                BatchRow.values(of: batch))
            for file in files { try session.put(file) }
        }
    }

    public func updateBatch(_ batch: BatchRecord) async throws {
        try await writing { session in
            let assignments = BatchRow.columns.map { "\(SQLText.identifier($0)) = ?" }.joined(separator: ", ")
            let changed = try session.execute(
                "UPDATE batch SET \(assignments) WHERE client_schema = ? AND batch_number = ?",
                BatchRow.values(of: batch) + [.text(batch.client), .int(Int64(batch.batch.number))])
            guard changed == 1 else {
                throw PulihError(.bug, "\(batch.batch) of \(batch.client) was never claimed in the catalog")
            }
        }
    }

    public func updateFiles(_ files: [FileRecord]) async throws {
        guard !files.isEmpty else { return }
        try await writing { session in
            for file in files { try session.put(file) }
        }
    }

    /// Without a client: of all clients, by the time of the batch.
    public func batches(client: String?, limit: Int) async throws -> [BatchRecord] {
        try await reading { session in
            let chosen = client == nil ? "ORDER BY batch_time DESC, batch_number DESC" : byClient
            return try session.query(
                "SELECT * FROM batch \(chosen) LIMIT ?",
                (client.map { [.text($0)] } ?? []) + [.int(Int64(limit))]
            ).map(BatchRow.read)
        }
    }

    public func batch(client: String, _ id: BatchID) async throws -> BatchRecord? {
        try await reading { session in
            try session.first(
                "SELECT * FROM batch WHERE client_schema = ? AND batch_number = ?",
                [.text(client), .int(Int64(id.number))]
            ).map(BatchRow.read)
        }
    }

    public func files(client: String, batch: BatchID) async throws -> [FileRecord] {
        try await reading { session in
            try session.query(
                "SELECT * FROM file_audit_log WHERE client_schema = ? AND batch_number = ? ORDER BY position",
                [.text(client), .int(Int64(batch.number))]
            ).map(FileRow.read)
        }
    }

    public func loadedFiles(client: String, sha256: String) async throws -> [FileRecord] {
        try await reading { session in
            try session.query(
                """
                SELECT * FROM file_audit_log WHERE client_schema = ? AND sha256 = ? AND \(loadIsGood)
                ORDER BY batch_number DESC, position DESC
                """, [.text(client), .text(sha256)]
            ).map(FileRow.read)
        }
    }

    public func lastGoodRecords(client: String, key: FileKey, before: BatchID) async throws -> Int? {
        try await reading { session in
            try session.first(
                """
                SELECT sum(total_rows) AS records FROM file_audit_log
                WHERE client_schema = ? AND source_system = ? AND logical_source_file = ? AND batch_number < ?
                    AND \(loadIsGood)
                GROUP BY batch_number ORDER BY batch_number DESC LIMIT 1
                """, [.text(client), .text(key.source), .text(key.name), .int(Int64(before.number))]
            ).map { Int(try $0.int("records")) }
        }
    }

    public func lastLoaded(client: String, key: FileKey) async throws -> FileRecord? {
        try await reading { session in
            try session.first(
                """
                SELECT * FROM file_audit_log
                WHERE client_schema = ? AND source_system = ? AND logical_source_file = ? AND \(loadIsGood)
                ORDER BY batch_number DESC, position DESC LIMIT 1
                """, [.text(client), .text(key.source), .text(key.name)]
            ).map(FileRow.read)
        }
    }

    private var byClient: String { "WHERE client_schema = ? ORDER BY batch_number DESC" }
    private var loadIsGood: String {
        let good = Status.allCases.filter(\.isGood).map { SQLText.literal($0.rawValue) }
        return "load_status IN (\(good.joined(separator: ", ")))"
    }
}

extension SQLiteSession {
    fileprivate func put(_ file: FileRecord) throws {
        let marks = Array(repeating: "?", count: FileRow.columns.count).joined(separator: ", ")
        try execute(
            """
            INSERT OR REPLACE INTO file_audit_log (\(SQLText.identifiers(FileRow.columns)))
            VALUES (\(marks))
            """,
            FileRow.values(of: file))
    }
}
