/// What is sent, with all headers but those that the transport adds by itself.
public struct HTTPRequest: Sendable {
    public var method: String
    /// `http` or `https`; goes out as it stands, so it has to be percent-encoded already.
    public var url: String
    /// Nothing in them may end a line.
    public var headers: [(name: String, value: String)]
    /// nil: none.
    public var body: HTTPBody?
    /// Seconds without a single byte after which it is given up.
    public var silenceLimit: Int

    public init(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: HTTPBody? = nil,
        silenceLimit: Int = 30
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.silenceLimit = silenceLimit
    }
}

/// A body of known length that can be read from any place, also twice.
@safe public struct HTTPBody: Sendable {
    public let count: Int
    let read: @Sendable (UnsafeMutableRawBufferPointer, _ offset: Int) throws -> Int

    /// - Parameter read: fills the buffer, or the front of it, from an offset below the count; at least one byte.
    public init(count: Int, read: @escaping @Sendable (UnsafeMutableRawBufferPointer, Int) throws -> Int) {
        self.count = count
        unsafe self.read = unsafe read
    }

    public init(_ bytes: [UInt8]) {
        unsafe self.init(count: bytes.count) { buffer, offset in
            let piece = bytes[offset...].prefix(buffer.count)
            unsafe buffer.copyBytes(from: piece)
            return piece.count
        }
    }
}

/// The status and the headers of an answer.
public struct HTTPHead: Sendable {
    public internal(set) var status = 0
    var fields: [String: String] = [:]

    /// - Parameter name: in lower case.
    public subscript(_ name: String) -> String? { fields[name] }

    public var isSuccess: Bool { (200..<300).contains(status) }

    /// Takes a line of the head, without its end.
    mutating func take(_ line: String) {
        if line.hasPrefix("HTTP/") {
            // What came before was an answer on the way, such as 100.
            let words = line.split(separator: " ")
            self = HTTPHead(status: words.count > 1 ? Int(words[1]) ?? 0 : 0)
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...]
            fields[line[..<colon].lowercased()] = String(value.trimmingSpaces)
        }
    }

    init() {}

    private init(status: Int) { self.status = status }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var rest = self
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
