internal import Dispatch
internal import Glibc
internal import Synchronization

/// A store that does not always do what it should: stands before a server, or alone, and answers as a test says.
///
/// Each request gets a connection of its own.
public final class FaultyStore: Sendable {
    public struct Request: Sendable {
        /// From 1.
        public let number: Int
        public let method: String
        /// Path and query as they were sent.
        public let target: String
        /// Names in lower case.
        public let headers: [String: String]
        public let body: [UInt8]
    }

    public enum Answer: Sendable {
        /// What the server behind says.
        case pass
        /// So many bytes of what the server behind says, head included, then the end of the connection.
        case cut(after: Int)
        /// The server behind gets the request, its answer is lost.
        case lose
        /// These bytes, then the end of the connection.
        case bytes([UInt8])
        /// The end of the connection at once.
        case drop
        /// Nothing until the store is closed.
        case hang

        /// An answer of HTTP.
        /// - Parameter length: what it claims to be; nil: what it is.
        public static func http(
            _ status: Int, _ headers: [String: String] = [:], _ body: String = "", length: Int? = nil
        ) -> Answer {
            var text = "HTTP/1.1 \(status) Some Reason\r\n"
            for (name, value) in headers { text += "\(name): \(value)\r\n" }
            text += "Content-Length: \(length ?? body.utf8.count)\r\nConnection: close\r\n\r\n"
            return .bytes(Array((text + body).utf8))
        }

        /// A refusal in the words of S3.
        public static func refusal(_ status: Int, _ code: String) -> Answer {
            .http(
                status, ["Content-Type": "application/xml"],
                "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>because</Message></Error>")
        }
    }

    public let port: Int
    private let listener: Int32
    private let behind: Int?
    private let answer: @Sendable (Request) -> Answer
    private let seen = Mutex<[Request]>([])
    private let isClosed = DispatchSemaphore(value: 0)

    /// Begins to listen.
    public init(before server: S3Server? = nil, _ answer: @escaping @Sendable (Request) -> Answer) throws {
        (listener, port) = try Loopback.listen()
        behind = server?.port
        self.answer = answer
        DispatchQueue(label: "pulih.faulty-store").async { [self] in
            while true {
                let number = accept(listener, nil, nil)
                if number < 0, errno == EINTR { continue }
                guard number >= 0 else { break }
                DispatchQueue(label: "pulih.faulty-store.connection").async { [self] in serve(number) }
            }
            // Only here, where nobody waits on it any more: its number may be another's at once.
            Glibc.close(listener)
        }
    }

    public var endpoint: String { "http://127.0.0.1:\(port)" }

    /// What was asked so far.
    public var requests: [Request] { seen.withLock { $0 } }

    /// Ends it; whoever still waits is let go.
    public func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        isClosed.signal()
    }

    private func serve(_ number: Int32) {
        defer { Glibc.close(number) }
        guard let (request, bytes) = read(number) else { return }
        switch answer(request) {
        case .pass: forward(bytes) { Loopback.send(number, $0) }
        case .cut(var left):
            forward(bytes) { piece in
                let sent = Loopback.send(number, piece.prefix(left))
                left -= min(left, piece.count)
                return sent && left > 0
            }
        case .lose: forward(bytes) { _ in true }
        case .bytes(let bytes): Loopback.send(number, bytes)
        case .drop: break
        case .hang:
            isClosed.wait()
            isClosed.signal()
        }
    }

    /// The request, and its bytes as they go to the server behind.
    private func read(_ number: Int32) -> (Request, [UInt8])? {
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        var headEnd: Int?
        while headEnd == nil {
            let piece = Loopback.receive(number)
            if piece.isEmpty { return nil }
            bytes += piece
            headEnd = bytes.firstRange(of: end)?.upperBound
        }
        let lines = String(decoding: bytes[..<headEnd!], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ": ", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1]) : ""
        }
        if headers["expect"] != nil { Loopback.send(number, Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
        let count = headers["content-length"].flatMap { Int($0) } ?? 0
        var body = Array(bytes[headEnd!...])
        while body.count < count {
            let piece = Loopback.receive(number)
            if piece.isEmpty { return nil }
            body += piece
        }
        let words = lines[0].split(separator: " ")
        let request = seen.withLock { seen in
            let request = Request(
                number: seen.count + 1, method: String(words[0]), target: String(words[1]), headers: headers,
                body: body)
            seen.append(request)
            return request
        }
        let kept = lines.filter { !$0.lowercased().hasPrefix("expect:") } + ["Connection: close"]
        return (request, Array((kept.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    }

    /// - Parameter take: told of what comes back; false: enough.
    private func forward(_ bytes: [UInt8], _ take: ([UInt8]) -> Bool) {
        guard let behind, let number = Loopback.connect(behind) else { return }
        defer { Glibc.close(number) }
        guard Loopback.send(number, bytes) else { return }
        while true {
            let piece = Loopback.receive(number)
            guard !piece.isEmpty, take(piece) else { return }
        }
    }
}
