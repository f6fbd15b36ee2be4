internal import CSQLite
internal import PulihSystem

/// One connection in use: statements, queries and transactions, one after the other. Every call blocks.
///
/// Handed out by `SQLiteDatabase`; must not be kept beyond the body that got it.
public final class SQLiteSession {
    private let connection: SQLiteConnection
    private var cache = StatementCache()
    /// Of the caller whose body runs; nil outside a body.
    var interrupt: SQLiteInterrupt?

    init(_ connection: SQLiteConnection) {
        self.connection = connection
    }

    /// Runs one statement to its end; rows that it yields are dropped.
    /// - Returns: how many rows it inserted, changed or deleted, without those of triggers.
    @discardableResult
    public func execute(_ sql: String, _ parameters: [SQLiteValue] = []) throws(SQLiteFailure) -> Int {
        let raw = unsafe try connection.raw()
        let before = unsafe sqlite3_total_changes64(raw)
        try run(sql, parameters) { statement throws(SQLiteFailure) in
            while try statement.step() {}
        }
        // A statement that changes no rows leaves the count of the one before.
        return unsafe sqlite3_total_changes64(raw) == before ? 0 : Int(sqlite3_changes64(raw))
    }

    /// All rows of a statement. For results of any size `forEach` is better.
    public func query(
        _ sql: String, _ parameters: [SQLiteValue] = []
    ) throws(SQLiteFailure) -> [SQLiteRow] {
        var rows: [SQLiteRow] = []
        try run(sql, parameters) { statement throws(SQLiteFailure) in
            guard try statement.step() else { return }
            let columns = statement.columns()
            repeat { rows.append(try statement.row(columns)) } while try statement.step()
        }
        return rows
    }

    /// The first row of a statement; nil if it has none.
    public func first(
        _ sql: String, _ parameters: [SQLiteValue] = []
    ) throws(SQLiteFailure) -> SQLiteRow? {
        try run(sql, parameters) { statement throws(SQLiteFailure) in
            try statement.step() ? try statement.row(statement.columns()) : nil
        }
    }

    /// Passes one row after the other to the body; memory does not grow with the result.
    /// - Throws: what the body throws, which ends the statement.
    public func forEach(
        _ sql: String, _ parameters: [SQLiteValue] = [], _ body: (SQLiteRow) throws -> Void
    ) throws {
        let statement = try begin(sql, parameters)
        defer { end(statement) }
        guard try statement.step() else { return }
        let columns = statement.columns()
        repeat { try body(try statement.row(columns)) } while try statement.step()
        try pass(.catalogAfterStatement, sql)
    }

    /// Runs any number of statements without parameters. Not atomic by itself: wrap it in a `transaction`.
    ///
    /// The corresponding C function is `sqlite3_exec`.
    public func executeScript(_ sql: String) throws(SQLiteFailure) {
        try checkInterrupt(sql)
        try pass(.catalogBeforeStatement, sql)
        let code = unsafe sqlite3_exec(try connection.raw(), sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw connection.failure(code, sql: sql) }
        try pass(.catalogAfterStatement, sql)
    }

    /// Of the last successful INSERT into a table with row ids, by any statement of this session.
    public var lastInsertRowid: Int64 {
        get throws(SQLiteFailure) { unsafe sqlite3_last_insert_rowid(try connection.raw()) }
    }

    /// Whether a transaction is open.
    public var isInTransaction: Bool {
        get throws(SQLiteFailure) { unsafe sqlite3_get_autocommit(try connection.raw()) == 0 }
    }

    /// Lets cancellation reach the statements of one body.
    func interruptible<T>(by interrupt: SQLiteInterrupt, _ body: () throws -> T) throws -> T {
        unsafe interrupt.arm(try connection.raw())
        self.interrupt = interrupt
        defer {
            interrupt.disarm()
            self.interrupt = nil
        }
        return try body()
    }

    func close() throws(SQLiteFailure) {
        cache.removeAll()
        try connection.close()
    }

    private func run<T>(
        _ sql: String, _ parameters: [SQLiteValue], _ body: (SQLiteStatement) throws(SQLiteFailure) -> T
    ) throws(SQLiteFailure) -> T {
        let statement = try begin(sql, parameters)
        defer { end(statement) }
        let value = try body(statement)
        try pass(.catalogAfterStatement, sql)
        return value
    }

    private func begin(_ sql: String, _ parameters: [SQLiteValue]) throws(SQLiteFailure) -> SQLiteStatement {
        try checkInterrupt(sql)
        try pass(.catalogBeforeStatement, sql)
        let statement =
            if let cached = cache.take(sql) { cached } else { try SQLiteStatement(sql, on: connection) }
        try statement.bind(parameters)
        return statement
    }

    private func end(_ statement: SQLiteStatement) {
        statement.reset()
        cache.put(statement)
    }

    private func checkInterrupt(_ sql: String) throws(SQLiteFailure) {
        // Interrupting reaches only statements that run; between two of them it would be lost.
        guard interrupt?.hasFired != true else {
            throw SQLiteFailure(.interrupted, message: "interrupted", sql: sql)
        }
    }
}

@available(*, unavailable)
extension SQLiteSession: Sendable {}
