import Foundation
import PulihDuckDB
import PulihModel
import PulihSystem

@testable import PulihEngine

/// A folder, an engine, and a way to put one file through it.
final class Bench: Sendable {
    let folder: String
    let engine: DuckDBEngine
    private let reader: DuckDBDatabase

    init(memoryLimitBytes: Int = 256 << 20) throws {
        folder = NSTemporaryDirectory() + "pulih-engine-" + UUID().uuidString
        try DurableFile.createFolders(folder)
        engine = try DuckDBEngine(
            settings: Settings(
                memoryLimitBytes: memoryLimitBytes / 2 * 3, threads: 2, parallelSteps: 2, settleSeconds: 0),
            workFolder: folder + "/work")
        reader = try DuckDBDatabase(path: nil)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func write(_ bytes: [UInt8], _ name: String = "f.csv") throws -> String {
        let path = "\(folder)/\(name)"
        try DurableFile.write(bytes, to: path)
        return path
    }

    static func spec(
        _ columns: [ColumnSpec], _ dialect: CSVDialect = CSVDialect(), rules: [RowRule] = [],
        skips: [SkipRule] = []
    ) -> FileSpec {
        FileSpec(
            key: FileKey(source: "s", name: "f"), pattern: "*", delivery: .full, perBatch: .one,
            target: "s_f", format: RecordFormat(.csv, dialect), columns: columns, drift: .fail, rules: rules,
            limits: QuarantineLimits(records: nil, percent: nil), duplicates: .skip, empty: .refuse,
            skips: skips,
            at: SourceLine(file: "pulih.yml", line: 7))
    }

    func file(_ path: String, _ spec: FileSpec) -> ConvertedFile {
        ConvertedFile(
            rawPath: path, physicalName: "f.csv", spec: spec, parquetPath: path + ".parquet",
            convertRejectedPath: path + ".convert.parquet", rowRejectedPath: path + ".rows.parquet")
    }

    func convert(_ path: String, _ spec: FileSpec, corrections: String? = nil) async throws -> ConvertOutcome
    {
        let file = file(path, spec)
        return try await engine.convert(
            ConvertRequest(
                rawPath: path, physicalName: "f.csv", spec: spec, parquetPath: file.parquetPath,
                rejectedPath: file.convertRejectedPath, correctionsPath: corrections,
                workFolder: folder + "/work"))
    }

    func check(
        _ path: String, _ spec: FileSpec, severity: Severity = .fail, records: Int = 0, last: Int? = nil
    ) async throws -> RowCheckOutcome {
        try await engine.checkRows(
            RowCheckRequest(
                file: file(path, spec), defaultSeverity: severity, records: records, lastGoodRecords: last))
    }

    func quarantined(_ path: String, _ spec: FileSpec) async throws -> [QuarantineRecord] {
        let file = file(path, spec)
        let found = Found()
        try await engine.quarantined(paths: [file.convertRejectedPath, file.rowRejectedPath], limit: nil) {
            found.add($0)
        }
        return found.records
    }

    /// What would be loaded, values as text, the ordinal last.
    func loaded(_ path: String, _ spec: FileSpec) async throws -> [[String?]] {
        let relation = try await engine.loadRelation(file(path, spec))
        return try await reader.connect().run { session in
            _ = try session.execute("SET TimeZone = 'UTC'")
            return try session.query("FROM (\(relation.whole)) ORDER BY dwh_source_row").rows.map {
                $0.map(\.text)
            }
        }
    }

    /// What one text of a column becomes: the value, or the reason why it is quarantined.
    func value(of text: String, _ column: ColumnSpec) async throws -> String? {
        try await values(of: [text], column)[0]
    }

    /// As above, for many texts; reasons begin with `!`.
    /// - Parameter isLarge: adds a long record, so that the file is read as large ones are.
    func values(of texts: [String], _ column: ColumnSpec, isLarge: Bool = false) async throws -> [String?] {
        let quoted = texts.map {
            "x,\"" + $0.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                + "\""
        }
        let filler = isLarge ? [String(repeating: "long ", count: 300_000) + ",7"] : []
        let lines = ["k,v"] + quoted + filler
        let path = try write(
            Array((lines.joined(separator: "\n") + "\n").utf8), "v\(UInt32.random(in: 0 ... .max)).csv")
        var column = column
        column.source = "v"
        column.name = "v"
        let spec = Self.spec([ColumnSpec(source: "k", name: "k", type: .text), column])
        let outcome = try await convert(path, spec)
        var values = [String?](repeating: "lost", count: texts.count)
        for row in try await loaded(path, spec) where Int(row[2]!)! <= texts.count {
            values[Int(row[2]!)! - 1] = row[1]
        }
        for record in try await quarantined(path, spec) where record.record <= texts.count {
            values[record.record - 1] = "! " + record.reason
        }
        precondition(outcome.converted + outcome.quarantined == texts.count + filler.count)
        return values
    }
}

private final class Found: @unchecked Sendable {
    // One call fills it, and ends before it is read.
    var records: [QuarantineRecord] = []
    func add(_ record: QuarantineRecord) { records.append(record) }
}

extension ColumnSpec {
    static func of(_ type: ColumnType, _ name: String = "v") -> ColumnSpec {
        ColumnSpec(source: name, name: name, type: type)
    }
}
