/// What a file of zone data says (TZif, RFC 8536).
struct ZoneData: Sendable, Equatable {
    /// Seconds since 1970 UTC at which another offset begins, ascending.
    private var times: [Int64] = []
    /// One per time.
    private var offsets: [Int64] = []
    /// Before the first time.
    private var first: Int64
    /// After the last one.
    private var rule: ZoneRule?

    init(offset: Int64) {
        first = offset
    }

    init(_ rule: ZoneRule) {
        first = rule.standard
        self.rule = rule
    }

    /// nil when it is no such file.
    init?(_ bytes: [UInt8]) {
        guard let old = Header(bytes[...]) else { return nil }
        var body = bytes.dropFirst(Header.size)
        var header = old
        var width = 4
        if old.version >= UInt8(ascii: "2") {
            guard let next = Header(body.dropFirst(old.bodySize(4))) else { return nil }
            body = body.dropFirst(old.bodySize(4) + Header.size)
            (header, width) = (next, 8)
        }
        guard header.types > 0, body.count >= header.bodySize(width) else { return nil }
        times = (0..<header.times).map { Self.number(body.dropFirst($0 * width).prefix(width)) }
        let kinds = body.dropFirst(header.times * width)
        let types = kinds.dropFirst(header.times)
        let offsetOfType = (0..<header.types).map { Self.number(types.dropFirst($0 * 6).prefix(4)) }
        for kind in kinds.prefix(header.times) {
            guard Int(kind) < header.types else { return nil }
            offsets.append(offsetOfType[Int(kind)])
        }
        first = offsetOfType[0]
        if width == 8 {
            let footer = body.dropFirst(header.bodySize(width))
            let line = footer.dropFirst().prefix { $0 != UInt8(ascii: "\n") }
            rule = ZoneRule(String(decoding: line, as: UTF8.self))
        }
    }

    /// Seconds that clocks are ahead of UTC.
    /// - Parameter time: seconds since 1970 UTC.
    func offset(at time: Int64) -> Int64 {
        guard let last = times.last, time < last else {
            return rule?.offset(at: time) ?? offsets.last ?? first
        }
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : offsets[low - 1]
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
        let isNegative = (bytes.first ?? 0) & 0x80 != 0
        return bytes.reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) }
    }

    private struct Header {
        static let size = 44
        let version: UInt8
        private let counts: [Int]
        var leaps: Int { counts[2] }
        var times: Int { counts[3] }
        var types: Int { counts[4] }

        init?(_ bytes: ArraySlice<UInt8>) {
            guard bytes.count >= Self.size, bytes.starts(with: Array("TZif".utf8)) else { return nil }
            version = bytes[bytes.startIndex + 4]
            counts = (0..<6).map { Int(ZoneData.number(bytes.dropFirst(20 + $0 * 4).prefix(4))) }
            guard counts.allSatisfy({ (0...100_000).contains($0) }) else { return nil }
        }

        /// - Parameter width: bytes of a time.
        func bodySize(_ width: Int) -> Int {
            times * (width + 1) + types * 6 + counts[5] + leaps * (width + 4) + counts[1] + counts[0]
        }
    }
}
