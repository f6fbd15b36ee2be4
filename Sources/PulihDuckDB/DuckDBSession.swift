internal import PulihSystem

/// Runs statements on a connection, one at a time, and blocks while they run.
///
/// Lent by `DuckDBConnection.run`. After a failure it is usable as before.
public final class DuckDBSession {
    let connection: ConnectionHandle
    let gate: InterruptGate
    private let file: OpenFile
    var store: FailpointStore { file.store }
    /// Why the connection's state is unknown: a rollback failed.
    private var damage: DuckDBFailure?
    private var isStreaming = false
    private var isInTransaction = false
    private var planned: [String: PlannedStatement] = [:]

    init(_ file: OpenFile) throws(DuckDBFailure) {
        self.file = file
        connection = try ConnectionHandle(file.handle)
        gate = unsafe connection.withRaw { unsafe InterruptGate(connection: $0) }
    }

    deinit {
        gate.detach()
    }

    /// Runs one statement, or, without parameters, any number separated by semicolons.
    ///
    /// Of several statements the ones before a failing one stay in effect; put them in a transaction
    /// otherwise.
    /// - Returns: how many rows all statements inserted, updated, deleted, copied or put into new tables.
    @discardableResult
    public func execute(_ sql: String, _ parameters: [DuckDBValue] = []) throws(DuckDBFailure) -> Int {
        try begin(sql)
        var changed = 0
        if parameters.isEmpty, isSingle(sql) {
            changed = try ResultHandle(running: sql, on: connection).changedRows(sql: sql)
        } else {
            let statements = try parse(sql, parameters)
            for index in 0..<statements.count {
                let statement = try StatementHandle(index, of: statements, on: connection, sql: sql)
                changed += try run(statement, parameters, sql: sql).changedRows(sql: sql)
            }
        }
        try pass(store.afterStatement, sql)
        return changed
    }

    /// Runs one statement that takes long. While other threads of DuckDB work on it, or are blocked by a full pipe, the
    /// calling one sleeps; with `execute` it keeps a core busy asking. For a short statement `execute` is faster.
    @discardableResult
    public func executeLong(_ sql: String) throws(DuckDBFailure) -> Int {
        try begin(sql)
        let changed = try runLong(sql).changedRows(sql: sql)
        try pass(store.afterStatement, sql)
        return changed
    }

    private func runLong(_ sql: String) throws(DuckDBFailure) -> ResultHandle {
        let statements = try parse(sql, [])
        guard statements.count == 1 else { throw tooManyStatements(statements.count, sql) }
        let statement = try StatementHandle(0, of: statements, on: connection, sql: sql)
        let pending = try PendingHandle(statement, isStreaming: false, sql: sql)
        pending.work()
        return try pending.execute(sql: sql)
    }

    /// Runs a COPY to one file with RETURN_STATS.
    /// - Parameter isLong: as `executeLong` does.
    public func copy(_ sql: String, isLong: Bool) throws(DuckDBFailure) -> CopiedFile {
        try begin(sql)
        let result = try isLong ? runLong(sql) : ResultHandle(running: sql, on: connection)
        let copied = try result.copiedFile(sql: sql)
        try pass(store.afterStatement, sql)
        return copied
    }

    /// Runs statements and returns the result of the last one, whole. For small results.
    ///
    /// LIST, STRUCT, MAP and other types without a case in `DuckDBValue` must be cast to VARCHAR in the
    /// SELECT; otherwise it fails as `notImplemented`.
    public func query(_ sql: String, _ parameters: [DuckDBValue] = []) throws -> DuckDBTable {
        guard parameters.isEmpty, isSingle(sql) else {
            return try table { columns, body in try forEachRow(sql, parameters, columns: columns, body) }
        }
        try begin(sql)
        let table = try ResultHandle(running: sql, on: connection).table(sql: sql)
        try pass(store.afterStatement, sql)
        return table
    }

    /// The one value of a result that has exactly one row and one column.
    public func scalar(_ sql: String, _ parameters: [DuckDBValue] = []) throws -> DuckDBValue {
        let table = try query(sql, parameters)
        guard table.rows.count == 1, let row = table.rows.first, row.count == 1 else {
            throw DuckDBFailure(
                kind: .invalidInput,
                message: "Invalid Input Error: one value was expected, the result has"
                    + " \(table.rows.count) rows of \(table.columns.count) columns",
                sql: sql)
        }
        return row[0]
    }

