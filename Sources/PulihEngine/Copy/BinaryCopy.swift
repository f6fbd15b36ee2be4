internal import PulihDuckDB
internal import PulihModel

/// One writing of rows in PostgreSQL's binary format. Blocks the thread.
struct BinaryCopy {
    let session: DuckDBSession
    let relation: String
    let descriptor: Int32

    /// - Returns: rows.
    func run() throws -> Int {
        let sql = """
            COPY (\(try select())) TO '/dev/fd/\(descriptor)' (FORMAT postgres_binary, USE_TMP_FILE false)
            """
        do {
            return try session.execute(sql)
        } catch {
            throw Self.explained(error) ?? error
        }
    }

    /// The relation with its columns as the extension writes them right.
    private func select() throws -> String {
        let columns = try session.query("DESCRIBE \(relation)").rows.map {
            CopyColumn(name: $0[0].string ?? "", type: $0[1].string ?? "")
        }
        guard try columns.contains(where: { try $0.widerType() != nil }) else { return relation }
        let values = try columns.map { column in
            let name = SQLText.identifier(column.name)
            return try column.widerType().map { "CAST(\(name) AS \($0)) AS \(name)" } ?? name
        }
        return "SELECT \(values.joined(separator: ", ")) FROM (\(relation))"
    }

    private static func explained(_ failure: DuckDBFailure) -> PulihError? {
        let message = String(failure.message.prefix { $0 != "\n" })
        func error(_ code: PulihError.Code, _ summary: String, hint: String) -> PulihError {
            PulihError(
                code, summary, leftBehind: "nothing was loaded", hint: hint, cause: failure.description)
        }
        if failure.kind == .io, message.contains("Broken pipe") {
            return error(.storage, "the rows were not read to the end: the reader closed the pipe", hint: "")
        }
        if failure.kind == .invalidInput, message.contains("NULL-byte") {
            return error(
                .data, "a text holds the character U+0000, which PostgreSQL cannot store",
                hint: "run the convert stage again, which quarantines such records: --from convert")
        }
        if failure.kind == .conversion || failure.kind == .outOfRange {
            return error(.data, "a value does not fit: \(message)", hint: "declare the column as text")
        }
        return nil
    }
}

/// A column of what is written.
struct CopyColumn {
    let name: String
    /// In DuckDB's words.
    let type: String

    /// The type to cast to first; nil where the extension writes the type right as it is.
    ///
    /// It has no format for HUGEINT. Of a decimal it multiplies the fraction up to groups of four digits, in the integer
    /// that DuckDB keeps the decimal in, and does not notice when that overflows: 0.999999999 as DECIMAL(9,9) came out as
    /// -0.000727380968.
    func widerType() throws -> String? {
        if type == "HUGEINT" { return "DECIMAL(38,0)" }
        guard type.hasPrefix("DECIMAL("), case .decimal(let precision, let scale)? = ColumnType(type) else {
            return nil
        }
        let digits = (scale + 3) / 4 * 4
        switch precision {
        case ...4: return nil
        case ...9: return digits > 9 ? "DECIMAL(18,\(scale))" : nil
        case ...18: return digits > 18 ? "DECIMAL(38,\(scale))" : nil
        default:
            guard digits <= 38 else {
                throw PulihError(
                    .configuration,
                    "column \(name) is \(type): more than 36 decimal places cannot be written for PostgreSQL",
                    object: name, leftBehind: "nothing was loaded",
                    hint: "declare the column as decimal with a scale of 36 at most, or as text")
            }
            return nil
        }
    }
}
