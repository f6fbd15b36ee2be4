internal import PulihModel

/// Which records are kept from DuckDB because it would lose its way on them, or, where very many have another number of
/// fields than they should, because it keeps in memory what it says of each.
struct RecordFilter {
    /// Bytes of the longest record that is given to it.
    let longest: Int
    /// Fields that every record has to have; nil: it finds that out itself.
    let fields: Int?
    /// Bytes that are no UTF-8 are kept from it too: on some of them it gives up the whole file.
    let isStrict: Bool
    private let splitter: FieldSplitter

    init(longest: Int, fields: Int?, isStrict: Bool, _ format: CSVFormat) {
        self.longest = longest
        self.fields = fields
        self.isStrict = isStrict
        splitter = FieldSplitter(format)
    }

    func leavesOut(_ record: LocatedRecord) -> Bool {
        if record.damage != nil || record.length > longest { return true }
        // Both readings of the file decide alike: one of them keeps no more of a record.
        guard record.length <= RecordPass.keptText else { return false }
        return hasOtherFields(record) || isStrict && !Self.isUTF8(record.text)
    }

    func hasOtherFields(_ record: LocatedRecord) -> Bool {
        fields.map { !splitter.has($0, record.text) } ?? false
    }

    private static func isUTF8(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        String(validating: text, as: UTF8.self) != nil
    }

    /// Shares of the first records and sizes of files from which it is worth the second reading.
    private static let many = (share: 20, records: 100_000)

    /// - Parameter expected: fields of a record.
    static func isWorthCounting(_ shape: FileShape, expected: Int) -> Bool {
        let looked = shape.fieldCounts.values.reduce(0, +)
        let odd = looked - shape.fieldCounts[expected, default: 0]
        return shape.records >= many.records && odd * many.share > looked
    }
}

extension FieldSplitter {
    /// Whether a record has so many fields, or one more that is empty, as the reader lets pass.
    func has(_ expected: Int, _ record: UnsafeBufferPointer<UInt8>) -> Bool {
        let (count, isLastEmpty) = count(of: record)
        return count == expected || count == expected + 1 && isLastEmpty
    }
}
