/// What a file holds, told by its first bytes and not by its name.
enum FileKind {
    case text, json, zip, compound, parquet, markup

    init(_ beginning: FileBeginning) {
        let raw = beginning.raw
        if raw.starts(with: Array("PAR1".utf8)) {
            self = .parquet
        } else if raw.starts(with: [0x50, 0x4B, 3, 4]) || raw.starts(with: [0x50, 0x4B, 5, 6]) {
            self = .zip
        } else if raw.starts(with: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) {
            self = .compound
        } else {
            let text = beginning.text(beginning.encoding).prefix(4096)
            self = Self.isJSON(text) ? .json : Self.isMarkup(text) ? .markup : .text
        }
    }

    /// Of what is no text.
    var words: String {
        switch self {
        case .text: "text"
        case .json: "JSON"
        case .zip: "a workbook or an archive"
        case .compound: "a workbook of old (XLS)"
        case .parquet: "Parquet"
        case .markup: "HTML or XML"
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == ASCII.lineFeed || byte == ASCII.carriageReturn
    }

    /// A bracket, and behind it what JSON has there: text in brackets is a header too.
    private static func isJSON(_ text: ArraySlice<UInt8>) -> Bool {
        let signs = Array(text.lazy.filter { !isBlank($0) }.prefix(2))
        guard signs.count == 2 else { return false }
        switch signs[0] {
        case UInt8(ascii: "{"): return "\"}".utf8.contains(signs[1])
        case UInt8(ascii: "["): return "{[\"]-0123456789".utf8.contains(signs[1])
        default: return false
        }
    }

    private static func isMarkup(_ text: ArraySlice<UInt8>) -> Bool {
        let start = String(decoding: text.drop(while: isBlank).prefix(16), as: UTF8.self).lowercased()
        return ["<!doctype", "<html", "<head", "<table", "<?xml"].contains { start.hasPrefix($0) }
    }
}
