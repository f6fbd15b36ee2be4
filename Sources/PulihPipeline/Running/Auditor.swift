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
    /// Numbers given so far.
    private var count = 0
    private var writing: Task<[AuditEvent], any Error>?
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
        var details: JSONValue = .null
    }

    func record(
        _ process: String, _ status: Status, batch: BatchID?, seconds: Double? = nil, rows: Int? = nil,
        _ message: String, details: JSONValue = .null
    ) async throws {
        try await record([
            Entry(
                process: process, status: status, batch: batch, seconds: seconds, rows: rows,
                message: message, details: details)
        ])
    }

    func record(_ entries: [Entry]) async throws {
        try await environment.catalog.record(try await append(entries))
    }

    /// Writes to the file alone. - Returns: what the caller has to bring to the catalog.
    func append(_ entries: [Entry]) async throws -> [AuditEvent] {
        guard !entries.isEmpty else { return [] }
        // One after the other: a number is given for good only once its line stands.
        let before = writing
        let task = Task {
            _ = await before?.result
            return try await self.write(entries)
        }
        writing = task
        return try await task.value
    }

    private func write(_ entries: [Entry]) async throws -> [AuditEvent] {
        let now = environment.clock.now()
        let events = zip((count + 1)..., entries).map { number, entry in
            AuditEvent(
                id: "\(lease.client)-\(lease.epoch)-\(series)\(number)", at: now, client: lease.client,
                batch: entry.batch,
                process: entry.process, status: entry.status, seconds: entry.seconds, rows: entry.rows,
                message: entry.message, details: entry.details)
        }
        let lines = events.map { AuditFile.line($0).compact }
        let log = try await openLog(AuditFile.path(environment.layout, at: now))
        do {
            try await BlockingWork.run { try Timings.measure(.audit) { try log.append(lines: lines) } }
        } catch {
            if log.isDoubtful { count += events.count }
            throw error
        }
        count += events.count
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

    /// Brings lines of the audit's files that the catalog lacks into it: what a crash between the two writes leaves,
    /// and what a restored catalog has forgotten.
    func reconcile() async throws {
        let (layout, client) = (environment.layout, lease.client)
        let newest = try await BlockingWork.run {
            try AuditFile.events(layout, of: client, newest: Auditor.window)
        }
        guard let oldest = newest.first else { return }
        let known = Set(
            try await environment.catalog.auditEvents(
                client: client, batch: nil, limit: Auditor.window + 500
            ).map(\.id))
        // A crash leaves a gap among the newest; where even the oldest of them is unknown more may be missing.
        var missing = newest.filter { !known.contains($0.id) }
        if !known.contains(oldest.id) {
            missing = try await BlockingWork.run {
                try AuditFile.events(layout, of: client, newest: .max)
            }
        }
        var rest = missing[...]
        while !rest.isEmpty {
            try await environment.catalog.record(Array(rest.prefix(Auditor.window)))
            rest = rest.dropFirst(Auditor.window)
        }
    }

    private static let window = 1000
}

/// The audit's NDJSON format.
enum AuditFile {
    static func path(_ layout: WorkspaceLayout, at now: Int64) -> String {
        let stamp = Timestamp.format(now).split(separator: "-")
        return layout.auditFile(year: Int(stamp[0]) ?? 0, month: Int(stamp[1]) ?? 0)
    }

    /// A client's newest events, oldest first, from as many months' files as it takes.
    static func events(_ layout: WorkspaceLayout, of client: String, newest limit: Int) throws -> [AuditEvent]
    {
        guard try FileIdentity.ifPresent(layout.auditFolder) != nil else { return [] }
        let names = try listFolder(layout.auditFolder).map(\.name)
            .filter { $0.hasPrefix("audit-") && $0.hasSuffix(".ndjson") }
        var events: [AuditEvent] = []
        for name in names.sorted(by: >) {
            // A damaged line keeps nobody from the others; the doctor names it.
            let bytes = try FileReader.readAll("\(layout.auditFolder)/\(name)", limit: 1 << 30)
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").reversed() {
                if events.count == limit { return events.reversed() }
                if let event = event(String(line)), event.client == client { events.append(event) }
            }
        }
        return events.reversed()
    }

    static func line(_ event: AuditEvent) -> JSONValue {
        guard event.details != .null, case .object(let members) = plainLine(event) else {
            return plainLine(event)
        }
        return .object(members + [JSONMember("details", event.details)])
    }

    private static func plainLine(_ event: AuditEvent) -> JSONValue {
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
            message: message, details: json["details"] ?? .null)
    }
}
