/// The columns of a result, shared by its rows.
final class SQLiteColumns: Sendable {
    let names: [String]
    let sql: String
    private let places: [String: Int]

    init(names: [String], sql: String) {
        self.names = names
        self.sql = sql
        places = Dictionary(zip(names, names.indices)) { _, _ in SQLiteColumns.ambiguous }
    }

    func place(of name: String) throws(SQLiteFailure) -> Int {
        guard let place = places[name] else {
            throw SQLiteFailure(
                .mismatch, message: "there is no column \(name); there are \(names.joined(separator: ", "))",
                sql: sql)
        }
        guard place != SQLiteColumns.ambiguous else {
            throw SQLiteFailure(.mismatch, message: "several columns are named \(name)", sql: sql)
        }
        return place
    }

    private static let ambiguous = -1
}

/// One row of a result; outlives the session.
///
/// The getters throw `mismatch` if there is no such column, or it holds another type. None of them converts,
/// except that `double` takes integers and `bool` takes 0 and 1.
public struct SQLiteRow: Sendable {
    let columns: SQLiteColumns
    /// In the order of the columns.
    public let values: [SQLiteValue]

    public var columnNames: [String] { columns.names }

    public func value(_ column: String) throws(SQLiteFailure) -> SQLiteValue {
        values[try columns.place(of: column)]
    }

    public func isNull(_ column: String) throws(SQLiteFailure) -> Bool {
        try value(column) == .null
    }

    public func int(_ column: String) throws(SQLiteFailure) -> Int64 {
        try present(optionalInt(column), column, "an integer")
    }

    public func double(_ column: String) throws(SQLiteFailure) -> Double {
        try present(optionalDouble(column), column, "a number")
    }

    public func text(_ column: String) throws(SQLiteFailure) -> String {
        try present(optionalText(column), column, "text")
    }

    public func blob(_ column: String) throws(SQLiteFailure) -> [UInt8] {
        try present(optionalBlob(column), column, "a blob")
    }

    public func bool(_ column: String) throws(SQLiteFailure) -> Bool {
        try present(optionalBool(column), column, "0 or 1")
    }

    public func optionalInt(_ column: String) throws(SQLiteFailure) -> Int64? {
        switch try value(column) {
        case .null: nil
        case .int(let value): value
        case let other: throw mismatch(column, other.kindName, "an integer")
        }
    }

    public func optionalDouble(_ column: String) throws(SQLiteFailure) -> Double? {
        switch try value(column) {
        case .null: nil
        case .int(let value): Double(value)
        case .double(let value): value
        case let other: throw mismatch(column, other.kindName, "a number")
        }
    }

    public func optionalText(_ column: String) throws(SQLiteFailure) -> String? {
        switch try value(column) {
        case .null: nil
        case .text(let value): value
        case let other: throw mismatch(column, other.kindName, "text")
        }
    }

    public func optionalBlob(_ column: String) throws(SQLiteFailure) -> [UInt8]? {
        switch try value(column) {
        case .null: nil
        case .blob(let value): value
        case let other: throw mismatch(column, other.kindName, "a blob")
        }
    }

    public func optionalBool(_ column: String) throws(SQLiteFailure) -> Bool? {
        switch try value(column) {
        case .null: nil
        case .int(0): false
        case .int(1): true
        case .int(let other): throw mismatch(column, "\(other)", "0 or 1")
        case let other: throw mismatch(column, other.kindName, "0 or 1")
        }
    }

    private func present<T>(_ value: T?, _ column: String, _ wanted: String) throws(SQLiteFailure) -> T {
        guard let value else { throw mismatch(column, "NULL", wanted) }
        return value
    }

    private func mismatch(_ column: String, _ held: String, _ wanted: String) -> SQLiteFailure {
        SQLiteFailure(.mismatch, message: "column \(column) holds \(held), not \(wanted)", sql: columns.sql)
    }
}