    /// Runs statements and hands over the rows of the last one while it runs, in bounded memory.
    ///
    /// The session takes no other statement until this returns. A failure may come after rows were handed
    /// over.
    /// - Parameters:
    ///   - columns: called once, before the first row.
    ///   - body: called with each row. Throwing from it ends the statement.
    public func forEachRow(
        _ sql: String, _ parameters: [DuckDBValue] = [], columns: ([DuckDBColumn]) throws -> Void = { _ in },
        _ body: ([DuckDBValue]) throws -> Void
    ) throws {
        try begin(sql)
        let statements = try parse(sql, parameters)
        for index in 0..<statements.count - 1 {
            let statement = try StatementHandle(index, of: statements, on: connection, sql: sql)
            _ = try run(statement, [], sql: sql)
        }
        let last = try StatementHandle(statements.count - 1, of: statements, on: connection, sql: sql)
        try stream(last, parameters, sql: sql, columns: columns, body)
        try pass(store.afterStatement, sql)
    }

    /// As `execute`, for one statement of which the text never changes: it is parsed and planned once.
    @discardableResult
    public func executePlanned(_ sql: String, _ parameters: [DuckDBValue]) throws(DuckDBFailure) -> Int {
        try begin(sql)
        let changed = try run(try plan(sql).handle, parameters, sql: sql).changedRows(sql: sql)
        try pass(store.afterStatement, sql)
        return changed
    }

    /// As `query`, for one statement of which the text never changes.
    public func queryPlanned(_ sql: String, _ parameters: [DuckDBValue]) throws -> DuckDBTable {
        try begin(sql)
        let result = try run(try plan(sql).handle, parameters, sql: sql)
        let table = try result.table(sql: sql)
        try pass(store.afterStatement, sql)
        return table
    }

    private func plan(_ sql: String) throws(DuckDBFailure) -> PlannedStatement {
        if let known = planned[sql] { return known }
        let statements = try ParsedStatements(sql, on: connection)
        guard statements.count == 1 else { throw tooManyStatements(statements.count, sql) }
        let made = PlannedStatement(try StatementHandle(0, of: statements, on: connection, sql: sql))
        planned[sql] = made
        return made
    }

    /// BEGIN, `body`, COMMIT; or ROLLBACK when `body` or the commit throws, and then that first error.
    ///
    /// Transactions do not nest. A crash before this returns leaves all of the transaction or nothing.
    public func transaction<T>(_ body: () throws -> T) throws -> T {
        try execute("BEGIN TRANSACTION")
        isInTransaction = true
        defer { isInTransaction = false }
        do {
            let value = try body()
            try pass(store.beforeCommit, nil)
            try execute("COMMIT")
            try file.makeLogDurable()
            try pass(store.afterCommit, nil)
            return value
        } catch {
            rollBack()
            throw error
        }
    }

    /// Appends rows to a table in bulk, in the transaction that is open, or else in one of its own: all or
    /// none.
    ///
    /// Values are converted to the columns' types; what does not convert is a failure.
    /// - Parameter body: calls its argument once per row, with a value for every column of the table in
    /// order.
    /// - Returns: the number of rows.
    @discardableResult
    public func append(
        table: String, schema: String = "main",
        _ body: (_ addRow: ([DuckDBValue]) throws -> Void) throws -> Void
    ) throws -> Int {
        guard isInTransaction else {
            return try transaction { try append(table: table, schema: schema, body) }
        }
        try check(nil)
        let appender = try AppenderHandle(table: table, schema: schema, on: connection)
        try body { row throws in
            if appender.rows.isMultiple(of: 2048) { try check(nil) }
            try appender.add(row)
        }
        try check(nil)
        try appender.finish()
        return appender.rows
    }

    /// Appends rows to a table in bulk, as the other `append` does.
    @discardableResult
    public func append(
        table: String, schema: String = "main", rows: some Sequence<[DuckDBValue]>
    ) throws -> Int {
        try append(table: table, schema: schema) { addRow in
            for row in rows { try addRow(row) }
        }
    }
}

@available(*, unavailable, message: "a session belongs to the body it was lent to")
extension DuckDBSession: Sendable {}

extension DuckDBSession {
    /// Refuses a statement that could not run, or whose running would harm another one.
    func check(_ sql: String?) throws(DuckDBFailure) {
        if let damage { throw damage }
        guard !isStreaming else {
            // DuckDB would drop the rest of the streamed rows without a word.
            throw DuckDBFailure(
                kind: .invalidInput,
                message: "Invalid Input Error: the connection is handing over the rows of another statement",
                sql: sql)
        }
        try checkInterrupt(sql)
    }

