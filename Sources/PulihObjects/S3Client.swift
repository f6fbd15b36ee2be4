internal import PulihCrypto
internal import PulihCurl
internal import PulihSystem

/// A request to a bucket.
struct S3Request: Sendable {
    var method: String
    /// With the prefix; nil: of the bucket.
    var key: String?
    var query: [(name: String, value: String)] = []
    /// Names in lower case. All are signed.
    var headers: [(name: String, value: String)] = []
    var body: HTTPBody?
    /// Of the body, in hexadecimal.
    var contentHash = S3Request.emptyHash
    /// Seconds without a byte.
    var silenceLimit: Int?
    /// Goes out even when the task is cancelled.
    var isCleanup = false

    static let emptyHash = SHA256Digest.of([UInt8]()).hex
}

/// Sends signed requests, once each. Calls block.
struct S3Client: Sendable {
    let address: S3Address
    private let signature: S3Signature
    private let http = HTTPClient()
    private let clock: any WallClock
    private let silenceLimit: Int

    init(_ settings: S3Settings, clock: any WallClock, silenceLimit: Int) throws {
        address = try S3Address(settings)
        signature = S3Signature(keyID: settings.keyID, secret: settings.secret, region: settings.region)
        self.clock = clock
        self.silenceLimit = silenceLimit
    }

    /// The whole answer, bounded.
    func exchange(_ request: S3Request) throws -> (head: HTTPHead, body: [UInt8]) {
        let answer = Collected(limit: 16 << 20)
        let head = try send(request) { try answer.append($1) }
        return (head, answer.bytes)
    }

    /// Hands over the body of a good answer, piece by piece.
    /// - Throws: `S3Failure`, also for an answer that says no; `CancellationError`; what the closure throws.
    func send(
        _ request: S3Request, receive: @escaping (HTTPHead, UnsafeRawBufferPointer) throws -> Void
    ) throws -> HTTPHead {
        let refusal = Collected(limit: 64 << 10)
        let isCancelled: () -> Bool = request.isCleanup ? { false } : { Task.isCancelled }
        let head: HTTPHead
        do {
            head = try http.perform(signed(request), isCancelled: isCancelled) { head, bytes in
                if head.isSuccess { try receive(head, bytes) } else { refusal.appendAsFits(bytes) }
            }
        } catch let failure as HTTPFailure {
            throw S3Failure.lost(failure)
        }
        guard head.isSuccess else { throw S3Failure.refused(RefusalReader.read(head, refusal.bytes)) }
        return head
    }

    private func signed(_ request: S3Request) -> HTTPRequest {
        let time = Self.time(clock.now())
        let path = address.path(request.key)
        let query = S3Signature.query(request.query)
        var headers = request.headers
        headers += [
            ("host", address.host), ("x-amz-content-sha256", request.contentHash), ("x-amz-date", time),
        ]
        let subject = S3Signature.Subject(
            method: request.method, path: path, query: query, headers: headers,
            contentHash: request.contentHash)
        headers.append(("authorization", signature.authorization(subject, at: time)))
        return HTTPRequest(
            request.method, address.url(path, query), headers: headers, body: request.body,
            silenceLimit: request.silenceLimit ?? silenceLimit)
    }

    /// `20130524T000000Z`
    private static func time(_ microseconds: Int64) -> String {
        String(Timestamp.format(microseconds).prefix(19).filter { $0 != "-" && $0 != ":" }) + "Z"
    }
}

/// The bytes of an answer.
private final class Collected {
    private(set) var bytes: [UInt8] = []
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func append(_ piece: UnsafeRawBufferPointer) throws {
        guard bytes.count + piece.count <= limit else {
            throw S3Failure.meaningless("it is longer than \(limit) bytes")
        }
        bytes.append(contentsOf: piece)
    }

    func appendAsFits(_ piece: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: piece.prefix(limit - bytes.count))
    }
}
