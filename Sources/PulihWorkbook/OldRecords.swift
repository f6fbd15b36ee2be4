/// The stream of a workbook of old (BIFF8): records, each of a type and at most 8,224 bytes, some of which go on in
/// further ones.
struct OldRecords {
    enum Kind {
        static let formula: UInt16 = 0x06, end: UInt16 = 0x0A, is1904: UInt16 = 0x22, password: UInt16 = 0x2F
        static let more: UInt16 = 0x3C, sheet: UInt16 = 0x85, packed: UInt16 = 0xBD, richLabel: UInt16 = 0xD6
        static let style: UInt16 = 0xE0, strings: UInt16 = 0xFC, shared: UInt16 = 0xFD, number: UInt16 = 0x203
        static let label: UInt16 = 0x204, truth: UInt16 = 0x205, result: UInt16 = 0x207, short: UInt16 = 0x27E
        static let format: UInt16 = 0x41E, begin: UInt16 = 0x809
    }

    struct Record {
        let kind: UInt16
        /// Where its content begins.
        let at: Int
        let count: Int
        var next: Int { at + count }
    }

    let bytes: [UInt8]

    /// - Throws: `damaged` when it is not whole.
    func record(_ at: Int) throws -> Record {
        guard at + 4 <= bytes.count else {
            throw Self.damaged("it ends at byte \(bytes.count) without its end mark")
        }
        let record = Record(kind: bytes.word(at), at: at + 4, count: Int(bytes.word(at + 2)))
        guard record.next <= bytes.count else {
            throw Self.damaged("it ends inside the record at byte \(at)")
        }
        return record
    }

    /// - Throws: `damaged` when the record has less.
    func check(_ record: Record, has count: Int) throws {
        guard record.count >= count else {
            throw Self.damaged("the record at byte \(record.at - 4) has only \(record.count) bytes")
        }
    }

    static func damaged(_ problem: String) -> WorkbookFailure {
        WorkbookFailure(
            .damaged, "the workbook is damaged: \(problem)", hint: "deliver the file again, whole")
    }
}

/// Reads what goes on over the ends of records.
struct OldText {
    private let records: OldRecords
    private var record: OldRecords.Record
    private var at: Int

    /// - Parameter skipping: bytes of the record before the text.
    init(_ records: OldRecords, _ record: OldRecords.Record, skipping: Int) throws {
        try records.check(record, has: skipping)
        self.records = records
        self.record = record
        at = record.at + skipping
    }

    private mutating func goOn() throws {
        let next = try records.record(record.next)
        guard next.kind == OldRecords.Kind.more else {
            throw OldRecords.damaged("a text ends inside the record at byte \(record.at - 4)")
        }
        record = next
        at = next.at
    }

    private mutating func byte() throws -> UInt8 {
        while at >= record.next { try goOn() }
        defer { at += 1 }
        return records.bytes[at]
    }

    mutating func number(_ count: Int) throws -> Int {
        var number = 0
        for index in 0..<count { number |= Int(try byte()) << (8 * index) }
        return number
    }

    private mutating func skip(_ count: Int) throws {
        var left = count
        while left > 0 {
            if at >= record.next { try goOn() }
            let step = min(left, record.next - at)
            at += step
            left -= step
        }
    }

    /// A text with its length before it, in as many bytes; what is said of its look and sound is left out.
    mutating func text(lengthBytes: Int) throws -> [UInt8] {
        var left = try number(lengthBytes)
        var flags = try byte()
        let runs = flags & 8 == 0 ? 0 : try number(2)
        let sound = flags & 4 == 0 ? 0 : try number(4)
        var units: [UInt16] = []
        units.reserveCapacity(left)
        while left > 0 {
            if at >= record.next {
                // What goes on in another record says anew how wide its characters are.
                try goOn()
                flags = try byte()
            }
            if flags & 1 == 0 {
                units.append(UInt16(try byte()))
            } else {
                units.append(UInt16(try number(2)))
            }
            left -= 1
        }
        try skip(4 * runs + sound)
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }
}
