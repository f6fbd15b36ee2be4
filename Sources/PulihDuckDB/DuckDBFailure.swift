/// What DuckDB refused, in its own words.
///
/// The connection stays usable after every kind but `fatal`.
public struct DuckDBFailure: Error, Sendable, Hashable {
    /// The class of a failure. Those that nobody has to tell apart are `other`.
    public enum Kind: Sendable, Hashable {
        case binder, catalog, connection, constraint, conversion, dependency, fatal, `internal`
        case interrupted, invalidConfiguration, invalidInput, io, missingExtension, notImplemented
        case outOfMemory, outOfRange, parser, permission, syntax, transaction, other
    }

    public let kind: Kind
    /// DuckDB's message; its first line starts with the class, such as `Conversion Error:`.
    public let message: String
    /// The statement with its placeholders. Bound values are never part of it.
    public let sql: String?

    init(kind: Kind, message: String, sql: String?) {
        self.kind = kind
        self.message = message
        self.sql = sql
    }

    /// Takes the kind from the message, where DuckDB always writes it.
    init(message: String, sql: String?) {
        let name = message.firstRange(of: " Error:").map { String(message[..<$0.lowerBound]) }
        self.init(kind: name.flatMap { Self.kinds[$0] } ?? .other, message: message, sql: sql)
    }

    /// For messages that come with a number instead of the class in words.
    init(code: Int, message: String, sql: String?) {
        guard Self.names.indices.contains(code), code > 0 else {
            self.init(message: message, sql: sql)
            return
        }
        let name = "\(Self.names[code]) Error: "
        self.init(message: message.hasPrefix(name) ? message : name + message, sql: sql)
    }
}

extension DuckDBFailure: CustomStringConvertible {
    public var description: String {
        guard let sql else { return message }
        return "\(message)\nSQL: \(sql)"
    }
}

extension DuckDBFailure {
    /// The database file is held by another process, or was opened twice in this one. It may succeed later.
    public var isLockConflict: Bool {
        kind == .io && message.contains("Could not set lock on file")
    }

    /// The process that holds the file, where DuckDB could name it.
    public var lockHolder: Int32? {
        guard isLockConflict, let mark = message.firstRange(of: "(PID ") else { return nil }
        return Int32(message[mark.upperBound...].prefix { $0.isNumber })
    }

    /// DuckDB's names of its error classes; the position is the number that its C API calls them by.
    private static let names = [
        "Invalid", "Out of Range", "Conversion", "Unknown Type", "Decimal", "Mismatch Type", "Divide by Zero",
        "Object Size", "Invalid type", "Serialization", "TransactionContext", "Not implemented", "Expression",
        "Catalog", "Parser", "Planner", "Scheduler", "Executor", "Constraint", "Index", "Stat", "Connection",
        "Syntax", "Settings", "Binder", "Network", "Optimizer", "NullPointer", "IO", "INTERRUPT", "FATAL",
        "INTERNAL", "Invalid Input", "Out of Memory", "Permission", "Parameter Not Resolved",
        "Parameter Not Allowed", "Dependency", "HTTP", "Missing Extension", "Extension Autoloading",
        "Sequence",
        "Invalid Configuration",
    ]

    private static let kinds: [String: Kind] = [
        "Binder": .binder, "Catalog": .catalog, "Connection": .connection, "Constraint": .constraint,
        "Conversion": .conversion, "Dependency": .dependency, "FATAL": .fatal, "INTERNAL": .internal,
        "INTERRUPT": .interrupted, "Invalid Configuration": .invalidConfiguration,
        "Invalid Input": .invalidInput, "IO": .io, "Missing Extension": .missingExtension,
        "Not implemented": .notImplemented, "Out of Memory": .outOfMemory, "Out of Range": .outOfRange,
        "Parser": .parser, "Permission": .permission, "Syntax": .syntax, "TransactionContext": .transaction,
    ]
}
