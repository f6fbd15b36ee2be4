internal import Foundation
internal import PulihModel
internal import PulihTesting

/// What holds after every story, whatever was killed in it.
enum Promises {
    /// - Returns: those that were broken, in words.
    static func broken(_ workspace: Workspace) async throws -> [String] {
        let tables = try await CatalogReading.rows(
            workspace,
            [
                "SELECT event_id, process_name, status, message FROM {tools}etl_audit_log",
                "SELECT batch_id, stage, thing, status FROM {tools}step_log WHERE status IN ('RUNNING', 'PENDING')",
                """
                SELECT batch_id, stage, thing, status, count(*) FROM {tools}step_log
                WHERE reason LIKE 'ran%' AND (status = 'FAILED' OR status IN ('SUCCESS', 'WARNING')
                    AND stage IN ('load_bronze', 'transform', 'integrate', 'publish', 'refresh_mv'))
                GROUP BY 1, 2, 3, 4
                """,
                """
                SELECT DISTINCT batch_id, stage, thing FROM {tools}step_log WHERE status IN ('SUCCESS', 'WARNING')
                    AND stage IN ('load_bronze', 'transform', 'integrate', 'publish', 'refresh_mv')
                """,
                "SELECT batch_id FROM {tools}batch",
            ])
        let (lines, unread) = try auditFile(workspace)
        var broken = unread
        broken += tables[1].map { "the journal says that \($0.joined(separator: " ")) goes on" }
        broken += compare(lines, catalog: tables[0])
        broken += gaps(lines.map(\.id))

        var written: [String: Int] = [:]
        for line in lines {
            let thing = String(line.message.prefix { $0 != ":" })
            written["\(line.batch) \(line.process) \(thing) \(line.status)", default: 0] += 1
        }
        for step in tables[2] {
            let name = step[..<4].joined(separator: " ")
            let (there, wanted) = (written[name] ?? 0, Int(step[4]) ?? 0)
            if there < wanted {
                broken.append("the audit has \(there) lines of \(name), the journal \(wanted)")
            }
        }
        // Also what a dead run committed, and the next one only kept.
        for step in tables[3] {
            let name = step.joined(separator: " ")
            guard written["\(name) SUCCESS"] == nil, written["\(name) WARNING"] == nil else { continue }
            broken.append("the audit does not know that \(name) was done")
        }
        for batch in tables[4].map({ $0[0] }) {
            for process in ["claim", "batch"]
            where !lines.contains(where: {
                $0.batch == batch && $0.process == process && ["SUCCESS", "WARNING"].contains($0.status)
            }) {
                broken.append("the audit has no \(process) of \(batch)")
            }
        }
        return broken
    }

    private struct Line {
        let id: String
        let batch: String
        let process: String
        let status: String
        let message: String
    }

    private static func auditFile(_ workspace: Workspace) throws -> (lines: [Line], unread: [String]) {
        var lines: [Line] = []
        var unread: [String] = []
        for path in try workspace.files() where path.hasPrefix("audit/") {
            for text in try workspace.read(path).split(separator: "\n") {
                guard let json = try? JSONValue.parse(Array(text.utf8)), let id = json["id"]?.string,
                    let process = json["process_name"]?.string, let status = json["status"]?.string,
                    let message = json["message"]?.string
                else {
                    unread.append("\(path) has a line that is none: \(text)")
                    continue
                }
                lines.append(
                    Line(
                        id: id, batch: json["batch_id"]?.string ?? "-", process: process, status: status,
                        message: message))
            }
        }
        return (lines, unread)
    }

    private static func compare(_ lines: [Line], catalog rows: [[String]]) -> [String] {
        var broken: [String] = []
        let inFile = Dictionary(lines.map { ($0.id, "\($0.process) \($0.status) \($0.message)") }) { $1 }
        if inFile.count != lines.count { broken.append("an id stands twice in the audit file") }
        let inCatalog = Dictionary(rows.map { ($0[0], $0[1...].joined(separator: " ")) }) { $1 }
        for (id, text) in inFile where inCatalog[id] != text {
            broken.append("audit \(id) '\(text)' is '\(inCatalog[id] ?? "missing")' in the catalog")
        }
        for (id, text) in inCatalog where inFile[id] == nil {
            broken.append("audit \(id) '\(text)' of the catalog is not in the file")
        }
        return broken
    }

    /// Ids are client, epoch, number; the numbers of an epoch follow one another.
    private static func gaps(_ ids: [String]) -> [String] {
        var numbers: [String: [Int]] = [:]
        for id in ids {
            let parts = id.split(separator: "-")
            guard let last = parts.last.flatMap({ Int($0) }) else { return ["\(id) is no id of the audit"] }
            numbers[parts.dropLast().joined(separator: "-"), default: []].append(last)
        }
        return numbers.compactMap { epoch, numbers in
            numbers.sorted() == Array(1...numbers.count)
                ? nil : "the audit of \(epoch) has a gap: \(numbers.sorted())"
        }
    }
}
