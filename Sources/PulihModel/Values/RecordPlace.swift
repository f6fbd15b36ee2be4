/// Where a record stands in a file whose lines nobody sees: `Orders!A17`. Readers write it as the last field of a record.
public enum RecordPlace {
    /// The column that it becomes.
    public static let column = ColumnSpec(
        source: Lineage.place, name: Lineage.place, type: .text, isRequired: false)

    /// From the text of a record as a reader wrote it; nil when its end was cut.
    public static func of(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        var begin = 0
        var isQuoted = false
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if byte == UInt8(ascii: ","), !isQuoted { begin = index + 1 }
        }
        let field = bytes[begin...]
        guard !isQuoted, field.count > 2, field.first == UInt8(ascii: "\""), field.last == UInt8(ascii: "\"")
        else { return nil }
        return String(decoding: field.dropFirst().dropLast(), as: UTF8.self).replacing("\"\"", with: "\"")
    }
}

extension QuarantineRecord {
    /// Where it stands in the file, as a person finds it there; nil where its line says so.
    public func place(_ format: RecordFormat?) -> String? {
        guard let format, format.hasPlaces else { return nil }
        guard case .json(let layout) = format.content else { return RecordPlace.of(rawText) }
        // What could not be read as a record stands there as the file has it, without its place.
        let begin = layout.isLines ? "line " : "$"
        return RecordPlace.of(rawText).flatMap { $0.hasPrefix(begin) ? $0 : nil }
            ?? (layout.isLines ? "line \(line)" : "record \(record)")
    }
}
