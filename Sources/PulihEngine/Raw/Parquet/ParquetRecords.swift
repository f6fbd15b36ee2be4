internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem

/// Reads a Parquet file that was delivered and writes its rows as text: every value exactly, in the form that its type has.
///
/// The text lies in a file without name while it is read.
final class ParquetRecords: ByteSource {
    private let path: String
    private let layout: ParquetSchema
    private var spill: SpillFile?
    private var offset: Int64 = 0

    init(_ path: String, _ layout: ParquetSchema) {
        self.path = path
        self.layout = layout
    }

    func read(into block: inout [UInt8]) throws -> Int {
        let spill = try spill ?? write()
        let bytes = try spill.read(block.count, at: offset)
        for (index, byte) in bytes.enumerated() { block[index] = byte }
        offset += Int64(bytes.count)
        return bytes.count
    }

    private func write() throws -> SpillFile {
        let spill = try SpillFile()
        self.spill = spill
        guard try FileIdentity.of(path).size > 0 else { return spill }
        try Self.reading(path) { try write($0, to: spill) }
        return spill
    }

    private static func reading<R>(_ path: String, _ body: (DuckDBSession) throws -> R) throws -> R {
        do {
            let database = try DuckDBDatabase(
                path: nil,
                options: [
                    "memory_limit": "128MiB", "threads": "1",
                    "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
                ])
            return try database.withSession { try body($0) }
        } catch {
            guard let failure = error as? DuckDBFailure, failure.kind != .outOfMemory else { throw error }
            throw refusal(path, "is no sound Parquet file: \(failure.message.prefix { $0 != "\n" })")
        }
    }

    /// Names and types, in DuckDB's words, as the file's schema has them.
    static func columns(of path: String) throws -> [(name: String, type: String)] {
        try reading(path) { try columns(of: path, $0) }
    }

    private static func columns(
        of path: String, _ session: DuckDBSession
    ) throws -> [(name: String, type: String)] {
        try session.query("DESCRIBE SELECT * FROM \(source(path))").rows.map {
            (name: $0[0].string ?? "", type: $0[1].string ?? "")
        }
    }

    private static func source(_ path: String) -> String {
        "read_parquet(\(ParquetSQL.fileLiteral(path)), hive_partitioning = false)"
    }

    private func write(_ session: DuckDBSession, to spill: SpillFile) throws {
        try session.execute("SET TimeZone = 'UTC'")
        let columns = try Self.columns(of: path, session)
        try check(columns)
        var out: [UInt8] = []
        WrittenText.appendHeader(columns.map(\.name), to: &out)
        let values = columns.map { Self.text(SQLText.identifier($0.name), $0.type) }
        var rows = 0
        try session.forEachRow("SELECT \(values.joined(separator: ", ")) FROM \(Self.source(path))") { row in
            rows += 1
            for index in columns.indices {
                if let text = row[index].string { WrittenText.append(text.utf8, to: &out) }
                out.append(WrittenText.comma)
            }
            WrittenText.append("row \(rows)".utf8, to: &out)
            out.append(ASCII.lineFeed)
            guard out.count >= FileReader.bufferSize else { return }
            try Task.checkCancellation()
            try spill.append(out)
            out.removeAll(keepingCapacity: true)
        }
        try spill.append(out)
        let told = try session.scalar(
            "SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(\(ParquetSQL.fileLiteral(path)))"
        ).int
        guard told == rows else {
            throw Self.refusal(path, "says that it has \(told ?? 0) rows, and \(rows) were read")
        }
    }

    private static func refusal(_ path: String, _ what: String) -> PulihError {
        PulihError(
            .data, "\(path.split(separator: "/").last ?? "") \(what)", object: path,
            leftBehind: "nothing of it was loaded", hint: "deliver it again, whole")
    }

    /// Nested values are JSON.
    private static func text(_ column: String, _ type: String) -> String {
        isNested(type)
            ? "CASE WHEN \(column) IS NOT NULL THEN to_json(\(column))::VARCHAR END" : "\(column)::VARCHAR"
    }

    static func isNested(_ type: String) -> Bool {
        type.hasSuffix("]") || type.hasPrefix("STRUCT") || type.hasPrefix("MAP") || type.hasPrefix("UNION")
    }

    // MARK: schema

    private func check(_ columns: [(name: String, type: String)]) throws {
        let wrong = columns.compactMap { column -> String? in
            let wanted = layout.columns.first { $0.source.lowercased() == column.name.lowercased() }
            guard let wanted, !Self.fits(column.type, wanted.type) else { return nil }
            return "column \(column.name) is \(column.type) and configured as \(wanted.type)"
        }
        guard wrong.isEmpty else {
            throw PulihError(
                .data, "\(path.split(separator: "/").last ?? ""): \(wrong.joined(separator: "; "))",
                object: path,
                leftBehind: "nothing of it was loaded",
                hint:
                    "deliver it with the types agreed on, or correct the columns in pulih.yml and run 'pulih apply'"
            )
        }
    }

    /// Whether values of the file's type can be values of the column's; each is still looked at.
    private static func fits(_ found: String, _ type: ColumnType) -> Bool {
        let integers: Set = [
            "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
            "UBIGINT",
            "UHUGEINT",
        ]
        let isExact = integers.contains(found) || found.hasPrefix("DECIMAL")
        let isMoment = found == "DATE" || (found.hasPrefix("TIMESTAMP") && !found.contains("WITH TIME ZONE"))
        switch type {
        case .text: return found != "BLOB"
        case .smallint, .integer, .bigint, .hugeint: return isExact
        case .decimal, .double: return isExact || found == "FLOAT" || found == "DOUBLE"
        case .boolean: return found == "BOOLEAN"
        case .date, .timestamp: return isMoment
        case .timestamptz: return found == "TIMESTAMP WITH TIME ZONE"
        case .time: return found == "TIME"
        case .uuid: return found == "UUID" || found == "VARCHAR"
        case .json: return found != "BLOB"
        }
    }
}
