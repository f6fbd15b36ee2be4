internal import CCurl
internal import Glibc

/// What libcurl calls while a request runs, all on the thread of the request. The first failure ends it.
@safe final class Transfer {
    private(set) var head = HTTPHead()
    private(set) var failure: (any Error)?
    let errorBuffer: UnsafeMutablePointer<CChar>
    private let body: HTTPBody?
    private var sent = 0
    private let isCancelled: () -> Bool
    private let receiver: (HTTPHead, UnsafeRawBufferPointer) throws -> Void

    init(
        _ body: HTTPBody?, isCancelled: @escaping () -> Bool,
        receive: @escaping (HTTPHead, UnsafeRawBufferPointer) throws -> Void
    ) {
        self.body = body
        self.isCancelled = isCancelled
        unsafe receiver = unsafe receive
        unsafe errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        unsafe errorBuffer.deallocate()
    }

    @unsafe static func of(_ context: UnsafeMutableRawPointer) -> Transfer {
        unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    var message: String { unsafe String(cString: errorBuffer) }

    /// - Returns: less than there is when it shall end.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        attempt { try unsafe receiver(head, bytes) } ? bytes.count : 0
    }

    func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        var line = unsafe bytes[...]
        while let last = unsafe line.last, last == 10 || last == 13 { unsafe line.removeLast() }
        head.take(unsafe String(decoding: line, as: UTF8.self))
        return bytes.count
    }

    func send(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let body, sent < body.count else { return 0 }
        var count = 0
        let free = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(body.count - sent))
        guard attempt({ count = try unsafe body.read(free, sent) }) else { return Int(CURL_READFUNC_ABORT) }
        sent += count
        return count
    }

    /// A connection that was kept may turn out to be dead: then the body goes out again.
    func rewind(to offset: Int, from origin: Int32) -> Int32 {
        guard origin == SEEK_SET else { return CURL_SEEKFUNC_CANTSEEK }
        sent = offset
        return CURL_SEEKFUNC_OK
    }

    func isToEnd() -> Bool {
        if failure == nil, isCancelled() { failure = CancellationError() }
        return failure != nil
    }

    private func attempt(_ body: () throws -> Void) -> Bool {
        guard failure == nil else { return false }
        do {
            try body()
            return true
        } catch {
            failure = error
            return false
        }
    }
}
