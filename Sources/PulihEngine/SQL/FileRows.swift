internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem
internal import Synchronization

/// The rows of a converted file, as SQL.
struct FileRows {
    let file: ConvertedFile
    /// Columns of the Parquet.
    let present: Set<String>

    init(_ session: DuckDBSession, _ file: ConvertedFile, _ parquets: ParquetCache) throws {
        self.file = file
        do {
            present = try parquets.columns(of: file.parquetPath, session)
        } catch {
            guard let failure = error as? DuckDBFailure, let damage = Self.damage(file, failure) else {
                throw error
            }
            throw damage
        }
        guard present.contains(ParquetColumn.fate) else {
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

    private var source: String {
        ParquetSQL.read(file.parquetPath, rowNumbers: !present.contains(ParquetColumn.record))
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
    func converted(_ columns: [ColumnSpec], ordinal name: String? = nil, text: String? = nil) -> String {
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
            SELECT \(fields.joined(separator: ", ")) FROM \(source) \
            WHERE \(SQLText.identifier(ParquetColumn.fate)) IS NULL
            """
    }

    /// Rows to load: those that no stage rejected.
    func toLoad() throws -> String {
        let all = converted(file.spec.columns, ordinal: Lineage.row)
        guard try FileIdentity.ifPresent(file.rowRejectedPath) != nil else { return all }
        return "\(all) AND \(ordinal) NOT IN (SELECT record FROM \(ParquetSQL.read(file.rowRejectedPath)))"
    }
}

/// The columns of Parquet files that were looked at lately. Safe to use from any thread.
final class ParquetCache: Sendable {
    private struct Key: Hashable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let modified: Int64
    }

    private static let capacity = 10_000
    private let known = Mutex<[Key: Set<String>]>([:])

    func columns(of path: String, _ session: DuckDBSession) throws -> Set<String> {
        let identity = try FileIdentity.of(path)
        let key = Key(
            device: identity.device, inode: identity.inode, size: identity.size,
            modified: identity.modifiedNanoseconds)
        if let columns = known.withLock({ $0[key] }) { return columns }
        let rows = try session.query("SELECT name FROM parquet_schema(\(ParquetSQL.fileLiteral(path)))").rows
        let columns = Set(rows.compactMap { $0[0].string })
        known.withLock {
            if $0.count >= Self.capacity { $0.removeAll() }
            $0[key] = columns
        }
        return columns
    }
}
