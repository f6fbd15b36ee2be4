internal import PulihModel

/// A dialect as bytes of UTF-8, which is what everything here is decoded to first.
struct CSVFormat: Sendable, Hashable {
    var delimiter: [UInt8]
    var quote: UInt8?
    /// Equal to `quote` when quotes are doubled.
    var escape: UInt8?
    var hasHeader: Bool
    var skipLines: Int

    init(_ dialect: CSVDialect) {
        delimiter = Array(dialect.delimiter.utf8)
        quote = dialect.quote?.utf8.first
        escape = quote == nil ? nil : (dialect.escape?.utf8.first ?? quote)
        hasHeader = dialect.hasHeader
        skipLines = dialect.skipLines
    }

    /// The same bytes between fields and records, without anything before the first record.
    var withoutPrologue: CSVFormat {
        var copy = self
        copy.hasHeader = false
        copy.skipLines = 0
        return copy
    }
}

enum ASCII {
    static let lineFeed: UInt8 = 10
    static let carriageReturn: UInt8 = 13
    static let blank: UInt8 = 32
}
