import PulihModel

/// What models need of a warehouse, from inside a transaction: how they are built, tested and merged is the same
/// everywhere, how one becomes the live table is not.
///
/// SQL that is handed over must be understood by every warehouse; its parameters stand as `$1`, `$2`.
protocol ModelSession {
    /// - Returns: rows inserted, changed or deleted.
    @discardableResult func run(_ sql: String, _ values: [SQLValue]) throws -> Int
    func rows(_ sql: String, _ values: [SQLValue]) throws -> [[SQLValue]]
    /// Up to three rows as people read them, by column; nil for NULL.
    func examples(_ select: String, _ values: [SQLValue]) throws -> [[(column: String, text: String?)]]

    func kind(of name: TableName) throws -> RelationKind?
    /// Columns that a SELECT gave, in their order: those that people added with a default, as an identity or
    /// computed are theirs and left alone.
    func givenColumns(of name: TableName) throws -> [RelationColumn]
    func columns(ofSelect select: String) throws -> [RelationColumn]
    /// Drops a table or view, whichever it is, if it is there.
    func dropRelation(_ name: TableName) throws

    func names(of build: ModelBuild) -> ModelNames
    /// Makes a table of a SELECT, in one statement whose first line is not the SELECT's.
    /// - Returns: its rows.
    func createTable(_ name: TableName, as select: String) throws -> Int
    /// Makes what stands built the live table, whatever stands there.
    func makeLive(_ build: ModelBuild) throws
    /// Makes the rows of `names.physical` those that the live table has of their keys. Columns that are not named
    /// become NULL.
    func upsert(_ names: ModelNames, key: [String], columns: [String]) throws
}

extension ModelSession {
    @discardableResult func run(_ sql: String) throws -> Int { try run(sql, []) }

    /// The first value of the first row; NULL without rows.
    func value(_ sql: String, _ values: [SQLValue] = []) throws -> SQLValue {
        try rows(sql, values).first?.first ?? .null
    }
}

/// A value of Pulih's own tables.
enum SQLValue: Equatable {
    case null
    case bool(Bool)
    case int(Int)
    case text(String)
    /// Microseconds since 1970, UTC.
    case moment(Int64)

    var isTrue: Bool { self == .bool(true) }

    /// - Throws: as `number` and `content`, when something else stands there.
    var moment: Int64? {
        get throws {
            switch self {
            case .null: nil
            case .moment(let value): value
            default: throw damage("a time")
            }
        }
    }

    var number: Int {
        get throws {
            guard case .int(let value) = self else { throw damage("a number") }
            return value
        }
    }

    var content: String {
        get throws {
            guard case .text(let value) = self else { throw damage("text") }
            return value
        }
    }

    private func damage(_ expected: String) -> PulihError {
        PulihError(
            .damaged, "Pulih's own tables in the warehouse hold '\(self)' where \(expected) belongs",
            hint: "something else than Pulih changed them; restore the newest copy")
    }
}

enum RelationKind: Equatable {
    case table, view, materializedView
    /// What no model is.
    case other(String)
}

struct RelationColumn: Equatable, Sendable {
    let name: String
    /// As the warehouse writes it: `DECIMAL(12,2)`.
    let type: String
    /// What tells names apart: where letters' case does not count, without it.
    let folded: String
}

/// A failure of the statement itself, as each warehouse tells it.
protocol StatementFailure: Error {
    /// The statement is to blame, not what surrounds it.
    var isFaultOfStatement: Bool { get }
    /// What happened, on one line.
    var told: String { get }
    /// Line of the statement, from 1, where the warehouse points to one.
    var line: Int? { get }
    /// Everything that was said, for the log.
    var cause: String { get }
}
