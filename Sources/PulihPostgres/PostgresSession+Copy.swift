internal import CPostgres
internal import Glibc

/// The way in of a `COPY … FROM STDIN`.
public final class PostgresCopyWriter {
    private let session: PostgresSession
    private let sql: String

    init(_ session: PostgresSession, _ sql: String) {
        self.session = session
        self.sql = sql
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(PostgresFailure) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        let raw = unsafe try session.raw()
        let isSent = unsafe PQputCopyData(
            raw, start.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        guard isSent == 1 else { throw session.connectionFailure(sql) }
    }

    public func write(_ bytes: [UInt8]) throws(PostgresFailure) {
        var failure: PostgresFailure?
        unsafe bytes.withUnsafeBytes { raw in
            do throws(PostgresFailure) { unsafe try write(raw) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Passes on what comes out of a pipe until its end. Whether the end was a good one only the producer knows: throw
    /// from the body of `copyIn` if it was not.
    public func pump(from descriptor: Int32) throws(PostgresFailure) {
        let size = 256 << 10
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { unsafe buffer.deallocate() }
        while true {
            try session.checkCancel(sql)
            let count = unsafe read(descriptor, buffer.baseAddress, size)
            if count < 0 {
                if errno == EINTR { continue }
                throw PostgresFailure(
                    sqlState: "", message: "reading the rows to copy failed: errno \(errno)", statement: sql)
            }
            guard count > 0 else { return }
            unsafe try write(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))
        }
    }
}

extension PostgresSession {
    /// Runs a `COPY … FROM STDIN`. When the body throws, the server is told and nothing is loaded.
    /// - Returns: rows copied.
    @discardableResult
    public func copyIn(_ sql: String, _ body: (PostgresCopyWriter) throws -> Void) throws -> Int {
        try begin(sql, expecting: PGRES_COPY_IN)
        let raw = unsafe try raw()
        do {
            try body(PostgresCopyWriter(self, sql))
        } catch {
            // A server that ended the copy by itself says why; that matters more than a broken pipe.
            _ = unsafe PQputCopyEnd(raw, "the producer of the rows failed")
            do throws(PostgresFailure) {
                try results(of: sql) { _ throws(PostgresFailure) in }
            } catch {
                let isOurs = error.sqlState == "57014"
                if !isOurs { throw error }
            }
            throw error
        }
        guard unsafe PQputCopyEnd(raw, nil) == 1 else { throw connectionFailure(sql) }
        var rows = 0
        try results(of: sql) { result throws(PostgresFailure) in rows = result.affected }
        return rows
    }

    /// Runs a `COPY … TO STDOUT` and hands over its pieces, one row each in text and CSV format.
    /// - Returns: rows copied.
    @discardableResult
    public func copyOut(_ sql: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Int {
        try begin(sql, expecting: PGRES_COPY_OUT)
        let raw = unsafe try raw()
        var stopped: (any Error)?
        while true {
            var piece: UnsafeMutablePointer<CChar>?
            let count = unsafe PQgetCopyData(raw, &piece, 0)
            guard count > 0 else { break }
            defer { unsafe PQfreemem(piece) }
            guard stopped == nil else { continue }
            do {
                unsafe try body(UnsafeRawBufferPointer(start: piece, count: Int(count)))
            } catch {
                stopped = error
            }
        }
        var rows = 0
        try results(of: sql) { result throws(PostgresFailure) in rows = result.affected }
        if let stopped { throw stopped }
        return rows
    }

    private func begin(_ sql: String, expecting status: ExecStatusType) throws(PostgresFailure) {
        try send(sql, [], once: true)
        var isReady = false
        try results(of: sql) { result throws(PostgresFailure) in isReady = result.isCopy }
        guard isReady else {
            throw PostgresFailure(
                sqlState: "42601", message: "this is no COPY of the right direction", statement: sql)
        }
    }
}
