internal import Glibc
internal import PulihModel
internal import PulihSystem

/// A record with its place in the raw file.
struct LocatedRecord {
    /// From 1; 0 for the header.
    let ordinal: Int
    /// In the text.
    let textLine: Int
    /// In the raw file, or, for a compressed one, in its decompressed content.
    let rawOffset: Int
    /// Bytes of text with the line end.
    let span: Int
    /// Bytes of text without the line end.
    let length: Int
    let damage: RecordDamage?
    /// The text, or its first bytes when it is longer than the pass keeps.
    let text: UnsafeBufferPointer<UInt8>
    let origin: Origin

    var isCut: Bool { text.count < length }
}

/// One reading of a raw file, record by record.
struct RecordPass {
    /// Raw text that quarantine keeps of a record.
    static let keptText = 64 << 10

    let path: String
    let format: RecordFormat
    /// Bytes of text kept of a record.
    var limit = keptText
    /// Of an earlier reading.
    var known: FileShape?

    /// What was learned on the way.
    struct Result {
        var scanner: RecordScanner
        var identity: FileIdentity
        var isCompressed: Bool
        var isDirect: Bool
        var byteOrderMark: Int
        var textBytes: Int
        /// Some character is U+0000.
        var hasZero = false
        /// What a person should know of the file; known when all of it was read.
        var remarks: [String] = []
        /// Of a document.
        var json: JSONFindings?
    }

    /// Hands over every record, the header first if there is one. Stops when `visit` returns false.
    ///
    /// - Parameter raw: sees the file's bytes, or the decompressed content of a compressed one.
    /// - Throws: `ArchiveFailure`, `SystemFailure`, and what `visit` throws.
    @discardableResult
    func run(
        raw: (UnsafeRawBufferPointer) -> Void = { _ in }, _ visit: (LocatedRecord) throws -> Bool
    ) throws -> Result {
        let csv = CSVFormat(format.dialect)
        let isWritten = format.content != .csv
        let reader = try RawReader(path, format, known: known)
        var result = Result(
            scanner: RecordScanner(csv), identity: reader.identity, isCompressed: reader.isCompressed,
            isDirect: reader.isDirect, byteOrderMark: reader.byteOrderMark, textBytes: 0)
        var places = RawPlaces(reader.encoding, begin: reader.byteOrderMark)
        var carried = CarriedText(limit: limit)
        var ordinal = csv.hasHeader ? -1 : 0
        try reader.forEachBlock(raw: raw) { block, isLast in
            var isStopped = false
            if !result.hasZero { result.hasZero = Self.holdsZero(block) }
            let consumed = try result.scanner.scan(block, isLast: isLast) { record in
                guard !isStopped else { return }
                ordinal += 1
                let rawOffset = places.move(to: record.start, in: block)
                isStopped = try carried.withText(of: record, in: block) { text, length in
                    let located = LocatedRecord(
                        ordinal: ordinal, textLine: record.line, rawOffset: rawOffset,
                        span: length + record.next - record.end, length: length, damage: record.damage,
                        text: text, origin: isWritten ? .reader : .file)
                    return try isWritten && record.damage != nil
                        ? !located.withRawText(visit) : !visit(located)
                }
            }
            let recordStart = consumed - result.scanner.carried
            places.endBlock(block, consumed: consumed, recordStart: recordStart)
            carried.keep(block, from: recordStart, to: consumed)
            result.textBytes += consumed
            return isStopped ? nil : consumed
        }
        result.remarks = reader.remarks
        result.json = reader.json
        return result
    }
}

extension RecordPass {
    private static func holdsZero(_ block: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let start = block.baseAddress else { return false }
        return memchr(start, 0, block.count) != nil
    }
}

/// Follows the raw file's offsets while decoded text goes by.
private struct RawPlaces {
    private let decoder: TextDecoder
    /// The raw offset of `at`.
    private var raw: Int
    private var at = 0
    /// Of the record that began in an earlier block.
    private var pending: Int

    init(_ encoding: TextEncoding, begin: Int) {
        decoder = TextDecoder(encoding)
        raw = begin
        pending = begin
    }

    mutating func move(to start: Int, in block: UnsafeBufferPointer<UInt8>) -> Int {
        guard start >= 0 else { return pending }
        raw += decoder.isTransparent ? start - at : decoder.rawCount(of: block[at..<start])
        at = start
        return raw
    }

    mutating func endBlock(_ block: UnsafeBufferPointer<UInt8>, consumed: Int, recordStart: Int) {
        pending = move(to: recordStart, in: block)
        _ = move(to: consumed, in: block)
        at = 0
    }
}

/// The text of the record that the blocks so far did not end.
private struct CarriedText {
    let limit: Int
    private var text: [UInt8] = []

    init(limit: Int) {
        self.limit = limit
    }

    mutating func keep(_ block: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) {
        guard end > max(start, 0) else { return }
        text.append(contentsOf: block[max(start, 0)..<end].prefix(max(0, limit - text.count)))
    }

    mutating func withText<R>(
        of record: ScannedRecord, in block: UnsafeBufferPointer<UInt8>,
        _ body: (UnsafeBufferPointer<UInt8>, _ length: Int) throws -> R
    ) rethrows -> R {
        let count = record.end - record.start
        guard record.start < 0 else {
            let part = block[record.start..<record.end].prefix(limit)
            return try body(UnsafeBufferPointer(rebasing: part), count)
        }
        // The line end may have begun where the last block ended, never the text after it.
        if record.end > 0 {
            text.append(contentsOf: block[..<record.end].prefix(max(0, limit - text.count)))
        }
        defer { text.removeAll(keepingCapacity: true) }
        return try text.withUnsafeBufferPointer {
            try body(UnsafeBufferPointer(rebasing: $0.prefix(count)), count)
        }
    }
}
