internal import PulihModel

extension LocatedRecord {
    /// Where the text comes from.
    enum Origin {
        case file
        /// Its last field is the place of the record.
        case reader
        /// From the file, at this place, though a reader wrote the other records.
        case unreadable(place: String)
    }

    /// Physical line in the raw file; of a text that a reader wrote the line in it, unless the reader says more.
    var line: Int {
        guard let place, place.hasPrefix("line ") else { return textLine }
        return Int(place.dropFirst(5).prefix { $0 != " " }) ?? textLine
    }

    /// `Orders!A17`, `$.data[5]`, `line 17`; nil where line and offset tell it.
    var place: String? {
        switch origin {
        case .file: nil
        case .unreadable(let place): place
        case .reader: isCut ? nil : FieldSplitter(CSVFormat(CSVDialect())).fields(of: text).last
        }
    }

    /// The record as the file has it, where a reader could not read it.
    func withRawText<R>(_ body: (LocatedRecord) throws -> R) throws -> R {
        guard let damaged = WrittenText.damaged(text) else { return try body(self) }
        var raw = damaged.raw
        let isLine = damaged.place.hasPrefix("line ")
        return try raw.withUTF8 { bytes in
            try body(
                LocatedRecord(
                    ordinal: ordinal, textLine: textLine, rawOffset: rawOffset, span: span,
                    length: bytes.count,
                    damage: .unreadable(isLine ? damaged.reason : "\(damaged.place): \(damaged.reason)"),
                    text: bytes, origin: .unreadable(place: damaged.place)))
        }
    }
}
