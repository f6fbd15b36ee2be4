internal import Glibc

/// A JSON text that is read from its beginning to its end, in bounded memory: a window over it moves on with the reading.
///
/// While an anchor is set the window keeps all from there on, up to a limit; that is how one record is held. The grammar
/// is that of RFC 8259, nothing more. Bytes are not checked for being UTF-8. Used by one thread.
public final class JSONInput {
    /// Reads into the front of the block, whose size it keeps; 0 at the end.
    public typealias Fill = (inout [UInt8]) throws -> Int

    /// Brackets inside brackets.
    public static let deepest = 512
    private static let blockSize = 1 << 20

    /// Bytes that an anchor may hold.
    public let longest: Int
    private let fill: Fill
    private var block: [UInt8]
    private(set) var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// The next byte to read.
    var at = 0
    /// Bytes in sight: those of the window, or of one line of it.
    var end = 0
    private var filled = 0
    private var isAtEnd = false
    /// Where the line in sight begins.
    private var framed: Int?
    private var anchored: Int?
    /// Of the window's first byte.
    private var windowOffset = 0
    /// Up to here line ends were counted.
    private var counted = 0
    private var line = 1
    private var lineStart = 0
    /// Open brackets of the value that is skipped.
    var open: [UInt8] = []

    /// - Parameter longest: bytes of a record.
    public init(longest: Int, fill: @escaping Fill) throws {
        self.longest = longest
        self.fill = fill
        block = [UInt8](repeating: 0, count: min(Self.blockSize, max(64, longest)))
        capacity = block.count * 2
        base = .allocate(capacity: capacity)
        while filled < 3, try load() {}
        if filled >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF { at = 3 }
        let isUTF16 =
            filled >= 2 && (base[0] == 0xFF && base[1] == 0xFE || base[0] == 0xFE && base[1] == 0xFF)
        if isUTF16 { throw failure(.syntax, "it is UTF-16, and JSON is UTF-8") }
        lineStart = at
        counted = at
    }

    deinit { base.deallocate() }

    // MARK: window

    /// Brings more bytes in sight.
    /// - Returns: false at the end of the text, or of the line.
    func more() throws -> Bool {
        guard framed == nil else { return false }
        return try load()
    }

    private func load() throws -> Bool {
        guard !isAtEnd else { return false }
        let kept = anchored ?? at
        if kept > 0 { discard(kept) }
        if anchored != nil, filled > longest { throw tooLong() }
        if capacity - filled < block.count { grow() }
        let count = try fill(&block)
        if count == 0 {
            isAtEnd = true
            return false
        }
        block.withUnsafeBufferPointer { (base + filled).update(from: $0.baseAddress!, count: count) }
        filled += count
        end = filled
        return true
    }

    /// - Throws: `tooLong` if more is kept than may be.
    public func checkLength() throws {
        if sinceAnchor > longest { throw tooLong() }
    }

    private func tooLong() -> JSONFailure {
        failure(
            .tooLong, "what begins here is longer than the \(longest) bytes that a record may have",
            at: anchored ?? at)
    }

    private func discard(_ count: Int) {
        countLines(upTo: windowOffset + count)
        base.update(from: base + count, count: filled - count)
        filled -= count
        at -= count
        end = filled
        windowOffset += count
        if anchored != nil { anchored = 0 }
    }

    private func grow() {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2)
        larger.update(from: base, count: filled)
        base.deallocate()
        base = larger
        capacity *= 2
    }

    // MARK: places

    /// Of the next byte, in the decompressed text.
    public var offset: Int { windowOffset + at }

    public func failure(_ kind: JSONFailure.Kind, _ message: String) -> JSONFailure {
        failure(kind, message, at: at)
    }

    /// - Parameter position: in the window.
    func failure(_ kind: JSONFailure.Kind, _ message: String, at position: Int) -> JSONFailure {
        let offset = windowOffset + position
        countLines(upTo: offset)
        return JSONFailure(
            kind: kind, message: message, offset: offset, line: line, column: max(0, offset - lineStart) + 1)
    }

    private func countLines(upTo offset: Int) {
        var position = counted - windowOffset
        let limit = min(offset - windowOffset, filled)
        while position < limit, let found = memchr(base + position, 10, limit - position) {
            position = UnsafeRawPointer(found) - UnsafeRawPointer(base) + 1
            line += 1
            lineStart = windowOffset + position
        }
        counted = max(counted, offset)
    }

    // MARK: anchor

    /// Keeps what follows until `release`.
    public func anchor() { anchored = at }
    public func release() { anchored = nil }

    var anchorOffset: Int? { anchored }

    /// Bytes since the anchor.
    public var sinceAnchor: Int { at - (anchored ?? at) }

    /// The bytes of a value; valid until the next reading.
    public func bytes(_ slice: JSONSlice) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base + (anchored ?? 0) + slice.start, count: slice.end - slice.start)
    }

    // MARK: lines

    /// Narrows the sight to the next line that is not blank. Lines of NDJSON end with LF.
    /// - Returns: its number, from 1; nil at the end of the text.
    /// - Throws: `tooLong`; `skipLine` then goes on behind it.
    public func nextLine() throws -> Int? {
        leaveLine()
        while true {
            anchored = at
            var searched = at
            var next: Int?
            while next == nil {
                if let found = memchr(base + searched, 10, filled - searched) {
                    next = UnsafeRawPointer(found) - UnsafeRawPointer(base)
                } else {
                    // The anchor may move to the front.
                    let read = filled - at
                    guard try load() else { break }
                    searched = at + read
                }
            }
            let limit = next ?? filled
            guard limit - at <= longest else { throw tooLong() }
            let isBlank = (at..<limit).allSatisfy { Self.isBlank(base[$0]) }
            if isBlank {
                guard next != nil else {
                    at = filled
                    anchored = nil
                    return nil
                }
                at = limit + 1
                continue
            }
            framed = at
            anchored = nil
            end = limit
            countLines(upTo: windowOffset + at)
            return line
        }
    }

    /// Back to the beginning of the line in sight.
    public func rewindLine() { at = framed ?? at }

    /// The line in sight, or the first bytes of it.
    public func lineBytes(_ most: Int) -> [UInt8] {
        let start = framed ?? anchored ?? at
        let limit =
            memchr(base + start, 10, filled - start)
            .map { UnsafeRawPointer($0) - UnsafeRawPointer(base) } ?? filled
        return Array(UnsafeBufferPointer(start: base + start, count: min(most, limit - start)))
    }

    /// After `tooLong`: goes on behind the line's end.
    /// - Returns: the number of the line.
    public func skipLine() throws -> Int {
        anchored = nil
        countLines(upTo: windowOffset + at)
        let number = line
        while true {
            if let found = memchr(base + at, 10, filled - at) {
                at = UnsafeRawPointer(found) - UnsafeRawPointer(base) + 1
                return number
            }
            at = filled
            guard try load() else { return number }
        }
    }

    private func leaveLine() {
        guard framed != nil else { return }
        framed = nil
        at = min(end + 1, filled)
        end = filled
        anchored = nil
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 10 || byte == 13 || byte == 9 }
}

@available(*, unavailable, message: "an input has one reader")
extension JSONInput: Sendable {}
