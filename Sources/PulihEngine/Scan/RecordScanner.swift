internal import Glibc

/// What is wrong with a record's quotes.
enum RecordDamage: Sendable, Equatable {
    /// Text between a closing quote and the next delimiter.
    case textAfterQuote
    /// The file ends inside quotes that begin in this line; the record has so many lines.
    case unterminated(quoteLine: Int, lines: Int)
    /// A reader could not read the record, for this reason; its text is that of the file.
    case unreadable(String)
}

/// A record's place in the block that was scanned. Offsets below 0 lie in blocks before it.
struct ScannedRecord {
    let start: Int
    /// Without the line end.
    let end: Int
    /// Where the next record begins.
    let next: Int
    /// Physical line of the first byte, from 1.
    let line: Int
    let damage: RecordDamage?
}

/// Splits text into records, block by block, without looking at what the fields say.
///
/// A record ends at LF, CRLF or CR outside quotes. A quote counts at the start of a field, also after one blank, and
/// after one blank behind a closing quote, as DuckDB's reader has it; elsewhere it is a character like others. Text
/// after a closing quote damages the record, which ends all the same where its line ends. Blank lines are no records.
struct RecordScanner {
    /// Line ends that were seen outside quotes.
    struct LineEnds: OptionSet, Sendable, Hashable {
        let rawValue: UInt8
        static let lf = LineEnds(rawValue: 1)
        static let crlf = LineEnds(rawValue: 2)
        static let cr = LineEnds(rawValue: 4)
    }

    private enum State {
        case fieldStart, blankAtStart, unquoted, quoted, escaped, closed, blankAfterClosed, broken
    }

    private(set) var blankLines = 0
    private(set) var lineEnds: LineEnds = []
    private(set) var hasQuotedLineBreak = false
    private(set) var hasBlankLineBeforeFirst = false

    /// A skipped line is blank or holds a quote: readers differ about such lines.
    private(set) var hasOddSkippedLine = false

    private let delimiter: [UInt8]
    /// Wider than a byte, so that "none" equals no byte.
    private let quote: UInt16
    private let escape: UInt16
    private var linesToSkip: Int
    /// A line to skip began in an earlier block.
    private var isInSkippedLine = false
    private var state = State.fieldStart
    private var damage: RecordDamage?
    private var line = 1
    private var recordLine = 1
    /// Physical line of the last opening quote.
    private var quoteLine = 1
    /// The last byte inside quotes was a line break.
    private var isAfterLineBreak = false
    /// Bytes of the current record that were consumed already.
    private(set) var carried = 0
    private var hasRecord = false

    init(_ format: CSVFormat) {
        delimiter = format.delimiter
        quote = format.quote.map(UInt16.init) ?? 0x100
        escape = format.escape.map(UInt16.init) ?? 0x100
        linesToSkip = format.skipLines
    }

    /// Scans a block and hands over each record that ends in it.
    ///
    /// - Parameter isLast: nothing follows; a record without line end is handed over too.
    /// - Returns: how many bytes were consumed. Up to four at the end of a block that is not the last may remain, which
    ///   must come again at the front of the next.
    mutating func scan(
        _ block: UnsafeBufferPointer<UInt8>, isLast: Bool, _ take: (ScannedRecord) throws -> Void
    ) rethrows -> Int {
        var at = 0
        if linesToSkip > 0 {
            at = skipLines(block, isLast: isLast)
            if linesToSkip > 0 { return at }
        }
        var start = at - carried
        var nextQuote = -1
        while at < block.count {
            if state == .fieldStart, at == start {
                if nextQuote < at {
                    nextQuote =
                        quote > 0xFF
                        ? block.count : position(of: UInt8(quote), in: block, from: at, before: block.count)
                }
                let reached = try scanLines(block, from: at, before: nextQuote, take)
                at = reached
                start = reached
                guard at < block.count else { break }
            }
            let step = advance(block, at, isLast: isLast)
            switch step {
            case .to(let next): at = next
            case .lineEnd(let end, let next):
                try self.end(
                    ScannedRecord(start: start, end: end, next: next, line: recordLine, damage: damage), take)
                at = next
                start = next
            case .needsMore(let at):
                carried = at - start
                return at
            }
        }
        carried = at - start
        if isLast, carried > 0 {
            if state == .quoted || state == .escaped {
                let lines = line - recordLine + (isAfterLineBreak ? 0 : 1)
                damage = .unterminated(quoteLine: quoteLine, lines: lines)
            }
            try self.end(
                ScannedRecord(start: start, end: at, next: at, line: recordLine, damage: damage), take)
            carried = 0
        }
        return at
    }

