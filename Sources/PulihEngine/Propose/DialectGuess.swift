internal import PulihModel

/// Guesses how a file is written from its beginning.
struct DialectGuess {
    var dialect: CSVDialect
    /// The first records, header included, split into fields.
    var records: [[String]]
    var remarks: [String] = []
    /// See `HeaderGuess`.
    var positional: [String]?

    private static let delimiters = [",", ";", "\t", "|"]
    private static let looked = 200

    /// - Parameters:
    ///   - text: the beginning of the file in UTF-8, cut at the end of a line.
    ///   - encoding: how the file is encoded.
    init(_ text: [UInt8], encoding: TextEncoding) {
        let quote = Self.quote(text)
        var best: (score: Double, dialect: CSVDialect, records: [Record]) = (-1, CSVDialect(), [])
        for delimiter in Self.delimiters {
            let dialect = CSVDialect(
                delimiter: delimiter, quote: quote, escape: quote, hasHeader: false, encoding: encoding)
            let records = Self.split(text, dialect)
            let score = Self.score(records)
            if score > best.score { best = (score, dialect, records) }
        }
        dialect = best.dialect
        let usual = Self.usualCount(best.records)
        // Titles above the table are no records of it.
        if let first = best.records.firstIndex(where: { $0.fields.count == usual }), first > 0,
            best.records[..<first].allSatisfy({ $0.fields.count < usual })
        {
            dialect.skipLines = best.records[first].line - 1
            best.records.removeFirst(first)
            remarks.append("the first \(dialect.skipLines) line(s) do not look like records and are skipped")
        }
        records = best.records.map(\.fields)
        let header = HeaderGuess(records)
        dialect.hasHeader = header.isHeader
        remarks += header.remarks
        if let names = header.positional, best.records.count > 1 {
            positional = names
            dialect.hasHeader = false
            dialect.skipLines = best.records[1].line - 1
            records.removeFirst()
        }
        if usual <= 1 { remarks.append("no delimiter was found: every record is one field") }
    }

    private struct Record {
        var fields: [String]
        var line: Int
    }

    private static func split(_ text: [UInt8], _ dialect: CSVDialect) -> [Record] {
        let format = CSVFormat(dialect)
        var scanner = RecordScanner(format)
        let splitter = FieldSplitter(format)
        var records: [Record] = []
        text.withUnsafeBufferPointer { bytes in
            _ = scanner.scan(bytes, isLast: true) { record in
                guard records.count < looked else { return }
                let part = UnsafeBufferPointer(rebasing: bytes[record.start..<record.end])
                records.append(Record(fields: splitter.fields(of: part), line: record.line))
            }
        }
        return records
    }

    private static func usualCount(_ records: [Record]) -> Int {
        var counts: [Int: Int] = [:]
        for record in records { counts[record.fields.count, default: 0] += 1 }
        return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? 0
    }

    /// Many records of the same number of fields, then many fields.
    private static func score(_ records: [Record]) -> Double {
        let usual = usualCount(records)
        guard usual > 1 else { return 0 }
        let share = Double(records.count { $0.fields.count == usual }) / Double(records.count)
        return share + Double(min(usual, 100)) / 1000
    }

    /// The double quote, unless fields begin and end with the single one and none with the double one.
    private static func quote(_ text: [UInt8]) -> String {
        let double = UInt8(ascii: "\"")
        let single = UInt8(ascii: "'")
        var opened: [UInt8: Int] = [:]
        let borders = Set(delimiters.compactMap(\.utf8.first) + [ASCII.lineFeed, ASCII.carriageReturn])
        for (index, byte) in text.enumerated() where byte == double || byte == single {
            let before = index == 0 || borders.contains(text[index - 1])
            let after = index + 1 == text.count || borders.contains(text[index + 1])
            if before || after { opened[byte, default: 0] += 1 }
        }
        return opened[double, default: 0] == 0 && opened[single, default: 0] >= 4 ? "'" : "\""
    }
}
