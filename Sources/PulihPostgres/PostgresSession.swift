internal import CPostgres
internal import PulihSystem

/// One connection in use: statements, transactions and copies, one after the other. Every call blocks.
///
/// Handed out by `PostgresConnection`; must not be kept beyond the body that got it.
public final class PostgresSession {
    private let handle: PostgresHandle
    private var prepared = PreparedNames()
    private var cancel: PostgresCancel?
    let store: FailpointStore

    init(_ handle: PostgresHandle, store: FailpointStore) {
        self.handle = handle
        self.store = store
    }

    // MARK: statements

    /// Runs a statement to its end; rows that it yields are dropped. Without parameters the text may hold several
    /// statements, which are one transaction unless they say otherwise.
    /// - Returns: rows inserted, changed, deleted or selected by the last statement.
    @discardableResult
    public func execute(_ sql: String, _ parameters: [PostgresValue] = []) throws(PostgresFailure) -> Int {
        try send(sql, parameters, once: false)
        var affected = 0
        try results(of: sql) { result throws(PostgresFailure) in affected = result.affected }
        return affected
    }

    /// All rows of a statement. For results of any size `forEachRow` is better.
    /// - Parameter once: not worth preparing, or reads tables whose columns may change.
    public func query(
        _ sql: String, _ parameters: [PostgresValue] = [], once: Bool = false
    ) throws(PostgresFailure) -> PostgresTable {
        try send(sql, parameters, once: once)
        var columns: [PostgresColumn] = []
        var rows: [PostgresRow] = []
        try results(of: sql) { result throws(PostgresFailure) in
            guard result.hasRows else { return }
            columns = result.columns()
            rows = (0..<result.rowCount).map { result.row($0, columns) }
        }
        return PostgresTable(columns: columns, rows: rows)
    }

    /// Passes one row after the other; memory does not grow with the result.
    /// - Returns: the columns, also of a result without rows.
    /// - Throws: what the body throws, which ends the statement.
    @discardableResult
    public func forEachRow(
        _ sql: String, _ parameters: [PostgresValue] = [], _ body: (PostgresRow) throws -> Void
    ) throws -> [PostgresColumn] {
        try send(sql, parameters, once: true)
        guard unsafe PQsetSingleRowMode(try handle.raw()) == 1 else { throw handle.failure(statement: sql) }
        var columns: [PostgresColumn] = []
        var stopped: (any Error)?
        try results(of: sql) { result throws(PostgresFailure) in
            guard result.hasRows, stopped == nil else { return }
            if columns.isEmpty { columns = result.columns() }
            for index in 0..<result.rowCount where stopped == nil {
                do {
                    try body(result.row(index, columns))
                } catch {
                    stopped = error
                    self.handle.cancelStatement()
                }
            }
        } unless: {
            stopped != nil
        }
        if let stopped { throw stopped }
        return columns
    }

    /// The first value of the first row; NULL without rows.
    public func scalar(
        _ sql: String, _ parameters: [PostgresValue] = []
    ) throws(PostgresFailure) -> PostgresValue {
        try query(sql, parameters).rows.first.map { $0[0] } ?? .null
    }

    // MARK: transactions

    /// Runs the body in a transaction of its own.
    public func transaction<T>(
        _ isolation: PostgresIsolation = .readCommitted, readOnly: Bool = false, _ body: () throws -> T
    ) throws -> T {
        try execute("BEGIN ISOLATION LEVEL \(isolation.rawValue)\(readOnly ? " READ ONLY" : "")")
        do {
            let value = try body()
            try checkCancel(nil)
            if !readOnly { try passBefore(store.beforeCommit, "COMMIT") }
            try execute("COMMIT")
            if !readOnly { try passAfter(store.afterCommit, "COMMIT") }
            return value
        } catch {
            try rollBackWhatIsOpen()
            throw error
        }
    }

