internal import CSQLite
internal import PulihSystem

/// Owns one connection of the C library; not for use by two threads at once.
@safe final class SQLiteConnection {
    let path: String
    private var handle: OpaquePointer?

    /// The corresponding C function is `sqlite3_open_v2`.
    init(path: String, readOnly: Bool, create: Bool) throws(SQLiteFailure) {
        // These would open databases that live in memory, or a temporary one that nobody finds again.
        guard !path.isEmpty, path != ":memory:" else {
            throw SQLiteFailure(.misuse, message: "a database needs the path of a file, not '\(path)'")
        }
        self.path = path
        var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        flags |= readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        if create, !readOnly { flags |= SQLITE_OPEN_CREATE }
        // A path that begins with "file:" must not be taken for a URI.
        let plainPath = path.hasPrefix("/") ? path : "./" + path
        let code = unsafe sqlite3_open_v2(plainPath, &handle, flags, nil)
        guard code == SQLITE_OK else {
            defer { _ = unsafe sqlite3_close_v2(handle) }
            var words = "cannot open \(path): \(unsafe String(cString: sqlite3_errstr(code)))"
            let errno = unsafe handle == nil ? 0 : sqlite3_system_errno(handle)
            if errno != 0 { words += " (\(SystemFailure("open", errno: errno).text))" }
            throw SQLiteFailure(extendedCode: code, message: words, sql: nil)
        }
    }

    deinit {
        _ = unsafe sqlite3_close_v2(handle)
    }

    /// - Throws: `misuse` after `close`.
    func raw() throws(SQLiteFailure) -> OpaquePointer {
        guard let handle = unsafe handle else {
            throw SQLiteFailure(.misuse, message: "the database \(path) was closed")
        }
        return unsafe handle
    }

    /// All statements must be gone. The corresponding C function is `sqlite3_close`.
    func close() throws(SQLiteFailure) {
        guard let open = unsafe handle else { return }
        let code = unsafe sqlite3_close(open)
        guard code == SQLITE_OK else { throw failure(code, sql: nil) }
        unsafe handle = nil
    }

    func setBusyTimeout(_ timeout: Duration) throws(SQLiteFailure) {
        let milliseconds =
            timeout.components.seconds * 1_000 + timeout.components.attoseconds / 1_000_000_000_000_000
        let code = unsafe sqlite3_busy_timeout(try raw(), Int32(clamping: milliseconds))
        guard code == SQLITE_OK else { throw failure(code, sql: nil) }
    }

    /// With the message of the last call on this connection, copied.
    func failure(_ code: Int32, sql: String?) -> SQLiteFailure {
        let extended = unsafe handle == nil ? code : sqlite3_extended_errcode(handle)
        // The connection's message is about its last failed call; a code from elsewhere has a text of its
        // own.
        let isLast = extended & 0xFF == code & 0xFF
        let message = unsafe isLast ? sqlite3_errmsg(handle) : sqlite3_errstr(code)
        return SQLiteFailure(
            extendedCode: isLast ? extended : code,
            message: unsafe message.map { unsafe String(cString: $0) } ?? "",
            sql: sql)
    }
}
