import PulihModel
import PulihSQLite
import PulihTesting

/// What a workspace holds when nothing runs, as far as two runs of one story must agree.
struct Rest: Sendable {
    /// Rows and hash of every table and view of bronze, silver and gold.
    private let tables: [String: String]
    /// Paths of raw files, Parquet and manifests.
    private let files: [String]
    /// By path, without the time at which the batch was claimed and the seal over it.
    private let manifests: [String: JSONValue]
    private let batches: [String]
    /// What became of each file's records.
    private let balance: [String]
    /// Steps that did not end well, locks that are still held, whatever the doctor finds.
    private let troubles: [String]
    private let audit: Audit

    init(of shop: TestWorkspace) async throws {
        tables = try await shop.fingerprint()
        files = try ["raw", "data/client1", "batch_info"].flatMap { try shop.files(below: $0) }
            .filter { !$0.contains("/.pulih-tmp-") }
        manifests = Dictionary(
            uniqueKeysWithValues: try files.filter { $0.hasPrefix("batch_info/") }.map { path in
                guard case .object(var members) = try JSONValue.parse(Array(try shop.read(path).utf8)) else {
                    throw TestFailure("\(path) is no manifest")
                }
                members.removeAll { $0.name == "batch_time" || $0.name == "seal" }
                return (path, .object(members))
            })
        var (batches, balance, troubles) = ([String](), [String](), [String]())
        for batch in try await shop.json("batches").array ?? [] {
            let (id, status) = (batch["batch_id"]?.string ?? "?", batch["status"]?.string ?? "?")
            batches.append("\(id) \(status)")
            let story = try await shop.json("show", id)
            for file in story["files"]?.array ?? [] {
                let names = [
                    "physical_file_name", "records", "loaded", "quarantined", "skipped", "load_status",
                ]
                balance.append(names.map { "\($0) \(file[$0]?.compact ?? "-")" }.joined(separator: ", "))
            }
            for step in story["steps"]?.array ?? [] where step["status"] != "SUCCESS" {
                troubles.append("step of \(id): \(step.compact)")
            }
        }
        for client in try await shop.json("status").array ?? [] where client["running"] != .null {
            troubles.append("still runs: \(client.compact)")
        }
        let doctor = try await shop.run("doctor")
        if doctor.exit != 0 { troubles.append("doctor: \(doctor.everything)") }
        (self.batches, self.balance, self.troubles) = (batches, balance, troubles)
        audit = try await Audit(of: shop)
    }

    /// What is otherwise than it was in the run that nothing interrupted.
    /// - Parameter isBegunAnew: a run that died before it began was begun again, so that all its lines are there.
    func differences(from expected: Rest, isBegunAnew: Bool = true) -> [String] {
        compare("table", tables, expected.tables) + compare("manifest", manifests, expected.manifests)
            + compare("file", files, expected.files) + compare("batch", batches, expected.batches)
            + compare("records", balance, expected.balance) + troubles + audit.troubles
            + (isBegunAnew ? audit.missing(of: expected.audit) : [])
    }

    private func compare<Value: Equatable>(
        _ what: String, _ found: [String: Value], _ expected: [String: Value]
    ) -> [String] {
        Set(found.keys).union(expected.keys).sorted().filter { found[$0] != expected[$0] }.map { key in
            let values = [found[key], expected[key]].map { $0.map { "\($0)" } ?? "none" }
            return "\(what) \(key): \(values[0]), expected \(values[1])"
        }
    }

    private func compare(_ what: String, _ found: [String], _ expected: [String]) -> [String] {
        found.filter { !expected.contains($0) }.map { "\(what) too much: \($0)" }
            + expected.filter { !found.contains($0) }.map { "\(what) missing: \($0)" }
    }
}

/// The audit in its file and in the catalog.
private struct Audit: Sendable {
    /// In the order of the file.
    let ids: [String]
    let inCatalog: [String]
    /// What ended well, without times, and what was begun in so many words.
    let done: Set<String>
    let torn: [String]

    init(of shop: TestWorkspace) async throws {
        var (ids, done, torn) = ([String](), Set<String>(), [String]())
        for path in try shop.files(below: "audit") {
            for line in try shop.read(path).split(separator: "\n") {
                guard let event = try? JSONValue.parse(Array(line.utf8)), let id = event["id"]?.string else {
                    torn.append(String(line))
                    continue
                }
                ids.append(id)
                guard event["status"] == "SUCCESS" || event["status"] == "PENDING",
                    let batch = event["batch_id"]?.string
                else { continue }
                let process = event["process_name"]?.string ?? "?"
                // What a run loaded by itself is not the same in two runs as in one.
                let message = process == "batch" ? "" : event["message"]?.string ?? ""
                done.insert("\(batch) \(process) \(message)")
            }
        }
        (self.ids, self.done, self.torn) = (ids, done, torn)
        inCatalog = try await Self.catalog(shop)
    }

    /// What is wrong with it in itself.
    var troubles: [String] {
        var found: [String] = torn.map { "audit: torn line \($0)" }
        if Set(ids).count != ids.count { found.append("audit: an id stands there twice: \(ids)") }
        let (file, catalog) = (Set(ids), Set(inCatalog))
        if file != catalog {
            found.append(
                "audit: only in the file or only in the catalog: \(file.symmetricDifference(catalog).sorted())"
            )
        }
        // client-epoch-number: numbers of one run follow each other.
        for (run, numbers) in Dictionary(grouping: ids.map(Self.parts), by: \.run) {
            let sorted = numbers.map(\.number).sorted()
            if sorted != Array(1...sorted.count) { found.append("audit: a gap in \(run): \(sorted)") }
        }
        return found
    }

    /// A line that was written late says so at its end.
    func missing(of expected: Audit) -> [String] {
        let missing = expected.done.filter { line in !done.contains { $0.hasPrefix(line) } }
        return missing.sorted().map { "audit: missing: \($0)" }
    }

    private static func parts(_ id: String) -> (run: String, number: Int) {
        let dash = id.lastIndex(of: "-") ?? id.startIndex
        return (String(id[..<dash]), Int(id[dash...].dropFirst()) ?? 0)
    }

    private static func catalog(_ shop: TestWorkspace) async throws -> [String] {
        if shop.place == .postgresql {
            return try await shop.sql("SELECT event_id FROM tools.etl_audit_log")
                .split(separator: "\n").map(String.init)
        }
        let database = try await SQLiteDatabase(path: shop.path("data/catalog.sqlite"), readOnly: true)
        let ids = try await database.run { session in
            try session.query("SELECT event_id FROM etl_audit_log").map { try $0.text("event_id") }
        }
        try await database.close()
        return ids
    }
}
