internal import CCurl
internal import Synchronization

/// Sends requests over HTTP and keeps the connections for the next ones.
///
/// Calls block; they may come from any thread. Certificates are verified, redirections are not followed, and proxies are
/// those of the environment.
public final class HTTPClient: Sendable {
    private let idle = Mutex<[EasyHandle]>([])

    public init() {}

    /// Sends a request and hands over the body of the answer, piece by piece, whatever its status.
    /// - Parameters:
    ///   - isCancelled: asked once a second or more often.
    ///   - receive: gets the head with each piece. What it throws ends the request and is thrown.
    /// - Throws: `HTTPFailure`; `CancellationError`.
    public func perform(
        _ request: HTTPRequest, isCancelled: @escaping () -> Bool = { Task.isCancelled },
        receive: @escaping (HTTPHead, UnsafeRawBufferPointer) throws -> Void
    ) throws -> HTTPHead {
        if isCancelled() { throw CancellationError() }
        let handle = try idle.withLock { $0.popLast() } ?? EasyHandle()
        defer { idle.withLock { $0.append(handle) } }
        return try unsafe handle.perform(
            request, Transfer(request.body, isCancelled: isCancelled, receive: receive))
    }

    deinit {
        idle.withLock { idle in
            for handle in idle { handle.close() }
            idle = []
        }
    }
}
