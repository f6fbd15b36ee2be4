internal import PulihModel
internal import PulihSystem

/// Writes the audit: first to an fsynced NDJSON file that no restore can erase, then to the catalog.
///
/// A crash between the two leaves the line in the file only; `reconcile` brings it to the catalog later. Ids make the
/// second write harmless.
actor Auditor {
    private let environment: RunEnvironment
    private let lease: Lease
    private let series: String
    private var count = 0
    private var log: AppendLog?
    private var logPath = ""

    /// - Parameter series: tells the ids of one of several auditors of a lease.
    init(_ environment: RunEnvironment, lease: Lease, series: String = "") {
        self.environment = environment
        self.lease = lease
        self.series = series
    }

    struct Entry: Sendable {
        var process: String
        var status: Status
        var batch: BatchID?
        var seconds: Double?
        var rows: Int?
        var message: String
    }

    func record(
        _ process: String, _ status: Status, batch: BatchID?, seconds: Double? = nil, rows: Int? = nil,
        _ message: String
    ) async throws {
        try await record([
            Entry(
                process: process, status: status, batch: batch, seconds: seconds, rows: rows, message: message
            )
        ])
    }

    func record(_ entries: [Entry]) async throws {
        try await environment.catalog.record(try await append(entries))
    }

    /// Writes to the file alone. - Returns: what the caller has to bring to the catalog.
    func append(_ entries: [Entry]) async throws -> [AuditEvent] {
        guard !entries.isEmpty else { return [] }
        let now = environment.clock.now()
        let events = entries.map { entry in
            count += 1
            return AuditEvent(
                id: "\(lease.client)-\(lease.epoch)-\(series)\(count)", at: now, client: lease.client,
                batch: entry.batch,
                process: entry.process, status: entry.status, seconds: entry.seconds, rows: entry.rows,
                message: entry.message)
        }
        let path = AuditFile.path(environment.layout, at: now)
        let lines = events.map { AuditFile.line($0).compact }
        let log = try await openLog(path)
        try await BlockingWork.run { try log.append(lines: lines) }
        return events
    }

    private func openLog(_ path: String) async throws -> AppendLog {
        if let log, path == logPath { return log }
        let folder = environment.layout.auditFolder
        let opened = try await BlockingWork.run {
            try DurableFile.createFolders(folder)
            return try AppendLog(path)
        }
        log = opened
        logPath = path
        return opened
    }

    /// Brings lines of the current audit file that the catalog lacks into it: what a crash between the two writes
    /// leaves, and what a restored catalog has forgotten.
    func reconcile() async throws {
        let path = AuditFile.path(environment.layout, at: environment.clock.now())
        guard try await BlockingWork.run({ try FileIdentity.ifPresent(path) }) != nil else { return }
        let client = lease.client
        // A damaged line keeps nobody from the others; the doctor names it.
        let bytes = try await BlockingWork.run { try FileReader.readAll(path, limit: 1 << 30) }
        var events: [AuditEvent] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard let event = AuditFile.event(String(line)), event.client == client else { continue }
            events.append(event)
        }
        // Only the tail can be missing from the catalog after a crash; ids make the others harmless.
        try await environment.catalog.record(Array(events.suffix(1000)))
    }
}

/// The audit's NDJSON format.
enum AuditFile {
    static func path(_ layout: WorkspaceLayout, at now: Int64) -> String {
        let stamp = Timestamp.format(now).split(separator: "-")
        return layout.auditFile(year: Int(stamp[0]) ?? 0, month: Int(stamp[1]) ?? 0)
    }

    static func line(_ event: AuditEvent) -> JSONValue {
        [
            "id": .string(event.id), "timestamp": .string(Timestamp.format(event.at)),
            "client": .string(event.client), "batch_id": .optional(event.batch?.description),
            "process_name": .string(event.process), "status": .string(event.status.rawValue),
            "duration_sec": event.seconds.map { .double($0) } ?? .null,
            "data_rows_loaded": .optional(event.rows),
            "message": .string(event.message),
        ]
    }

    /// nil for a line that a crash cut short.
    static func event(_ line: String) -> AuditEvent? {
        guard let json = try? JSONValue.parse(Array(line.utf8)), let id = json["id"]?.string,
            let at = json["timestamp"]?.string.flatMap(Timestamp.parse), let client = json["client"]?.string,
            let process = json["process_name"]?.string,
            let status = json["status"]?.string.flatMap(Status.init(rawValue:)),
            let message = json["message"]?.string
        else { return nil }
        var seconds: Double?
        switch json["duration_sec"] {
        case .double(let value): seconds = value
        case .int(let value): seconds = Double(value)
        default: break
        }
        return AuditEvent(
            id: id, at: at, client: client, batch: json["batch_id"]?.string.flatMap { BatchID($0) },
            process: process,
            status: status, seconds: seconds, rows: json["data_rows_loaded"]?.int.map { Int($0) },
            message: message)
    }
}
