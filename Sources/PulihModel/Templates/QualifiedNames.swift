extension SQLStatement {
    /// Names of the form `schema.name` in a statement's code, quoted or not, as a server would fold them: for SQL that
    /// no parser here understands. A column of a table is among them too.
    public static func qualifiedNames(in sql: String) -> [SQLReference] {
        var words = QualifiedNameScanner(Array(sql.utf8))
        return words.pairs()
    }
}

/// Finds names with a point between them.
private struct QualifiedNameScanner {
    private let bytes: [UInt8]
    private var previous: String?
    private var isAfterPoint = false
    private var found: [SQLReference] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func pairs() -> [SQLReference] {
        for segment in SQLScanner.segments(of: bytes) {
            switch segment.kind {
            case .comment: break
            case .text: forget()
            case .quotedName:
                let inner = String(decoding: bytes[segment.range].dropFirst().dropLast(), as: UTF8.self)
                take(inner.replacing("\"\"", with: "\""))
            case .code: takeCode(segment.range)
            }
        }
        return found
    }

    private mutating func takeCode(_ range: Range<Int>) {
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            if byte.isWord {
                let end = bytes[index..<range.upperBound].firstIndex { !$0.isWord } ?? range.upperBound
                take(String(decoding: bytes[index..<end], as: UTF8.self).lowercased())
                index = end
                continue
            }
            if byte == .point, previous != nil { isAfterPoint = true } else if !byte.isBlank { forget() }
            index += 1
        }
    }

    private mutating func take(_ name: String) {
        if isAfterPoint, let previous { found.append(SQLReference(schema: previous, table: name)) }
        previous = name
        isAfterPoint = false
    }

    private mutating func forget() {
        previous = nil
        isAfterPoint = false
    }
}
