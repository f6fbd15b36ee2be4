/// What a server or libpq said.
public struct PostgresFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// Five characters; empty where the connection failed before a server could say anything, or broke off.
    public var sqlState: String
    /// In the server's language: `ERROR`, `FATAL`.
    public var severity: String
    public var message: String
    public var detail: String?
    public var hint: String?
    /// Where in functions and COPY lines: `COPY x, line 3, column a: "…"`.
    public var context: String?
    /// Of the fault in the statement, in characters from 1.
    public var position: Int?
    public var schema: String?
    public var table: String?
    public var column: String?
    public var constraint: String?
    /// The statement's text, without values.
    public var statement: String?
    /// The connection cannot be used any more.
    public var isConnectionLost: Bool

    public init(
        sqlState: String, severity: String = "ERROR", message: String, detail: String? = nil,
        hint: String? = nil, context: String? = nil, position: Int? = nil, schema: String? = nil,
        table: String? = nil, column: String? = nil, constraint: String? = nil, statement: String? = nil,
        isConnectionLost: Bool = false
    ) {
        self.sqlState = sqlState
        self.severity = severity
        self.message = message
        self.detail = detail
        self.hint = hint
        self.context = context
        self.position = position
        self.schema = schema
        self.table = table
        self.column = column
        self.constraint = constraint
        self.statement = statement
        self.isConnectionLost = isConnectionLost
    }

    public var description: String {
        var text = sqlState.isEmpty ? message : "\(message) (SQLSTATE \(sqlState))"
        if let detail { text += "; \(detail)" }
        return text
    }

    /// The same may succeed later with nothing changed: a lost connection, a server that starts or stops, a lock,
    /// a deadlock, a serialization failure, too many connections.
    public var isTransient: Bool {
        if isConnectionLost || sqlState.hasPrefix("08") { return true }
        return ["40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300"].contains(sqlState)
    }

    /// Line of `position` in the statement, from 1.
    public var line: Int? {
        guard let position, let statement else { return nil }
        return statement.unicodeScalars.prefix(position - 1).count { $0 == "\n" } + 1
    }
}

/// A message of the server that is no error: `RAISE NOTICE`, a warning.
public struct PostgresNotice: Equatable, Sendable, CustomStringConvertible {
    public var severity: String
    public var sqlState: String
    public var message: String
    public var detail: String?

    public init(severity: String, sqlState: String, message: String, detail: String? = nil) {
        self.severity = severity
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
    }

    public var description: String { "\(severity): \(message)" }
}
