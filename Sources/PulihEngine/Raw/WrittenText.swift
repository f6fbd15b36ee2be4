internal import PulihModel

/// The CSV text that a reader writes of a file that is none: a header, then the records. A value stands in quotes, no value
/// is an empty field, the place of the record is the last field.
enum WrittenText {
    static let quote = UInt8(ascii: "\"")
    static let comma = UInt8(ascii: ",")
    /// Raw text kept of a record that could not be read.
    private static let keptText = 64 << 10
    /// No record begins so: text behind a closing quote damages it.
    private static let damageMark = Array("\"\"!,".utf8)

    static func append(_ text: some Sequence<UInt8>, to out: inout [UInt8]) {
        out.append(quote)
        for byte in text {
            out.append(byte)
            if byte == quote { out.append(byte) }
        }
        out.append(quote)
    }

    static func appendHeader(_ names: [String], to out: inout [UInt8]) {
        for name in names {
            append(name.utf8, to: &out)
            out.append(comma)
        }
        append(Lineage.place.utf8, to: &out)
        out.append(ASCII.lineFeed)
    }

    /// A record that could not be read. It is counted, and goes to quarantine with its raw text.
    static func appendDamaged(
        _ reason: String, place: some Sequence<UInt8>, raw: some Sequence<UInt8>, to out: inout [UInt8]
    ) {
        out += damageMark
        append(reason.utf8, to: &out)
        out.append(comma)
        append(place, to: &out)
        out.append(comma)
        append(raw.prefix(keptText), to: &out)
        out.append(ASCII.lineFeed)
    }

    /// What `appendDamaged` wrote; nil for another record.
    static func damaged(_ record: UnsafeBufferPointer<UInt8>) -> (reason: String, place: String, raw: String)?
    {
        guard record.starts(with: damageMark) else { return nil }
        let fields = FieldSplitter(CSVFormat(CSVDialect())).fields(of: record)
        return fields.count == 4 ? (fields[1], fields[2], fields[3]) : nil
    }
}