    /// Physical lines, whatever quotes they hold.
    private mutating func skipLines(_ block: UnsafeBufferPointer<UInt8>, isLast: Bool) -> Int {
        var at = 0
        var start = 0
        while linesToSkip > 0, at < block.count {
            let byte = block[at]
            if byte == ASCII.carriageReturn, at + 1 == block.count, !isLast { return at }
            if UInt16(byte) == quote { hasOddSkippedLine = true }
            at += 1
            guard byte == ASCII.lineFeed || byte == ASCII.carriageReturn else { continue }
            if at - 1 == start, !isInSkippedLine { hasOddSkippedLine = true }
            if byte == ASCII.carriageReturn, at < block.count, block[at] == ASCII.lineFeed { at += 1 }
            start = at
            isInSkippedLine = false
            linesToSkip -= 1
            line += 1
            recordLine = line
        }
        if linesToSkip > 0, at > start { isInSkippedLine = true }
        return at
    }

    /// Takes whole lines as long as no quote comes; there a record is a line.
    private mutating func scanLines(
        _ block: UnsafeBufferPointer<UInt8>, from: Int, before limit: Int,
        _ take: (ScannedRecord) throws -> Void
    ) rethrows -> Int {
        var at = from
        var nextCR = position(of: ASCII.carriageReturn, in: block, from: at, before: limit)
        while at < limit {
            let feed = position(of: ASCII.lineFeed, in: block, from: at, before: limit)
            if nextCR < at { nextCR = position(of: ASCII.carriageReturn, in: block, from: at, before: limit) }
            let end: Int
            let next: Int
            if nextCR < feed {
                guard nextCR + 1 < block.count else { return at }
                end = nextCR
                next = block[nextCR + 1] == ASCII.lineFeed ? nextCR + 2 : nextCR + 1
                lineEnds.insert(next == nextCR + 2 ? .crlf : .cr)
            } else {
                guard feed < limit else { return at }
                end = feed
                next = feed + 1
                lineEnds.insert(.lf)
            }
            line += 1
            try self.end(ScannedRecord(start: at, end: end, next: next, line: recordLine, damage: nil), take)
            at = next
        }
        return at
    }

    private mutating func end(_ record: ScannedRecord, _ take: (ScannedRecord) throws -> Void) rethrows {
        state = .fieldStart
        damage = nil
        recordLine = line
        if record.end == record.start {
            blankLines += 1
            if !hasRecord { hasBlankLineBeforeFirst = true }
        } else {
            hasRecord = true
            try take(record)
        }
    }

    private enum Step {
        case to(Int)
        case lineEnd(end: Int, next: Int)
        case needsMore(at: Int)
    }

    /// One step of the state machine: over bytes that change nothing, then one that does.
    @inline(__always)
    private mutating func advance(_ block: UnsafeBufferPointer<UInt8>, _ from: Int, isLast: Bool) -> Step {
        var at = from
        if state == .quoted {
            while at < block.count, UInt16(block[at]) != quote, UInt16(block[at]) != escape,
                block[at] > ASCII.carriageReturn
            {
                at += 1
            }
            if at > from { isAfterLineBreak = false }
            guard at < block.count else { return .to(at) }
            return quotedByte(block, at, isLast: isLast)
        }
        if state == .escaped {
            // An escaped line end is still a line of the file.
            if block[at] != ASCII.lineFeed, block[at] != ASCII.carriageReturn {
                state = .quoted
                isAfterLineBreak = false
                return .to(at + 1)
            }
            state = .quoted
            return quotedByte(block, at, isLast: isLast)
        }
        if state == .unquoted {
            let first = delimiter[0]
            while at < block.count, block[at] != first, block[at] > ASCII.carriageReturn { at += 1 }
            guard at < block.count else { return .to(at) }
        }
        return plainByte(block, at, isLast: isLast)
    }

