/// Splits SQL into code, texts, quoted names and comments, so that nothing inside a text or a comment passes
/// for code.
///
/// Knows what PostgreSQL and DuckDB share: `'…'`, `E'…'`, `$tag$…$tag$`, `"…"`, `-- …` and nested `/* … */`.
/// What is not closed reaches to the end; the engine will say so.
struct SQLScanner {
    enum Kind { case code, text, quotedName, comment }

    struct Segment: Equatable {
        let kind: Kind
        let range: Range<Int>
    }

    static func segments(of bytes: [UInt8]) -> [Segment] {
        var scanner = SQLScanner(bytes: bytes)
        scanner.run()
        return scanner.segments
    }

    private let bytes: [UInt8]
    private var segments: [Segment] = []
    private var codeStart = 0
    private var position = 0

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func run() {
        while position < bytes.count {
            switch bytes[position] {
            case .apostrophe: take(.text, to: endOfQuotes(.apostrophe, backslash: isAfterE))
            case .quotes: take(.quotedName, to: endOfQuotes(.quotes, backslash: false))
            case .hyphen where peek(1) == .hyphen: take(.comment, to: endOfLine)
            case .slash where peek(1) == .asterisk: take(.comment, to: endOfBlock)
            case .dollar: if let end = endOfDollarText { take(.text, to: end) } else { position += 1 }
            default: position += 1
            }
        }
        closeCode(at: bytes.count)
    }

    private func peek(_ distance: Int) -> UInt8? {
        position + distance < bytes.count ? bytes[position + distance] : nil
    }

    private mutating func take(_ kind: Kind, to end: Int) {
        closeCode(at: position)
        segments.append(Segment(kind: kind, range: position..<end))
        position = end
        codeStart = end
    }

    private mutating func closeCode(at end: Int) {
        if codeStart < end { segments.append(Segment(kind: .code, range: codeStart..<end)) }
    }

    /// The `E` of `E'…'`, which is not the last letter of a longer word.
    private var isAfterE: Bool {
        guard position > codeStart, bytes[position - 1] | 0x20 == UInt8(ascii: "e") else { return false }
        return position - 1 == codeStart || !bytes[position - 2].isWord
    }

    private func endOfQuotes(_ quote: UInt8, backslash: Bool) -> Int {
        var index = position + 1
        while index < bytes.count {
            if backslash, bytes[index] == .backslash {
                index += 2
            } else if bytes[index] != quote {
                index += 1
            } else if index + 1 < bytes.count, bytes[index + 1] == quote {
                index += 2
            } else {
                return index + 1
            }
        }
        return bytes.count
    }

    private var endOfLine: Int {
        bytes[position...].firstIndex(of: .newline) ?? bytes.count
    }

    private var endOfBlock: Int {
        var depth = 0
        var index = position
        while index + 1 < bytes.count {
            switch (bytes[index], bytes[index + 1]) {
            case (.slash, .asterisk):
                depth += 1
                index += 2
            case (.asterisk, .slash):
                depth -= 1
                index += 2
                if depth == 0 { return index }
            default: index += 1
            }
        }
        return bytes.count
    }

    /// nil where `$` begins no text, as in `$1` and `a$b`.
    private var endOfDollarText: Int? {
        if position > codeStart, bytes[position - 1].isWord { return nil }
        var tagEnd = position + 1
        while tagEnd < bytes.count, bytes[tagEnd] != .dollar, bytes[tagEnd].isWord { tagEnd += 1 }
        guard tagEnd < bytes.count, bytes[tagEnd] == .dollar, !bytes[position + 1].isDigit else { return nil }
        let tag = bytes[position...tagEnd]
        var index = tagEnd + 1
        while index + tag.count <= bytes.count {
            if bytes[index..<(index + tag.count)].elementsEqual(tag) { return index + tag.count }
            index += 1
        }
        return bytes.count
    }
}

extension UInt8 {
    static let apostrophe = UInt8(ascii: "'")
    static let quotes = UInt8(ascii: "\"")
    static let hyphen = UInt8(ascii: "-")
    static let slash = UInt8(ascii: "/")
    static let asterisk = UInt8(ascii: "*")
    static let dollar = UInt8(ascii: "$")
    static let backslash = UInt8(ascii: "\\")
    static let newline = UInt8(ascii: "\n")
    static let semicolon = UInt8(ascii: ";")
    static let point = UInt8(ascii: ".")

    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    var isBlank: Bool { self == 0x20 || (0x09...0x0d).contains(self) }
    /// Part of an unquoted name; every byte of a letter beyond ASCII counts.
    var isWord: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) || self == UInt8(ascii: "_")
            || self == .dollar || self >= 0x80
    }
}
