internal import PulihModel

/// How DuckDB is told to read a CSV file: all columns as text, nothing guessed.
struct CSVSQL {
    /// A field that stands for no value anywhere; DuckDB wants at least one.
    private static let noNullWord = "\u{1}no null word\u{1}"

    var path: String
    var columns: Int
    var format: CSVFormat
    var lineEnds: RecordScanner.LineEnds
    /// Lines before the first record, the header's too.
    var skip: Int
    /// The empty field is NULL.
    var isEmptyNull: Bool
    /// Not the empty text in quotes, though.
    var isQuotedKept = false
    var isParallel: Bool
    var longest: Int
    /// Tables for what cannot be split or decoded; without them the first such record is an error.
    var rejects: RejectTables?

    struct RejectTables {
        var errors: String
        var scans: String
    }

    /// The smaller of these keeps the process small; it costs no speed. A record must fit into a buffer.
    private static let smallestLine = 2 << 20
    private static let smallestBuffer = 8 << 20

    static func column(_ index: Int) -> String { "c\(index)" }

    var select: String {
        let names = (0..<columns).map { "\(SQLText.literal(Self.column($0))): 'VARCHAR'" }.joined(
            separator: ", ")
        let line = max(Self.smallestLine, longest + 1024)
        var options = [
            "columns = {\(names)}", "auto_detect = false", "header = false", "compression = 'none'",
            "hive_partitioning = false", "delim = \(text(format.delimiter))", "quote = \(text(format.quote))",
            "escape = \(text(format.escape))", "skip = \(skip)",
            "nullstr = [\(SQLText.literal(isEmptyNull ? "" : Self.noNullWord))]", "max_line_size = \(line)",
            "buffer_size = \(max(Self.smallestBuffer, line * 2))",
        ]
        if isQuotedKept { options.append("allow_quoted_nulls = false") }
        if let newLine { options.append("new_line = '\(newLine)'") }
        if !isParallel { options.append("parallel = false") }
        if let rejects {
            options += [
                "store_rejects = true", "rejects_limit = 0",
                "rejects_table = \(SQLText.literal(rejects.errors))",
                "rejects_scan = \(SQLText.literal(rejects.scans))",
            ]
        }
        return "read_csv(\(ParquetSQL.fileLiteral(path)), \(options.joined(separator: ", ")))"
    }

    /// Named, because DuckDB would take the first line break it sees, be it one inside quotes.
    private var newLine: String? {
        switch lineEnds {
        case .lf: "\\n"
        case .crlf: "\\r\\n"
        case .cr: "\\r"
        default: nil
        }
    }

    private func text(_ bytes: [UInt8]) -> String { SQLText.literal(String(decoding: bytes, as: UTF8.self)) }
    private func text(_ byte: UInt8?) -> String { text(byte.map { [$0] } ?? []) }
}