    private mutating func quotedByte(_ block: UnsafeBufferPointer<UInt8>, _ at: Int, isLast: Bool) -> Step {
        let byte = block[at]
        isAfterLineBreak = byte == ASCII.lineFeed || byte == ASCII.carriageReturn
        if UInt16(byte) == escape, escape != quote {
            state = .escaped
        } else if UInt16(byte) == quote {
            state = .closed
        } else if byte == ASCII.lineFeed {
            line += 1
            hasQuotedLineBreak = true
        } else if byte == ASCII.carriageReturn {
            guard at + 1 < block.count || isLast else { return .needsMore(at: at) }
            hasQuotedLineBreak = true
            // The LF of a CRLF counts; the CR alone counts when none follows.
            if at + 1 == block.count || block[at + 1] != ASCII.lineFeed { line += 1 }
        }
        return .to(at + 1)
    }

    private mutating func plainByte(_ block: UnsafeBufferPointer<UInt8>, _ at: Int, isLast: Bool) -> Step {
        let byte = block[at]
        if byte == ASCII.lineFeed {
            line += 1
            lineEnds.insert(.lf)
            return .lineEnd(end: at, next: at + 1)
        }
        if byte == ASCII.carriageReturn {
            guard at + 1 < block.count || isLast else { return .needsMore(at: at) }
            line += 1
            let isPair = at + 1 < block.count && block[at + 1] == ASCII.lineFeed
            lineEnds.insert(isPair ? .crlf : .cr)
            return .lineEnd(end: at, next: at + (isPair ? 2 : 1))
        }
        if UInt16(byte) == quote {
            switch state {
            case .fieldStart, .blankAtStart, .blankAfterClosed:
                state = .quoted
                quoteLine = line
                isAfterLineBreak = false
                return .to(at + 1)
            case .closed where escape == quote:
                state = .quoted
                return .to(at + 1)
            default: break
            }
        }
        if byte == delimiter[0] {
            switch matchDelimiter(block, at, isLast: isLast) {
            case .some(true):
                state = .fieldStart
                return .to(at + delimiter.count)
            case .some(false): break
            case nil: return .needsMore(at: at)
            }
        }
        switch state {
        case .fieldStart: state = byte == ASCII.blank ? .blankAtStart : .unquoted
        case .blankAtStart: state = .unquoted
        case .closed where byte == ASCII.blank: state = .blankAfterClosed
        case .blankAfterClosed where byte == ASCII.blank: break
        case .closed, .blankAfterClosed:
            state = .broken
            damage = .textAfterQuote
        case .unquoted, .broken, .quoted, .escaped: break
        }
        return .to(at + 1)
    }

    /// Whether the delimiter stands there; nil when the block ends too early to say.
    private func matchDelimiter(_ block: UnsafeBufferPointer<UInt8>, _ at: Int, isLast: Bool) -> Bool? {
        for index in 1..<max(1, delimiter.count) where delimiter.count > 1 {
            guard at + index < block.count else { return isLast ? false : nil }
            if block[at + index] != delimiter[index] { return false }
        }
        return true
    }

    /// The next such byte, or the limit when there is none.
    @inline(__always)
    private func position(
        of byte: UInt8, in block: UnsafeBufferPointer<UInt8>, from: Int, before limit: Int
    ) -> Int {
        guard from < limit, let base = block.baseAddress else { return limit }
        guard let found = memchr(base + from, Int32(byte), limit - from) else { return limit }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}
