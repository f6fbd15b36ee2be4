internal import PulihModel

/// Finds records of a raw file by ordinal.
enum RawRecords {
    /// Reads the file once, up to the last one. Ordinals that the file does not have are left out.
    static func find(_ ordinals: [Int], _ path: String, _ format: RecordFormat) throws -> [RawRecord] {
        var found: [RawRecord] = []
        try each(of: ordinals, path, format) { found.append($0) }
        return found
    }

    /// The fields of the header; nil without one.
    static func header(_ path: String, _ format: RecordFormat) throws -> [String]? {
        guard format.dialect.hasHeader else { return nil }
        let splitter = FieldSplitter(CSVFormat(format.dialect))
        var header: [String]?
        try RecordPass(path: path, format: format).run { record in
            header = splitter.fields(of: record.text)
            return false
        }
        return header
    }

    /// Hands them over in the order of the file.
    static func each(
        of ordinals: [Int], _ path: String, _ format: RecordFormat, _ body: (RawRecord) throws -> Void
    ) throws {
        let wanted = Set(ordinals.filter { $0 > 0 }).sorted()
        guard !wanted.isEmpty else { return }
        var at = 0
        try RecordPass(path: path, format: format).run { record in
            if record.ordinal == wanted[at] {
                try body(RawRecord(record))
                at += 1
            }
            return at < wanted.count
        }
    }
}

extension RawRecord {
    /// A text that is longer than a pass keeps says so at its end.
    init(_ record: LocatedRecord) {
        let text = String(decoding: record.text, as: UTF8.self)
        self.init(
            record: record.ordinal, line: record.line, byteOffset: record.rawOffset,
            text: record.isCut ? "\(text)… (cut: the record has \(record.length) bytes)" : text)
    }
}
