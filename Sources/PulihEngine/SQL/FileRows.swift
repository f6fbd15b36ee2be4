internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem

/// The rows of a converted file, as SQL.
struct FileRows {
    let file: ConvertedFile
    private let layout: ParquetLayout
    /// Columns of the Parquet.
    private var present: Set<String> { layout.columns }

    init(_ session: DuckDBSession, _ file: ConvertedFile, _ parquets: ParquetCache) throws {
        self.file = file
        do {
            layout = try parquets.layout(of: file.parquetPath, session)
        } catch {
            guard let failure = error as? DuckDBFailure, let damage = Self.damage(file, failure) else {
                throw error
            }
            throw damage
        }
        guard layout.columns.contains(ParquetColumn.fate) else {
            throw Self.damaged(file, "\(file.parquetPath) is no Parquet that convert wrote")
        }
    }

    /// Why a converted file cannot be used, if DuckDB could read it but not make sense of it.
    static func damage(_ file: ConvertedFile, _ failure: DuckDBFailure) -> PulihError? {
        switch failure.kind {
        case .connection, .fatal, .interrupted, .io, .outOfMemory, .permission: return nil
        default:
            let message = failure.message.prefix { $0 != "\n" }
            return damaged(file, "\(file.parquetPath) is damaged: \(message)", cause: failure.description)
        }
    }

    private static func damaged(_ file: ConvertedFile, _ message: String, cause: String? = nil) -> PulihError
    {
        PulihError(
            .damaged, message, object: file.physicalName, leftBehind: "nothing was changed",
            hint: "run the convert stage again: --from convert", cause: cause)
    }

    private func source(numbered: Bool) -> String {
        ParquetSQL.read(
            file.parquetPath, rowNumbers: numbered || !present.contains(ParquetColumn.record))
    }

    /// The record's ordinal, from 1.
    private var ordinal: String {
        present.contains(ParquetColumn.record)
            ? SQLText.identifier(ParquetColumn.record) : "file_row_number + 1"
    }

    private func value(_ column: ColumnSpec) -> String {
        let name = SQLText.identifier(column.name)
        guard present.contains(column.name) else {
            return "CAST(NULL AS \(column.type.duckDBName)) AS \(name)"
        }
        let restored = column.type.restored(name)
        return restored == name ? name : "\(restored) AS \(name)"
    }

    /// Rows that no conversion rejected: the columns, the ordinal under this name, and the corrected text if asked for.
    ///
    /// - Parameter part: rows of the Parquet, counted from 0; nil: all.
    func converted(
        _ columns: [ColumnSpec], ordinal name: String? = nil, text: String? = nil, part: Range<Int>? = nil
    ) -> String {
        var fields = columns.map(value)
        if let name { fields.append("\(ordinal) AS \(SQLText.identifier(name))") }
        if let text {
            let value =
                present.contains(ParquetColumn.text)
                ? SQLText.identifier(ParquetColumn.text) : "NULL::VARCHAR"
            fields.append("\(value) AS \(SQLText.identifier(text))")
        }
        if fields.isEmpty { fields = ["1"] }
        return """
            SELECT \(fields.joined(separator: ", ")) FROM \(source(numbered: part != nil)) \
            WHERE \(SQLText.identifier(ParquetColumn.fate)) IS NULL\(part.map(Self.within) ?? "")
            """
    }

    /// Rows to load: those that no stage rejected.
    func toLoad(part: Range<Int>? = nil) throws -> String {
        let all = converted(file.spec.columns, ordinal: Lineage.row, part: part)
        guard try FileIdentity.ifPresent(file.rowRejectedPath) != nil else { return all }
        return "\(all) AND \(ordinal) NOT IN (SELECT record FROM \(ParquetSQL.read(file.rowRejectedPath)))"
    }
    /// The rows to load in up to so many relations, each of whole row groups: DuckDB reads no others for it.
    func toLoad(inParts count: Int) throws -> [String] {
        let parts = layout.parts(count)
        return parts.isEmpty ? [try toLoad()] : try parts.map { try toLoad(part: $0) }
    }

    private static func within(_ rows: Range<Int>) -> String {
        " AND file_row_number >= \(rows.lowerBound) AND file_row_number < \(rows.upperBound)"
    }
}
