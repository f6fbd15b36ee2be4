internal import CDuckDB

/// An open database. DuckDB lets any thread connect to one at any time.
@safe struct DatabaseHandle: ~Copyable, @unchecked Sendable {
    private let pointer: OpaquePointer

    init(path: String?, options: [String: String]) throws(DuckDBFailure) {
        let configuration = try ConfigurationHandle(options)
        var database: OpaquePointer?
        var message: UnsafeMutablePointer<CChar>?
        let state = unsafe configuration.withRaw {
            unsafe duckdb_open_ext(path, &database, $0, &message)
        }
        guard state == DuckDBSuccess, let database = unsafe database else {
            let text = unsafe message.map { unsafe String(cString: $0) }
            unsafe duckdb_free(message)
            unsafe duckdb_close(&database)
            throw DuckDBFailure(message: text ?? "IO Error: unable to open \(path ?? ":memory:")", sql: nil)
        }
        unsafe pointer = database
    }

    borrowing func withRaw<R: ~Copyable, E>(_ body: (OpaquePointer) throws(E) -> R) throws(E) -> R {
        try unsafe body(pointer)
    }

    deinit {
        var database: OpaquePointer? = unsafe pointer
        unsafe duckdb_close(&database)
    }
}

/// Options for opening a database.
@safe private struct ConfigurationHandle: ~Copyable {
    private let pointer: OpaquePointer

    init(_ options: [String: String]) throws(DuckDBFailure) {
        var configuration: OpaquePointer?
        guard unsafe duckdb_create_config(&configuration) == DuckDBSuccess,
            let configuration = unsafe configuration
        else {
            throw DuckDBFailure(
                kind: .outOfMemory, message: "Out of Memory Error: no configuration", sql: nil)
        }
        for (name, value) in options.sorted(by: { $0.key < $1.key })
        where unsafe duckdb_set_config(configuration, name, value) != DuckDBSuccess {
            var discarded: OpaquePointer? = unsafe configuration
            unsafe duckdb_destroy_config(&discarded)
            throw DuckDBFailure(
                kind: .invalidConfiguration,
                message: "Invalid Configuration Error: DuckDB does not take \(value) for the option \(name)",
                sql: nil)
        }
        unsafe pointer = configuration
    }

    borrowing func withRaw<R>(_ body: (OpaquePointer) -> R) -> R {
        unsafe body(pointer)
    }

    deinit {
        var configuration: OpaquePointer? = unsafe pointer
        unsafe duckdb_destroy_config(&configuration)
    }
}

/// A connection. DuckDB keeps the database open as long as one exists.
@safe struct ConnectionHandle: ~Copyable {
    private let pointer: OpaquePointer

    init(_ database: borrowing DatabaseHandle) throws(DuckDBFailure) {
        var connection: OpaquePointer?
        let state = unsafe database.withRaw { unsafe duckdb_connect($0, &connection) }
        guard state == DuckDBSuccess, let connection = unsafe connection else {
            throw DuckDBFailure(kind: .connection, message: "Connection Error: no connection", sql: nil)
        }
        unsafe pointer = connection
    }

    borrowing func withRaw<R: ~Copyable, E>(_ body: (OpaquePointer) throws(E) -> R) throws(E) -> R {
        try unsafe body(pointer)
    }

    deinit {
        var connection: OpaquePointer? = unsafe pointer
        unsafe duckdb_disconnect(&connection)
    }
}
