internal import CSQLite

/// What SQLite, or the wrapper on its behalf, refused.
///
/// Shows the SQL, never the values bound to it.
public struct SQLiteFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// Kinds of failure that callers tell apart.
    public enum Code: String, Sendable {
        /// The file is something else than a SQLite database.
        case notADatabase
        /// The file is damaged.
        case corrupt
        /// Another connection holds the lock, and the time to wait for it is over.
        case busy
        /// This connection's own use of a table stands in the way.
        case locked
        case diskFull
        case readOnly
        /// There is no such file, or permissions stand against it.
        case cannotOpen
        case uniqueViolation, foreignKeyViolation, notNullViolation, checkViolation
        /// Another constraint.
        case constraintViolation
        case interrupted
        /// The disk refused to read or write.
        case inputOutput
        /// A column is missing or holds another type than was asked for.
        case mismatch
        /// The wrapper was used against its rules, for instance after `close`.
        case misuse
        case outOfMemory
        /// The SQL is wrong, or anything not named above.
        case sql
    }

    public let code: Code
    /// SQLite's extended result code; 0 where the wrapper refused.
    public let extendedCode: Int32
    public let message: String
    public let sql: String?

    public init(_ code: Code, extendedCode: Int32 = 0, message: String, sql: String? = nil) {
        self.code = code
        self.extendedCode = extendedCode
        self.message = message
        self.sql = sql
    }

    init(extendedCode: Int32, message: String, sql: String?) {
        self.init(Code(extendedCode: extendedCode), extendedCode: extendedCode, message: message, sql: sql)
    }

    public var description: String {
        var words = "SQLite: \(message)"
        if extendedCode != 0 { words += " (code \(extendedCode))" }
        guard let sql else { return words }
        let line = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return "\(words) in: \(line.count > 300 ? line.prefix(300) + "…" : line)"
    }

    /// There is no room for the file, or for what lies beside it.
    public var isDiskFull: Bool { code == .diskFull || extendedCode == Self.noRoomForSharedMemory }

    /// SQLITE_IOERR_SHMSIZE, a macro that is not imported.
    private static let noRoomForSharedMemory: Int32 = 4874

    /// Whether the same call may well succeed later without anybody repairing anything.
    public var isTransient: Bool { code == .busy || code == .locked }
}

extension SQLiteFailure.Code {
    fileprivate init(extendedCode: Int32) {
        switch extendedCode {
        case pulih_constraint_unique, pulih_constraint_primary_key, pulih_constraint_rowid:
            self = .uniqueViolation
        case pulih_constraint_foreign_key: self = .foreignKeyViolation
        case pulih_constraint_not_null: self = .notNullViolation
        case pulih_constraint_check: self = .checkViolation
        default: self.init(primaryCode: extendedCode & 0xFF)
        }
    }

    private init(primaryCode: Int32) {
        switch primaryCode {
        case SQLITE_NOTADB: self = .notADatabase
        case SQLITE_CORRUPT: self = .corrupt
        case SQLITE_BUSY: self = .busy
        case SQLITE_LOCKED: self = .locked
        case SQLITE_FULL: self = .diskFull
        case SQLITE_READONLY: self = .readOnly
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: self = .cannotOpen
        case SQLITE_CONSTRAINT: self = .constraintViolation
        case SQLITE_INTERRUPT: self = .interrupted
        case SQLITE_IOERR: self = .inputOutput
        case SQLITE_MISMATCH: self = .mismatch
        case SQLITE_MISUSE: self = .misuse
        case SQLITE_NOMEM: self = .outOfMemory
        default: self = .sql
        }
    }
}