    /// Runs the body so that its failure takes back what it did and leaves the transaction usable.
    @discardableResult
    public func savepoint<T>(_ body: () throws -> T) throws -> T {
        try execute("SAVEPOINT pulih")
        do {
            let value = try body()
            try execute("RELEASE SAVEPOINT pulih")
            return value
        } catch {
            guard isInTransaction else { throw error }
            try uncancelled { () throws(PostgresFailure) in
                try execute("ROLLBACK TO SAVEPOINT pulih")
                try execute("RELEASE SAVEPOINT pulih")
            }
            throw error
        }
    }

    /// Whether a transaction is open, also one that failed.
    public var isInTransaction: Bool {
        !isLost && handle.isInTransaction
    }

    func rollBackWhatIsOpen() throws {
        guard isInTransaction else { return }
        do {
            try uncancelled { () throws(PostgresFailure) in _ = try execute("ROLLBACK") }
        } catch {
            // A connection that breaks here has rolled back by breaking.
            guard error.isConnectionLost else { throw error }
        }
    }

    /// Runs the body also after the caller was cancelled.
    private func uncancelled<T>(_ body: () throws(PostgresFailure) -> T) throws(PostgresFailure) -> T {
        guard let pending = cancel else { return try body() }
        cancel = nil
        defer { cancel = pending }
        return try pending.quietly(body)
    }

    // MARK: the connection

    /// Notices since they were last taken, the newest thousand.
    @discardableResult
    public func takeNotices() -> [PostgresNotice] {
        defer { handle.notices.list = [] }
        return handle.notices.list
    }

    /// 150004 for 15.4.
    public var serverVersion: Int {
        get throws(PostgresFailure) { unsafe Int(PQserverVersion(try handle.raw())) }
    }

    /// Process id of the server's side.
    public var backendPID: Int32 {
        get throws(PostgresFailure) { unsafe PQbackendPID(try handle.raw()) }
    }

    var isLost: Bool { handle.isLost }

    func listen() { handle.listen() }

    func close() {
        handle.close()
    }

    func cancellable<T>(by cancel: PostgresCancel, _ body: () throws -> T) throws -> T {
        unsafe cancel.arm(try handle.raw())
        self.cancel = cancel
        defer {
            cancel.disarm()
            self.cancel = nil
        }
        return try body()
    }

    // MARK: inner workings

    /// The server is not reached any more, as when a cable is pulled.
    func cutOff() { handle.cutOff() }

    func raw() throws(PostgresFailure) -> OpaquePointer { unsafe try handle.raw() }
    func connectionFailure(_ sql: String?) -> PostgresFailure { handle.failure(statement: sql) }

    /// Cancelling reaches only a statement that runs; between two of them it would be lost.
    func checkCancel(_ sql: String?) throws(PostgresFailure) {
        guard cancel?.hasFired != true else {
            throw PostgresFailure(sqlState: "57014", message: "cancelled", statement: sql)
        }
    }

    func send(_ sql: String, _ parameters: [PostgresValue], once: Bool) throws(PostgresFailure) {
        try checkCancel(sql)
        try passBefore(store.beforeStatement, sql)
        let raw = unsafe try handle.raw()
        guard !parameters.isEmpty else {
            guard unsafe PQsendQuery(raw, sql) == 1 else { throw handle.failure(statement: sql) }
            return
        }
        let types = parameters.map(\.type)
        let isSent = unsafe try withParameters(parameters) { values throws(PostgresFailure) -> Int32 in
            if once {
                return unsafe PQsendQueryParams(
                    raw, sql, Int32(types.count), types, values, nil, nil, 0)
            }
            let name = try self.prepare(sql, types)
            return unsafe PQsendQueryPrepared(raw, name, Int32(types.count), values, nil, nil, 0)
        }
        guard isSent == 1 else { throw handle.failure(statement: sql) }
    }

    /// Hands over every result of what was sent, and reads to the end whatever happens.
    func results(
        of sql: String, _ body: (PostgresResult) throws(PostgresFailure) -> Void,
        unless isStopped: () -> Bool = { false }
    ) throws(PostgresFailure) {
        if try !drain(sql, body, unless: isStopped) { try passAfter(store.afterStatement, sql) }
    }

