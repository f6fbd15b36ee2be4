/// How a raw file becomes records.
///
/// Whatever a file holds is read as CSV text: a CSV file as it is, any other by a reader that writes its records that way.
/// So what follows (counting, types, quarantine, corrections) is the same for all.
public struct RecordFormat: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case csv
        /// A table of a workbook of Excel 2007 or later.
        case xlsx(WorkbookLayout)
        /// A table of a workbook of Excel 97 to 2003.
        case xls(WorkbookLayout)
        /// A document, or one a line.
        case json(JSONLayout)
        case parquet(ParquetSchema)
    }

    public var content: Content
    /// Of the text. Where a reader writes it, only `nulls` is configured.
    public var dialect: CSVDialect
    /// Of CSV.
    public var unpacking = Unpacking()

    public init(_ content: Content = .csv, _ dialect: CSVDialect = CSVDialect()) {
        self.content = content
        self.dialect = dialect
    }

    public var type: FileType {
        switch content {
        case .csv: .csv
        case .xlsx: .xlsx
        case .xls: .xls
        case .json(let layout): layout.isLines ? .ndjson : .json
        case .parquet: .parquet
        }
    }

    /// What a file's content is made of beyond the dialect of its text; nil for CSV that is not unpacked in any other way
    /// than usual.
    public var layoutJSON: JSONValue? {
        switch content {
        case .csv: unpacking.json
        case .xlsx(let layout), .xls(let layout): layout.json
        case .json(let layout): layout.json
        // The columns say it all.
        case .parquet: .object([])
        }
    }

    /// Records end in a field that says where they stand in the file.
    public var hasPlaces: Bool {
        switch content {
        case .csv: unpacking.members != nil
        case .xlsx, .xls, .json, .parquet: true
        }
    }

    /// One physical file may hold several tables.
    public var isWorkbook: Bool {
        switch content {
        case .csv, .json, .parquet: false
        case .xlsx, .xls: true
        }
    }

    /// A field that a reader left out is NULL, whatever words mean NULL; an empty text is another thing.
    public var tellsMissing: Bool { content != .csv }
}

/// `type` in `pulih.yml`.
public enum FileType: String, Sendable, Codable, CaseIterable {
    case csv, xlsx, xls, json, ndjson, parquet

    /// The section of `pulih.yml` that says how such files are read.
    public var section: String { self == .ndjson ? "json" : rawValue }
}

/// How the bytes of a CSV file become fields.
public struct CSVDialect: Sendable, Hashable {
    /// One to four bytes in UTF-8.
    public var delimiter: String
    /// One ASCII character; nil: nothing is quoted.
    public var quote: String?
    /// The character that escapes a quote inside quotes; equal to `quote` when quotes are doubled.
    public var escape: String?
    public var hasHeader: Bool
    public var encoding: TextEncoding
    /// Physical lines before the header or the first record that are no records.
    public var skipLines: Int
    /// Field texts that mean NULL in every column that names none of its own. `""` is the empty field.
    public var nulls: [String]

    public init(
        delimiter: String = ",", quote: String? = "\"", escape: String? = "\"", hasHeader: Bool = true,
        encoding: TextEncoding = .utf8, skipLines: Int = 0, nulls: [String] = [""]
    ) {
        self.delimiter = delimiter
        self.quote = quote
        self.escape = escape
        self.hasHeader = hasHeader
        self.encoding = encoding
        self.skipLines = skipLines
        self.nulls = nulls
    }
}

/// A byte order mark of UTF-8 or UTF-16 is always recognised and never part of the data.
public enum TextEncoding: String, Sendable, Codable, CaseIterable {
    case utf8 = "utf-8"
    /// With byte order mark; without one, little endian.
    case utf16 = "utf-16"
    case utf16LE = "utf-16le"
    case utf16BE = "utf-16be"
    case latin1 = "latin-1"
    case windows1252 = "windows-1252"
}
