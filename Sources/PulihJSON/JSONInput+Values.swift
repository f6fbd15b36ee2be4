extension JSONInput {
    // MARK: bytes

    /// The next byte that is no blank, not yet taken; nil at the end.
    public func peek() throws -> UInt8? {
        while true {
            while at < end {
                let byte = base[at]
                if !Self.isBlank(byte) { return byte }
                at += 1
            }
            guard try more() else { return nil }
        }
    }

    /// As `peek`, where something has to come.
    private func next(_ what: @autoclosure () -> String) throws -> UInt8 {
        guard let byte = try peek() else {
            throw failure(.truncated, "the text ends where \(what()) is expected")
        }
        return byte
    }

    /// Takes the byte that `peek` showed.
    public func take() { at += 1 }

    /// What kind of value comes next.
    public func kind() throws -> JSONKind {
        switch try next("a value") {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .text
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
        case let byte: throw unexpected(byte, "a value")
        }
    }

    private func unexpected(_ byte: UInt8, _ what: String) -> JSONFailure {
        let shown: String
        switch byte {
        case 0x21...0x7E: shown = "'\(Character(UnicodeScalar(byte)))'"
        case 0: shown = "a byte 0"
        default: shown = "byte 0x\(String(byte, radix: 16, uppercase: true))"
        }
        return failure(.syntax, "\(what) is expected, not \(shown)")
    }

    // MARK: containers

    /// Takes the bracket that opens an object or array.
    /// - Returns: false when it is closed at once; the closing bracket is taken too.
    public func enter(_ closing: UInt8) throws -> Bool {
        at += 1
        guard try next("a value or the closing \(Character(UnicodeScalar(closing)))") == closing else {
            return true
        }
        at += 1
        return false
    }

    /// After a member or element: takes the comma or the closing bracket.
    /// - Returns: whether another follows.
    public func another(_ closing: UInt8) throws -> Bool {
        let byte = try next("a comma or \(Character(UnicodeScalar(closing)))")
        if byte == UInt8(ascii: ",") {
            at += 1
            return true
        }
        guard byte == closing else {
            throw unexpected(byte, "a comma or \(Character(UnicodeScalar(closing)))")
        }
        at += 1
        return false
    }

    /// The name of a member, its colon taken too. The bytes are valid until the next reading.
    public func name<R>(_ body: (UnsafeBufferPointer<UInt8>, _ hasEscapes: Bool) throws -> R) throws -> R {
        let byte = try next("the name of a member")
        guard byte == UInt8(ascii: "\"") else { throw unexpected(byte, "the name of a member in quotes") }
        let start = at
        if let quote = closingQuote(from: start + 1) {
            at = quote + 1
            let result = try body(
                UnsafeBufferPointer(start: base + start + 1, count: quote - start - 1), false)
            try colon()
            return result
        }
        // With escapes, or cut by the window's end.
        let isAnchored = anchorOffset != nil
        if !isAnchored { anchor() }
        let from = sinceAnchor
        let hasEscapes = try skipText()
        let slice = JSONSlice(start: from + 1, end: sinceAnchor - 1, kind: .text, hasEscapes: hasEscapes)
        let result = try body(bytes(slice), hasEscapes)
        if !isAnchored { release() }
        try colon()
        return result
    }

    private func closingQuote(from start: Int) -> Int? {
        var position = start
        while position < end {
            let byte = base[position]
            if byte == UInt8(ascii: "\"") { return position }
            if byte == UInt8(ascii: "\\") || byte < 0x20 { return nil }
            position += 1
        }
        return nil
    }

    private func colon() throws {
        let byte = try next("a colon")
        guard byte == UInt8(ascii: ":") else { throw unexpected(byte, "a colon") }
        at += 1
    }

    // MARK: values

    /// Reads past a value whose bytes an anchor keeps.
    public func slice() throws -> JSONSlice {
        let kind = try kind()
        let start = sinceAnchor
        let hasEscapes = try skip(kind)
        return JSONSlice(start: start, end: sinceAnchor, kind: kind, hasEscapes: hasEscapes)
    }

    /// Reads past a value of any size.
    public func skipValue() throws {
        _ = try skip(try kind())
    }

    private func skip(_ kind: JSONKind) throws -> Bool {
        switch kind {
        case .text: return try skipText()
        case .number: try skipNumber()
        case .boolean: try skipWord(base[at] == UInt8(ascii: "t") ? "true" : "false")
        case .null: try skipWord("null")
        case .object, .array: try skipNested()
        }
        return false
    }

    private func skipNested() throws {
        open.removeAll(keepingCapacity: true)
        value: while true {
            let kind = try kind()
            if kind == .object || kind == .array {
                let closing = UInt8(ascii: kind == .object ? "}" : "]")
                guard open.count < Self.deepest else {
                    throw failure(.tooDeep, "it is nested deeper than \(Self.deepest) brackets")
                }
                if try enter(closing) {
                    open.append(closing)
                    if kind == .object { try skipName() }
                    continue value
                }
            } else {
                _ = try skip(kind)
            }
            while let closing = open.last {
                if try another(closing) {
                    if closing == UInt8(ascii: "}") { try skipName() }
                    continue value
                }
                open.removeLast()
            }
            return
        }
    }

    private func skipName() throws {
        let byte = try next("the name of a member")
        guard byte == UInt8(ascii: "\"") else { throw unexpected(byte, "the name of a member in quotes") }
        _ = try skipText()
        try colon()
    }

    /// - Returns: whether it holds escapes.
    private func skipText() throws -> Bool {
        at += 1
        var hasEscapes = false
        while true {
            var position = at
            let (bytes, limit) = (base, end)
            while position < limit, bytes[position] != UInt8(ascii: "\""),
                bytes[position] != UInt8(ascii: "\\"),
                bytes[position] >= 0x20
            { position += 1 }
            at = position
            guard position < limit else {
                guard try more() else { throw failure(.truncated, "the text ends inside a quoted text") }
                continue
            }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                at += 1
                return hasEscapes
            case UInt8(ascii: "\\"):
                hasEscapes = true
                at += 1
                try skipEscape()
            case let control:
                let hex = String(control, radix: 16, uppercase: true)
                throw failure(
                    .syntax, "a quoted text holds the control character 0x\(hex), which JSON wants escaped")
            }
        }
    }

    private func skipEscape() throws {
        switch try byteOfText() {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 1
        case UInt8(ascii: "u"):
            at += 1
            for _ in 0..<4 {
                let byte = try byteOfText()
                guard JSONText.hexValue(byte) != nil else { throw unexpected(byte, "a hexadecimal digit") }
                at += 1
            }
        case let byte: throw unexpected(byte, "an escape that JSON knows")
        }
    }

    private func byteOfText() throws -> UInt8 {
        if at == end {
            guard try more() else { throw failure(.truncated, "the text ends inside a quoted text") }
        }
        return base[at]
    }

    private func skipWord(_ word: StaticString) throws {
        for index in 0..<word.utf8CodeUnitCount {
            if at == end {
                guard try more() else { throw failure(.truncated, "the text ends inside the word \(word)") }
            }
            guard base[at] == word.utf8Start[index] else { throw unexpected(base[at], "the word \(word)") }
            at += 1
        }
        try checkWordEnd()
    }

    private func skipNumber() throws {
        if base[at] == UInt8(ascii: "-") { at += 1 }
        let first = try digit()
        at += 1
        if first == UInt8(ascii: "0") {
            if let byte = try peekByte(), Self.isDigit(byte) {
                throw failure(.syntax, "a number begins with 0")
            }
        } else {
            try digits()
        }
        if try peekByte() == UInt8(ascii: ".") {
            at += 1
            _ = try digit()
            try digits()
        }
        if let byte = try peekByte(), byte | 0x20 == UInt8(ascii: "e") {
            at += 1
            if let sign = try peekByte(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { at += 1 }
            _ = try digit()
            try digits()
        }
        try checkWordEnd()
    }

    /// `12x` and `truex` are no values.
    private func checkWordEnd() throws {
        guard let byte = try peekByte() else { return }
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 32, 10, 13, 9: return
        default: throw unexpected(byte, "the end of the value")
        }
    }

    private func digit() throws -> UInt8 {
        guard let byte = try peekByte() else { throw failure(.truncated, "the text ends inside a number") }
        guard Self.isDigit(byte) else { throw unexpected(byte, "a digit") }
        return byte
    }

    private func digits() throws {
        while let byte = try peekByte(), Self.isDigit(byte) { at += 1 }
    }

    private func peekByte() throws -> UInt8? {
        if at < end { return base[at] }
        return try more() ? base[at] : nil
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
}
