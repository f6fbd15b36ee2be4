internal import CDuckDB
internal import Glibc

/// The statements of one text, parsed, not yet planned.
@safe struct ParsedStatements: ~Copyable {
    private let pointer: OpaquePointer
    let count: Int

    init(_ sql: String, on connection: borrowing ConnectionHandle) throws(DuckDBFailure) {
        var statements: OpaquePointer?
        let count = unsafe connection.withRaw { unsafe duckdb_extract_statements($0, sql, &statements) }
        guard count > 0, let statements = unsafe statements else {
            let message = unsafe duckdb_extract_statements_error(statements).map {
                unsafe String(cString: $0)
            }
            unsafe duckdb_destroy_extracted(&statements)
            throw DuckDBFailure(
                message: message ?? "Invalid Input Error: the text holds no statement", sql: sql)
        }
        unsafe pointer = statements
        self.count = Int(count)
    }

    borrowing func withRaw<R>(_ body: (OpaquePointer) -> R) -> R {
        unsafe body(pointer)
    }

    deinit {
        var statements: OpaquePointer? = unsafe pointer
        unsafe duckdb_destroy_extracted(&statements)
    }
}

/// A planned statement. It keeps its connection alive inside DuckDB.
@safe struct StatementHandle: ~Copyable {
    private let pointer: OpaquePointer

    init(
        _ index: Int, of statements: borrowing ParsedStatements, on connection: borrowing ConnectionHandle,
        sql: String
    ) throws(DuckDBFailure) {
        var statement: OpaquePointer?
        let state = unsafe connection.withRaw { connection in
            unsafe statements.withRaw {
                unsafe duckdb_prepare_extracted_statement(connection, $0, idx_t(index), &statement)
            }
        }
        guard state == DuckDBSuccess, let statement = unsafe statement else {
            let message = unsafe duckdb_prepare_error(statement).map { unsafe String(cString: $0) }
            unsafe duckdb_destroy_prepare(&statement)
            throw DuckDBFailure(
                message: message ?? "Invalid Error: unable to prepare the statement", sql: sql)
        }
        unsafe pointer = statement
    }

    borrowing func withRaw<R: ~Copyable, E>(_ body: (OpaquePointer) throws(E) -> R) throws(E) -> R {
        try unsafe body(pointer)
    }

    deinit {
        var statement: OpaquePointer? = unsafe pointer
        unsafe duckdb_destroy_prepare(&statement)
    }
}

/// A planned statement that a session keeps for the next time.
final class PlannedStatement {
    let handle: StatementHandle

    init(_ handle: consuming StatementHandle) { self.handle = handle }
}

/// A statement that has started. From here on an interrupt is not lost: DuckDB resets the mark when a
/// statement starts, and only then.
@safe struct PendingHandle: ~Copyable {
    private let pointer: OpaquePointer

    init(_ statement: borrowing StatementHandle, isStreaming: Bool, sql: String) throws(DuckDBFailure) {
        var pending: OpaquePointer?
        let state = unsafe statement.withRaw {
            isStreaming
                ? unsafe duckdb_pending_prepared_streaming($0, &pending)
                : unsafe duckdb_pending_prepared($0, &pending)
        }
        guard state == DuckDBSuccess, let pending = unsafe pending else {
            let message = unsafe duckdb_pending_error(pending).map { unsafe String(cString: $0) }
            unsafe duckdb_destroy_pending(&pending)
            throw DuckDBFailure(message: message ?? "Invalid Error: unable to start the statement", sql: sql)
        }
        unsafe pointer = pending
    }

    /// Does the calling thread's share of the work, and sleeps while only other threads have some.
    borrowing func work() {
        var nap: UInt32 = 50
        while true {
            switch unsafe duckdb_pending_execute_task(pointer) {
            case DUCKDB_PENDING_RESULT_NOT_READY: nap = 50
            case DUCKDB_PENDING_NO_TASKS_AVAILABLE:
                usleep(nap)
                nap = min(nap * 2, 1000)
            // Also after an error, which `execute` tells.
            default: return
            }
        }
    }

    /// Runs the statement; of a streamed one, only up to its first rows.
    borrowing func execute(sql: String) throws(DuckDBFailure) -> ResultHandle {
        // Executing what has failed already would tell only that it cannot be executed.
        if let failed = unsafe duckdb_pending_error(pointer).map({ unsafe String(cString: $0) }),
            !failed.isEmpty
        {
            throw DuckDBFailure(message: failed, sql: sql)
        }
        var result = unsafe duckdb_result()
        guard unsafe duckdb_execute_pending(pointer, &result) == DuckDBSuccess else {
            let message = unsafe duckdb_result_error(&result).map { unsafe String(cString: $0) }
            unsafe duckdb_destroy_result(&result)
            throw DuckDBFailure(message: message ?? "Invalid Error: unable to run the statement", sql: sql)
        }
        return unsafe ResultHandle(owning: result)
    }

    deinit {
        var pending: OpaquePointer? = unsafe pointer
        unsafe duckdb_destroy_pending(&pending)
    }
}
