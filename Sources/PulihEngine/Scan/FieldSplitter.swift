/// Splits the text of one record into its fields, quotes removed, as the reader has it.
struct FieldSplitter {
    private let format: CSVFormat

    init(_ format: CSVFormat) {
        self.format = format
    }

    /// - Parameter record: without its line end. A damaged record is split as far as it goes.
    func fields(of record: UnsafeBufferPointer<UInt8>) -> [String] {
        var fields: [String] = []
        var field: [UInt8] = []
        var at = 0
        while true {
            at = readField(record, from: at, into: &field)
            fields.append(String(decoding: field, as: UTF8.self))
            field.removeAll(keepingCapacity: true)
            guard at < record.count else { return fields }
            at += format.delimiter.count
        }
    }

    /// As `fields`, nil for an empty field without quotes.
    func values(of record: UnsafeBufferPointer<UInt8>) -> [String?] {
        var values: [String?] = []
        var field: [UInt8] = []
        var at = 0
        while true {
            let start = at
            at = readField(record, from: at, into: &field)
            values.append(at == start ? nil : String(decoding: field, as: UTF8.self))
            field.removeAll(keepingCapacity: true)
            guard at < record.count else { return values }
            at += format.delimiter.count
        }
    }

    /// How many fields, and whether the last is empty, without making them.
    func count(of record: UnsafeBufferPointer<UInt8>) -> (Int, isLastEmpty: Bool) {
        var field: [UInt8] = []
        var (count, at) = (0, 0)
        while true {
            let begin = at
            field.removeAll(keepingCapacity: true)
            at = readField(record, from: at, into: &field)
            count += 1
            guard at < record.count else { return (count, begin >= record.count) }
            at += format.delimiter.count
        }
    }

    func fields(of text: String) -> [String] {
        var copy = text
        return copy.withUTF8 { fields(of: $0) }
    }

    /// - Returns: where the delimiter stands, or the record's end.
    private func readField(_ record: UnsafeBufferPointer<UInt8>, from: Int, into field: inout [UInt8]) -> Int
    {
        var at = from
        let opening =
            at + 1 < record.count && record[at] == ASCII.blank && record[at + 1] == format.quote ? at + 1 : at
        guard let quote = format.quote, opening < record.count, record[opening] == quote else {
            while at < record.count, !isDelimiter(record, at) {
                field.append(record[at])
                at += 1
            }
            return at
        }
        at = readQuoted(record, from: opening + 1, quote: quote, into: &field)
        // Behind the closing quote blanks are no part of the field; anything else makes the record a damaged one.
        while at < record.count, !isDelimiter(record, at) {
            if record[at] != ASCII.blank { field.append(record[at]) }
            at += 1
        }
        return at
    }

    /// - Returns: the position after the closing quote.
    private func readQuoted(
        _ record: UnsafeBufferPointer<UInt8>, from: Int, quote: UInt8, into field: inout [UInt8]
    ) -> Int {
        var at = from
        while at < record.count {
            let byte = record[at]
            let following = at + 1 < record.count ? record[at + 1] : nil
            if byte == format.escape, let following, format.escape != quote || following == quote {
                field.append(following)
                at += 2
            } else if byte == quote {
                return at + 1
            } else {
                field.append(byte)
                at += 1
            }
        }
        return at
    }

    private func isDelimiter(_ record: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
        guard at + format.delimiter.count <= record.count else { return false }
        for (index, byte) in format.delimiter.enumerated() where record[at + index] != byte { return false }
        return true
    }
}
