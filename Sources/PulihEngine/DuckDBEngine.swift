internal import PulihArchive
internal import PulihDuckDB
public import PulihModel
internal import PulihSystem

/// The engine on a DuckDB of its own, in memory. Values are cheap to copy and share one database.
public struct DuckDBEngine: Engine {
    let pool: ConnectionPool
    private let threads: LazyThreads
    private let shapes = ShapeCache()
    private let parquets = ParquetCache()
    private let longest: Int
    /// Into how many relations a large file is split.
    private let streams: Int
    private let workFolder: String
    /// Bytes from which several threads are faster than one.
    private static let large: Int64 = 1 << 20

    /// - Parameters:
    ///   - workFolder: for temporary files, and for what does not fit into DuckDB's memory; on the file system of the
    ///     quarantine. Made if it is missing.
    /// - Throws: `storage`.
    public init(settings: Settings, workFolder: String) throws {
        // Of `writeBinaryCopy`: a reader that is gone is an error of the call, not the end of the process.
        Signals.ignoreSIGPIPE()
        self.workFolder = workFolder
        let limit = max(64 << 20, settings.engineMemoryBytes)
        longest = min(64 << 20, limit / 8)
        streams = max(1, settings.parallelSteps)
        threads = LazyThreads(settings.threads)
        pool = try translating(object: workFolder) {
            try DurableFile.createFolders(workFolder)
            let database = try DuckDBDatabase(
                path: nil,
                options: [
                    "memory_limit": "\(limit >> 10)KiB", "threads": "1",
                    "temp_directory": workFolder, "preserve_insertion_order": "true",
                    "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
                ])
            return ConnectionPool(database, limit: settings.parallelSmallSteps)
        }
    }

    public func survey(path: String, format: RecordFormat) async throws -> FileSurvey {
        let shapes = shapes
        return try await translating(object: path) {
            try await BlockingWork.run { try Survey.read(path, format, keepIn: shapes) }
        }
    }

    public func convert(_ request: ConvertRequest) async throws -> ConvertOutcome {
        let (shapes, parquets, longest, threads) = (shapes, parquets, longest, threads)
        return try await translating(object: request.physicalName) {
            try await pool.run { session in
                if try FileIdentity.of(request.rawPath).size >= Self.large { try threads.raise(session) }
                return try Conversion(
                    session: session, request: request, shapes: shapes, parquets: parquets, longest: longest
                ).run()
            }
        }
    }

    public func checkRows(_ request: RowCheckRequest) async throws -> RowCheckOutcome {
        let (parquets, workFolder, threads) = (parquets, workFolder, threads)
        return try await translating(object: request.file.physicalName) {
            try await pool.run { session in
                if try FileIdentity.of(request.file.parquetPath).size >= Self.large / 2 {
                    try threads.raise(session)
                }
                return try RowCheck(
                    session: session, request: request, parquets: parquets, workFolder: workFolder
                ).run()
            }
        }
    }

    public func loadRelation(_ file: ConvertedFile) async throws -> LoadRelation {
        let (parquets, streams, threads) = (parquets, streams, threads)
        return try await translating(object: file.physicalName) {
            try await pool.run { session in
                let rows = try FileRows(session, file, parquets)
                let parts = try rows.toLoad(inParts: streams)
                if parts.count > 1 { try threads.raise(session) }
                return LoadRelation(whole: try rows.toLoad(), parts: parts)
            }
        }
    }

    public func header(path: String, format: RecordFormat) async throws -> [String]? {
        try await translating(object: path) {
            try await BlockingWork.run { try RawRecords.header(path, format) }
        }
    }

    public func rawRecords(
        path: String, format: RecordFormat, ordinals: [Int]
    ) async throws -> [RawRecord] {
        try await translating(object: path) {
            try await BlockingWork.run { try RawRecords.find(ordinals, path, format) }
        }
    }

    public func quarantined(
        paths: [String], limit: Int?, each: @escaping @Sendable (QuarantineRecord) throws -> Void
    ) async throws {
        try await translating(object: paths.first ?? "") {
            try await pool.run { session in
                let present = try paths.filter { try FileIdentity.ifPresent($0) != nil }
                try QuarantineTable.read(session, present, limit: limit, each)
            }
        }
    }

    public func quarantineCounts(paths: [String]) async throws -> QuarantineCounts {
        try await translating(object: paths.first ?? "") {
            try await pool.run { session in
                try QuarantineTable.count(session, paths.filter { try FileIdentity.ifPresent($0) != nil })
            }
        }
    }

    public func corrections(path: String) async throws -> [Correction] {
        try await translating(object: path) {
            try await BlockingWork.run { try CorrectionFile.read(path) }
        }
    }

    public func propose(path: String) async throws -> [FileProposal] {
        let (shapes, workFolder, threads) = (shapes, workFolder, threads)
        return try await translating(object: path) {
            try await pool.run { session in
                try threads.raise(session)
                return try Proposal(session: session, path: path, shapes: shapes, workFolder: workFolder)
                    .make()
            }
        }
    }

    public func tableReferences(sql: String) async throws -> [SQLReference] {
        try await translating(object: "") {
            try await pool.run { session in try SQLTree.references(sql, session) }
        }
    }

    public func close() async throws {
        await pool.close()
    }
}
