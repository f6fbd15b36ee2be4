internal import PulihModel
internal import PulihSystem
internal import Synchronization

/// What a raw file is like, learned by reading it once: how it must be read, and what must come out.
struct FileShape: Sendable {
    /// Records, header not counted.
    var records = 0
    var blankLines = 0
    var header: [String]?
    /// Fields of the first record.
    var firstRecordFields: Int?
    /// How many of the first records have how many fields.
    var fieldCounts: [Int: Int] = [:]
    /// The most frequent number of fields among the first records.
    var typicalFields: Int?
    var lineEnds: RecordScanner.LineEnds = []
    var hasQuotedLineBreak = false
    /// Some character is U+0000, which no text column takes: PostgreSQL could not store it.
    var hasZero = false
    /// Records whose quotes are damaged.
    var damaged = 0
    /// Bytes of the longest record, line end included.
    var longest = 0
    /// The lines before the first record are such that DuckDB skips them alike.
    var isPrologueClear = true
    /// Its bytes are the text: neither compressed nor in another encoding, nor of another format.
    var isDirect = true
    var byteOrderMark = 0
    /// No byte, or a byte order mark only.
    var isEmpty = true
    /// What a person should know of the file.
    var remarks: [String] = []
    /// What reading it again needs not look for; nil: it is no document.
    var json: JSONFindings?
    var identity: FileIdentity

    /// Reads the whole file.
    static func read(
        _ path: String, _ format: RecordFormat, raw: (UnsafeRawBufferPointer) -> Void = { _ in }
    ) throws -> FileShape {
        let splitter = FieldSplitter(CSVFormat(format.dialect))
        var counts: [Int: Int] = [:]
        var facts = Facts()
        let result = try RecordPass(path: path, format: format).run(raw: raw) { record in
            facts.longest = max(facts.longest, record.span)
            if record.damage != nil { facts.damaged += 1 }
            if record.ordinal == 0 {
                facts.header = splitter.fields(of: record.text)
            } else {
                facts.records = record.ordinal
                if record.ordinal <= 100 {
                    let count = splitter.fields(of: record.text).count
                    if record.ordinal == 1 { facts.firstFields = count }
                    counts[count, default: 0] += 1
                }
            }
            return true
        }
        var shape = FileShape(identity: result.identity)
        shape.records = facts.records
        shape.blankLines = result.scanner.blankLines
        shape.header = facts.header
        shape.firstRecordFields = facts.firstFields
        shape.fieldCounts = counts
        shape.typicalFields = counts.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key
        shape.lineEnds = result.scanner.lineEnds
        shape.hasQuotedLineBreak = result.scanner.hasQuotedLineBreak
        shape.hasZero = result.hasZero
        shape.damaged = facts.damaged
        shape.longest = facts.longest
        shape.isPrologueClear = !result.scanner.hasBlankLineBeforeFirst && !result.scanner.hasOddSkippedLine
        shape.isDirect = result.isDirect
        shape.byteOrderMark = result.byteOrderMark
        shape.isEmpty = result.textBytes == 0
        shape.remarks = result.remarks
        shape.json = result.json
        return shape
    }

    private struct Facts {
        var records = 0
        var longest = 0
        var damaged = 0
        var header: [String]?
        var firstFields: Int?
    }
}

/// Shapes of files that were read lately, so that what `survey` learned is not read again. Safe to use from any thread.
final class ShapeCache: Sendable {
    private struct Key: Hashable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let modified: Int64
        let format: RecordFormat

        /// Without the time of the last change of the name: files are renamed between survey and convert.
        init(_ identity: FileIdentity, _ format: RecordFormat) {
            device = identity.device
            inode = identity.inode
            size = identity.size
            modified = identity.modifiedNanoseconds
            self.format = format
        }
    }

    private static let capacity = 10_000
    private let shapes = Mutex<[Key: FileShape]>([:])

    func keep(_ shape: FileShape, _ format: RecordFormat) {
        shapes.withLock {
            if $0.count >= Self.capacity { $0.removeAll() }
            $0[Key(shape.identity, format)] = shape
        }
    }

    /// From memory, or by reading the file.
    func shape(of path: String, _ format: RecordFormat) throws -> FileShape {
        let key = Key(try FileIdentity.of(path), format)
        if let known = shapes.withLock({ $0[key] }) { return known }
        let shape = try FileShape.read(path, format)
        keep(shape, format)
        return shape
    }
}

extension FileIdentity {
    /// Whatever it is called now.
    func hasSameContent(as other: FileIdentity) -> Bool {
        isSameFile(as: other) && size == other.size && modifiedNanoseconds == other.modifiedNanoseconds
    }
}
