internal import Foundation
internal import PulihCrypto
internal import PulihModel
internal import PulihSystem
internal import PulihTesting

/// All that a story leaves, without what differs between two runs that are the same: times, attempts, epochs.
struct Outcome: Sendable, Equatable {
    /// Lines by the thing that they tell of.
    let sections: [String: [String]]

    init(of workspace: Workspace) async throws {
        var sections = try await WarehouseReading.tables(workspace)
        let names = Self.catalog.keys.sorted()
        let rows = try await CatalogReading.rows(workspace, names.map { Self.catalog[$0]! })
        for (name, rows) in zip(names, rows) { sections[name] = rows.map { $0.joined(separator: "|") } }
        var times: [String: String] = [:]
        sections["files"] = try workspace.files().compactMap { try Self.line($0, workspace, &times) }
        self.sections = sections.mapValues { lines in lines.map { Self.timeless($0, times) } }
    }

    /// What differs, a line each: `- ` what an uninterrupted run leaves, `+ ` what there is.
    func differences(from expected: Outcome) -> [String] {
        Set(sections.keys).union(expected.sections.keys).sorted().flatMap { name -> [String] in
            guard sections[name] != expected.sections[name] else { return [] }
            let (there, wanted) = (sections[name], expected.sections[name])
            guard let there else { return ["- \(name) is missing"] }
            guard let wanted else {
                return ["+ \(name) should not be there"] + there.prefix(5).map { "+ \(name): \($0)" }
            }
            let difference = there.difference(from: wanted)
            return difference.removals.map { "- \(name): \(Self.element($0))" }
                + difference.insertions.map { "+ \(name): \(Self.element($0))" }
        }
    }

    private static func element(_ change: CollectionDifference<String>.Change) -> String {
        switch change {
        case .insert(_, let text, _), .remove(_, let text, _): text
        }
    }

    private static let catalog = [
        "batches": "SELECT batch_id, status FROM {tools}batch ORDER BY 1",
        "last batch": "SELECT client_schema, last_batch_id FROM {tools}client_reference ORDER BY 1",
        "balance": """
        SELECT batch_id, position, original_file_name, physical_file_name, parquet_name, bytes, sha256, total_rows,
            blank_lines, loaded_rows, quarantined_rows, CAST(skipped_rows AS text), config_status, convert_status,
            mapping_validation_status, row_validation_status, load_status, control_file, control_sha256
        FROM {tools}file_audit_log ORDER BY batch_id, position
        """,
        "steps": """
        SELECT batch_id, stage, thing, status, row_count FROM {tools}step_log AS s
        WHERE sequence = (SELECT max(sequence) FROM {tools}step_log AS o
            WHERE o.batch_id = s.batch_id AND o.stage = s.stage AND o.thing = s.thing)
        ORDER BY batch_id, stage, thing
        """,
        "rules": """
        SELECT DISTINCT batch_id, thing, rule_name, severity, record_count, message FROM {tools}row_validation_log
        ORDER BY 1, 2, 3, 4, 5, 6
        """,
        "leases": "SELECT client_schema FROM {tools}run_lease WHERE CAST(held AS integer) = 1",
    ]

    /// A file and its content; nil for files that are compared in another way.
    private static func line(
        _ path: String, _ workspace: Workspace, _ times: inout [String: String]
    ) throws -> String? {
        // What was being written when it was killed: nobody reads it, 'doctor --repair' removes it.
        if DurableFile.isTemporary(path) { return nil }
        if path.hasPrefix("sql/") || path == "pulih.yml" { return nil }
        if path.hasPrefix("warehouse/") || path.hasPrefix("data/catalog") || path.hasPrefix("audit/") {
            return path
        }
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: workspace.path(path))))
        guard path.hasPrefix("batch_info/") else {
            return "\(path) \(SHA256Digest.of(String(decoding: bytes, as: UTF8.self)).hex)"
        }
        var manifest = try JSONValue.parse(bytes)
        if let batch = manifest["batch_id"]?.string, let time = manifest["batch_time"]?.int {
            remember(time, of: batch, &times)
        }
        // The seal covers the time; 'doctor' checks it.
        if case .object(let members) = manifest {
            manifest = .object(members.filter { $0.name != "seal" })
        }
        return "\(path) \(manifest.compact)"
    }

    /// The ways in which the time of a batch is written.
    private static func remember(_ time: Int64, of batch: String, _ times: inout [String: String]) {
        times["\(time)"] = "<time of \(batch)>"
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
        let seconds = formatter.string(from: Date(timeIntervalSince1970: Double(time / 1_000_000)))
        let digits = String(String(1_000_000 + time % 1_000_000).dropFirst())
        let fraction = digits.replacing(/0+$/, with: "")
        let text = fraction.isEmpty ? seconds : "\(seconds).\(fraction)"
        times[text] = "<time of \(batch)>"
        times[text.replacing(" ", with: "T")] = "<time of \(batch)>"
    }

    private static func timeless(_ line: String, _ times: [String: String]) -> String {
        times.reduce(line) { $0.replacing($1.key, with: $1.value) }
    }
}