    func run(
        _ statement: borrowing StatementHandle, _ parameters: [DuckDBValue], isStreaming: Bool = false,
        sql: String
    ) throws(DuckDBFailure) -> ResultHandle {
        try statement.bind(parameters, sql: sql)
        let pending = try PendingHandle(statement, isStreaming: isStreaming, sql: sql)
        // An interrupt before the start was reset by it; a later one stays.
        try check(sql)
        return try pending.execute(sql: sql)
    }

    func stream(
        _ statement: borrowing StatementHandle, _ parameters: [DuckDBValue], sql: String,
        columns: ([DuckDBColumn]) throws -> Void, _ body: ([DuckDBValue]) throws -> Void
    ) throws {
        do {
            try streamOnce(statement, parameters, sql: sql, columns: columns, body)
        } catch let failure as DuckDBFailure where failure.kind == .interrupted && !gate.isInterrupted {
            // A failure in one of DuckDB's threads interrupts the others, and a streamed result may show only that.
            // Running the statement again without streaming tells the reason.
            _ = try run(statement, parameters, sql: sql)
            throw failure
        }
    }

    private func streamOnce(
        _ statement: borrowing StatementHandle, _ parameters: [DuckDBValue], sql: String,
        columns: ([DuckDBColumn]) throws -> Void, _ body: ([DuckDBValue]) throws -> Void
    ) throws {
        let result = try run(statement, parameters, isStreaming: true, sql: sql)
        isStreaming = true
        defer { isStreaming = false }
        let readers = try result.columnReaders(sql: sql)
        try columns(readers.map(\.column))
        try result.forEachRow(columns: readers, sql: sql) {
            try checkInterrupt(sql)
        } _: { row in
            try body(row)
        }
    }

    /// Runs a SELECT while `body` reads its result.
    func streamed<T>(_ sql: String, _ body: (borrowing ResultHandle) throws -> T) throws -> T {
        try begin(sql)
        let statements = try parse(sql, [])
        guard statements.count == 1 else { throw tooManyStatements(statements.count, sql) }
        let statement = try StatementHandle(0, of: statements, on: connection, sql: sql)
        do {
            let result = try run(statement, [], isStreaming: true, sql: sql)
            isStreaming = true
            defer { isStreaming = false }
            let value = try body(result)
            try pass(store.afterStatement, sql)
            return value
        } catch let failure as DuckDBFailure where failure.kind == .interrupted && !gate.isInterrupted {
            // As in `stream`; there may be many rows here, which nobody needs any more.
            try execute("COPY (\(sql)) TO '/dev/null' (FORMAT csv)")
            throw failure
        }
    }

    func checkInterrupt(_ sql: String?) throws(DuckDBFailure) {
        guard !gate.isInterrupted else {
            throw DuckDBFailure(kind: .interrupted, message: "INTERRUPT Error: Interrupted!", sql: sql)
        }
    }

    func table(
        _ read: (_ columns: ([DuckDBColumn]) throws -> Void, _ body: ([DuckDBValue]) throws -> Void) throws ->
            Void
    ) throws -> DuckDBTable {
        var columns: [DuckDBColumn] = []
        var rows: [[DuckDBValue]] = []
        try read({ columns = $0 }, { rows.append($0) })
        return DuckDBTable(columns: columns, rows: rows)
    }

    /// Without a semicolon there is one statement, which then needs no plan of its own before it runs: DuckDB plans a
    /// prepared statement that reads files a second time when it is executed.
    private func isSingle(_ sql: String) -> Bool { !sql.utf8.contains(UInt8(ascii: ";")) }

    private func parse(_ sql: String, _ parameters: [DuckDBValue]) throws(DuckDBFailure) -> ParsedStatements {
        let statements = try ParsedStatements(sql, on: connection)
        guard statements.count == 1 || parameters.isEmpty else {
            throw tooManyStatements(statements.count, sql)
        }
        return statements
    }

    private func tooManyStatements(_ count: Int, _ sql: String) -> DuckDBFailure {
        DuckDBFailure(
            kind: .invalidInput,
            message: "Invalid Input Error: one statement was expected, the text holds \(count)", sql: sql)
    }

    /// Runs also after an interrupt. If it fails, the session refuses everything from then on, with the
    /// reason.
    private func rollBack() {
        gate.quieten()
        do {
            let sql = "ROLLBACK"
            let statement = try StatementHandle(
                0, of: try ParsedStatements(sql, on: connection), on: connection, sql: sql)
            _ = try PendingHandle(statement, isStreaming: false, sql: sql).execute(sql: sql)
        } catch  where error.kind == .transaction {
            // None is open: a failed commit ends its transaction itself.
        } catch {
            damage = error
        }
    }
}
