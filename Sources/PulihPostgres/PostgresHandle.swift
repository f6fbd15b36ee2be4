internal import CPostgres
internal import Glibc
internal import Synchronization

/// Owns one connection of libpq; not for use by two threads at once.
@safe final class PostgresHandle {
    private var handle: OpaquePointer?
    let notices = NoticeBox()

    /// The corresponding C function is `PQconnectdbParams`.
    init(_ settings: PostgresSettings) throws(PostgresFailure) {
        let list = settings.keywords
        let opened = unsafe withCStrings(list.map(\.0)) { keys in
            unsafe withCStrings(list.map(\.1)) { values in unsafe PQconnectdbParams(keys, values, 1) }
        }
        unsafe handle = opened
        guard unsafe PQstatus(opened) == CONNECTION_OK else {
            let message = unsafe Self.message(of: opened)
            unsafe PQfinish(opened)
            unsafe handle = nil
            // libpq keeps no SQLSTATE of a refused connection; what it says begins with the server's words.
            throw PostgresFailure(sqlState: "", severity: "FATAL", message: message, isConnectionLost: true)
        }
        _ = unsafe PQsetNoticeReceiver(
            opened, { context, result in unsafe NoticeBox.receive(context, result) },
            Unmanaged.passUnretained(notices).toOpaque())
    }

    deinit {
        close()
    }

    func close() {
        guard let open = unsafe handle else { return }
        unsafe PQfinish(open)
        unsafe handle = nil
    }

    /// - Throws: after `close`.
    func raw() throws(PostgresFailure) -> OpaquePointer {
        guard let handle = unsafe handle else {
            throw PostgresFailure(
                sqlState: "08003", message: "the connection was closed", isConnectionLost: true)
        }
        return unsafe handle
    }

    var isLost: Bool { unsafe handle == nil || PQstatus(handle) != CONNECTION_OK }

    /// Takes in what the server said while nobody asked, such as that it ends the connection.
    func listen() {
        guard let open = unsafe handle else { return }
        // Its last words come first, then the end.
        for _ in 0..<2 { _ = unsafe PQconsumeInput(open) }
    }

    /// Ends the connection without a word to the server.
    func cutOff() {
        guard let open = unsafe handle else { return }
        _ = unsafe shutdown(PQsocket(open), Int32(SHUT_RDWR))
        listen()
    }

    var isInTransaction: Bool {
        unsafe [PQTRANS_INTRANS, PQTRANS_INERROR, PQTRANS_ACTIVE].contains(PQtransactionStatus(handle))
    }

    /// Ends the statement that runs. If that does not arrive, the rest of its rows is read and dropped.
    func cancelStatement() {
        guard let cancel = unsafe PQgetCancel(handle) else { return }
        defer { unsafe PQfreeCancel(cancel) }
        var text = [CChar](repeating: 0, count: 256)
        _ = unsafe PQcancel(cancel, &text, Int32(text.count))
    }

    /// What libpq says about the connection, on one line.
    func failure(statement: String?) -> PostgresFailure {
        let message = unsafe handle.map { unsafe Self.message(of: $0) } ?? "the connection was closed"
        return PostgresFailure(
            sqlState: "", severity: "FATAL", message: message, statement: statement, isConnectionLost: isLost)
    }

    private static func message(of handle: OpaquePointer?) -> String {
        guard let text = unsafe PQerrorMessage(handle) else { return "out of memory" }
        return unsafe String(cString: text).onOneLine
    }
}

/// Notices of one connection, until somebody takes them. Used by the connection's thread only.
final class NoticeBox {
    /// A procedure in a loop must not fill memory with what it says.
    private static let most = 1_000
    var list: [PostgresNotice] = []

    static func receive(_ context: UnsafeMutableRawPointer?, _ result: OpaquePointer?) {
        guard let context = unsafe context, let result = unsafe result else { return }
        let box = unsafe Unmanaged<NoticeBox>.fromOpaque(context).takeUnretainedValue()
        if box.list.count >= most { box.list.removeFirst() }
        let fields = unsafe ResultFields(result)
        box.list.append(
            PostgresNotice(
                severity: fields[86] ?? fields[83] ?? "NOTICE", sqlState: fields[67] ?? "",
                message: fields[77] ?? "",
                detail: fields[68]))
    }
}

/// Fields of an error or notice by their letter (PG_DIAG_…).
@safe struct ResultFields {
    private let result: OpaquePointer

    init(_ result: OpaquePointer) {
        unsafe self.result = result
    }

    subscript(_ letter: UInt8) -> String? {
        unsafe PQresultErrorField(result, Int32(letter)).map { unsafe String(cString: $0) }
    }

    func failure(statement: String?) -> PostgresFailure {
        let letter = { (text: Character) in self[text.asciiValue!] }
        let message =
            letter("M") ?? (unsafe PQresultErrorMessage(result).map { unsafe String(cString: $0) } ?? "")
        // Without a state it is libpq that speaks, in several lines.
        return PostgresFailure(
            sqlState: letter("C") ?? "", severity: letter("S") ?? "ERROR",
            message: letter("C") == nil ? message.onOneLine : message.trimmingBlanks, detail: letter("D"),
            hint: letter("H"), context: letter("W"),
            position: letter("P").flatMap { Int($0) }, schema: letter("s"), table: letter("t"),
            column: letter("c"), constraint: letter("n"), statement: statement)
    }
}

extension StringProtocol {
    var onOneLine: String {
        split(separator: "\n").map { $0.trimmingBlanks }.filter { !$0.isEmpty }.joined(separator: "; ")
    }

    var trimmingBlanks: String {
        var text = Substring(self)
        while text.last?.isWhitespace == true { text.removeLast() }
        while text.first?.isWhitespace == true { text.removeFirst() }
        return String(text)
    }
}

/// A null-terminated array of C strings for the time of the body.
func withCStrings<T>(_ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> T) -> T {
    let copies = unsafe texts.map { unsafe UnsafePointer(copyCString($0)) }
    // The formatter would make "unsafecopy" of the loop's variable.
    // swift-format-ignore: ReplaceForEachWithForLoop
    defer { unsafe copies.forEach { unsafe $0.deallocate() } }
    let list = unsafe copies.map { unsafe Optional($0) } + [nil]
    return unsafe list.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
}

private func copyCString(_ text: String) -> UnsafeMutablePointer<CChar> {
    let bytes = text.utf8CString
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    for (index, byte) in bytes.enumerated() { unsafe (copy + index).initialize(to: byte) }
    return unsafe copy
}