    /// - Returns: whether a copy has begun, which is not the end of a statement.
    private func drain(
        _ sql: String, _ body: (PostgresResult) throws(PostgresFailure) -> Void, unless isStopped: () -> Bool
    ) throws(PostgresFailure) -> Bool {
        let raw = unsafe try handle.raw()
        var failure: PostgresFailure?
        var isCopy = false
        while let next = unsafe PQgetResult(raw) {
            let result = unsafe PostgresResult(next)
            if let error = result.failure(sql) {
                failure = failure ?? error
            } else if failure == nil {
                do { try body(result) } catch { failure = error }
            }
            if result.isCopy {
                isCopy = true
                break
            }
        }
        if var failure, !isStopped() {
            // The server says why it ends a session before the session is gone.
            failure.isConnectionLost = handle.isLost
            throw failure
        }
        if handle.isLost { throw handle.failure(statement: sql) }
        return isCopy
    }

    private func prepare(_ sql: String, _ types: [UInt32]) throws(PostgresFailure) -> String {
        if let name = prepared.name(of: sql, types) { return name }
        if let oldest = prepared.full() {
            unsafe try perform("DEALLOCATE \(oldest)") { raw in
                unsafe PQsendQuery(raw, "DEALLOCATE \(oldest)")
            }
        }
        let name = prepared.next()
        unsafe try perform(sql) { raw in
            unsafe PQsendPrepare(raw, name, sql, Int32(types.count), types)
        }
        prepared.add(name, sql, types)
        return name
    }

    private func perform(_ sql: String, _ send: (OpaquePointer) -> Int32) throws(PostgresFailure) {
        guard unsafe send(try handle.raw()) == 1 else { throw handle.failure(statement: sql) }
        _ = try drain(sql) { _ throws(PostgresFailure) in
        } unless: {
            false
        }
    }

    private func withParameters<T>(
        _ parameters: [PostgresValue],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws(PostgresFailure) -> T
    ) throws(PostgresFailure) -> T {
        let texts = parameters.map(\.parameterText)
        for text in texts where text?.utf8.contains(0) == true {
            throw PostgresFailure(sqlState: "22021", message: "a parameter holds a NUL character")
        }
        var buffers: [[CChar]?] = texts.map { $0.map { Array($0.utf8CString) } }
        var result: Result<T, PostgresFailure>?
        unsafe withPointers(&buffers) { pointers in
            do throws(PostgresFailure) {
                result = .success(unsafe try body(pointers))
            } catch {
                result = .failure(error)
            }
        }
        return try result!.get()
    }

    private func withPointers(
        _ buffers: inout [[CChar]?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Void
    ) {
        var bytes: [CChar] = []
        var places: [Int?] = []
        for buffer in buffers {
            places.append(buffer == nil ? nil : bytes.count)
            if let buffer { bytes += buffer }
        }
        unsafe bytes.withUnsafeBufferPointer { all in
            let pointers = unsafe places.map { place in
                unsafe place.map { unsafe all.baseAddress! + $0 }
            }
            unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
        }
    }
}

@available(*, unavailable)
extension PostgresSession: Sendable {}

/// Names of the statements that are prepared on one connection, the oldest dropped beyond a bound.
private struct PreparedNames {
    private struct Key: Hashable {
        let sql: String
        let types: [UInt32]
    }
    private static let most = 200
    private var names: [Key: String] = [:]
    private var order: [Key] = []
    private var count = 0

    func name(of sql: String, _ types: [UInt32]) -> String? { names[Key(sql: sql, types: types)] }

    /// The name to give up before another is added.
    mutating func full() -> String? {
        guard order.count >= Self.most else { return nil }
        return names.removeValue(forKey: order.removeFirst())
    }

    mutating func next() -> String {
        count += 1
        return "pulih_\(count)"
    }

    mutating func add(_ name: String, _ sql: String, _ types: [UInt32]) {
        let key = Key(sql: sql, types: types)
        names[key] = name
        order.append(key)
    }
}
