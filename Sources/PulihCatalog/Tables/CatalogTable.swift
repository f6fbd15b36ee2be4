import PulihModel

/// A table of the catalog, from which every store makes its own: the same names and meaning everywhere.
///
/// What describes a format is never changed once it is out: a later format adds a migration.
struct CatalogTable: Sendable {
    let name: String
    let comment: String
    var key: [String] = []
    let columns: [CatalogColumn]
    var unique: [String] = []
    /// SQL that every store understands.
    var checks: [String] = []
    var indexes: [CatalogIndex] = []
    var references: [CatalogReference] = []
}

struct CatalogColumn: Sendable {
    enum Kind: Sendable {
        case text, json, int, real, time, flag
        /// Grows with every row; the primary key.
        case sequence
    }

    let name: String
    let kind: Kind
    let comment: String
    let isOptional: Bool
    let standard: String?
    /// The only values there are.
    let words: [String]
    /// What a server checks besides: format 1 stood on SQLite before it.
    let serverCheck: String?

    private init(
        _ name: String, _ kind: Kind, _ comment: String, isOptional: Bool = false, standard: String? = nil,
        words: [String] = [], serverCheck: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.comment = comment
        self.isOptional = isOptional
        self.standard = standard
        self.words = words
        self.serverCheck = serverCheck
    }

    static func text(_ name: String, _ comment: String) -> CatalogColumn {
        CatalogColumn(name, .text, comment)
    }
    static func optionalText(_ name: String, _ comment: String) -> CatalogColumn {
        CatalogColumn(name, .text, comment, isOptional: true)
    }
    /// JSON, compact.
    static func json(_ name: String, _ comment: String, standard: String? = nil) -> CatalogColumn {
        CatalogColumn(name, .json, comment, standard: standard.map { SQLText.literal($0) })
    }
    static func optionalJSON(_ name: String, _ comment: String) -> CatalogColumn {
        CatalogColumn(name, .json, comment, isOptional: true)
    }
    static func int(_ name: String, _ comment: String, standard: Int? = nil) -> CatalogColumn {
        CatalogColumn(name, .int, comment, standard: standard.map { "\($0)" })
    }
    /// A number that is never negative.
    static func count(_ name: String, _ comment: String, standard: Int? = nil) -> CatalogColumn {
        let check = "\(SQLText.identifier(name)) >= 0"
        return CatalogColumn(
            name, .int, comment, standard: standard.map { "\($0)" }, serverCheck: check)
    }
    static func optionalInt(_ name: String, _ comment: String) -> CatalogColumn {
        CatalogColumn(name, .int, comment, isOptional: true)
    }
    static func optionalCount(_ name: String, _ comment: String) -> CatalogColumn {
        CatalogColumn(
            name, .int, comment, isOptional: true, serverCheck: "\(SQLText.identifier(name)) >= 0")
    }
    /// A number from 1.
    static func ordinal(_ name: String, _ comment: String) -> CatalogColumn {
        CatalogColumn(name, .int, comment, serverCheck: "\(SQLText.identifier(name)) >= 1")
    }
    static func optionalReal(_ name: String, _ comment: String) -> CatalogColumn {
        CatalogColumn(
            name, .real, comment, isOptional: true, serverCheck: "\(SQLText.identifier(name)) >= 0")
    }
    static func time(_ name: String, _ comment: String) -> CatalogColumn {
        CatalogColumn(name, .time, comment)
    }
    static func optionalTime(_ name: String, _ comment: String) -> CatalogColumn {
        CatalogColumn(name, .time, comment, isOptional: true)
    }
    static func flag(_ name: String, _ comment: String, standard: Bool? = nil) -> CatalogColumn {
        CatalogColumn(name, .flag, comment, standard: standard.map { $0 ? "TRUE" : "FALSE" })
    }
    static func words(_ name: String, _ comment: String, _ words: [String]) -> CatalogColumn {
        CatalogColumn(name, .text, comment, words: words)
    }
    static func status(_ name: String, _ comment: String) -> CatalogColumn {
        words(name, comment, Status.allCases.map(\.rawValue))
    }
    /// Words that a server checks.
    static func serverWords(_ name: String, _ comment: String, _ words: [String]) -> CatalogColumn {
        CatalogColumn(name, .text, comment, serverCheck: isOne(name, of: words))
    }
    static func sequence(_ name: String, _ comment: String) -> CatalogColumn {
        CatalogColumn(name, .sequence, comment)
    }

    static func isOne(_ name: String, of words: [String]) -> String {
        "\(SQLText.identifier(name)) IN (\(words.map { SQLText.literal($0) }.joined(separator: ", ")))"
    }

    // What many tables have.

    static let client = text("client_schema", "the client's name")
    static let batch = text("batch_id", "BATCH000014")
    static let source = text("source_system", "where the file comes from")
    static let logicalFile = text("logical_source_file", "the kind of file")
}

struct CatalogIndex: Sendable {
    let name: String
    let columns: [String]
    /// Only rows for which this holds.
    var condition: String?
    var isUnique = false
    /// Format 1 stood on SQLite before it.
    var isOfServer = false
}

/// Rows of another table without which those of this one make no sense.
struct CatalogReference: Sendable {
    let columns: [String]
    let table: String
    /// The columns there; nil: of the same names.
    var others: [String]?
    /// Format 1 stood on SQLite before it.
    var isOfServer = true

    func sql(ofTable other: String) -> String {
        "FOREIGN KEY (\(SQLText.identifiers(columns))) REFERENCES \(other)"
            + " (\(SQLText.identifiers(others ?? columns)))"
    }

    static let client = CatalogReference(columns: ["client_schema"], table: "client_reference")
    static let file = CatalogReference(
        columns: ["client_schema", "source_system", "logical_source_file"], table: "client_config")
    static let batch = CatalogReference(columns: ["client_schema", "batch_id"], table: "batch")
}

/// A view over the journal.
struct CatalogView: Sendable {
    let name: String
    let comment: String
    let columns: [(name: String, comment: String)]
    /// The SELECT.
    let sql: @Sendable (_ seconds: String) -> String
}

/// The catalog's tables and views.
enum CatalogTables {
    /// Of format 1, in the order in which they are made.
    static let format1 = configuration + records + logs + later
}
