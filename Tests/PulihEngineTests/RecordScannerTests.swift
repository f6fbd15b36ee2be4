import PulihModel
import Testing

@testable import PulihEngine

/// Scans a text in blocks of a size and gives what was found.
private struct Scan: Equatable {
    var records: [[UInt8]] = []
    var lines: [Int] = []
    var damaged: [Int] = []
    var blankLines = 0

    init(_ text: [UInt8], _ format: CSVFormat, block size: Int) {
        var scanner = RecordScanner(format)
        var carry: [UInt8] = []
        var begin = 0
        var at = 0
        repeat {
            let end = min(text.count, at + size)
            let block = carry + text[at..<end]
            let isLast = end == text.count
            let offset = end - block.count
            let consumed = block.withUnsafeBufferPointer { bytes in
                scanner.scan(bytes, isLast: isLast) { record in
                    begin = offset + record.start
                    records.append(Array(text[begin..<offset + record.end]))
                    lines.append(record.line)
                    if record.damage != nil { damaged.append(records.count) }
                }
            }
            carry = Array(block[consumed...])
            at = end
            if isLast { break }
        } while true
        blankLines = scanner.blankLines
    }
}

/// Splits as slowly and plainly as possible: character by character, looking ahead.
private func referenceSplit(_ text: [UInt8], delimiter: [UInt8], quote: UInt8, escape: UInt8) -> (
    [[UInt8]], blank: Int
) {
    var records: [[UInt8]] = []
    var blank = 0
    var record: [UInt8] = []
    var state = "start"
    var at = 0
    func flush() {
        if record.isEmpty { blank += 1 } else { records.append(record) }
        record = []
        state = "start"
    }
    while at < text.count {
        let byte = text[at]
        if state == "quoted" {
            if byte == escape, escape != quote {
                record.append(byte)
                at += 1
                if at < text.count { record.append(text[at]) }
                at += 1
                continue
            }
            if byte == quote { state = "closed" }
        } else if state == "closed", byte == quote, escape == quote {
            state = "quoted"
        } else if state == "closedBlank", byte == quote {
            state = "quoted"
        } else if byte == 10 || byte == 13 {
            flush()
            at += byte == 13 && at + 1 < text.count && text[at + 1] == 10 ? 2 : 1
            continue
        } else if text[at...].starts(with: delimiter) {
            record += delimiter
            state = "start"
            at += delimiter.count
            continue
        } else if state == "start" || state == "startBlank", byte == quote {
            state = "quoted"
        } else if state == "start", byte == 32 {
            state = "startBlank"
        } else if state == "start" || state == "startBlank" {
            state = "plain"
        } else if state == "closed" || state == "closedBlank" {
            state = byte == 32 ? "closedBlank" : "broken"
        }
        record.append(byte)
        at += 1
    }
    if !record.isEmpty { flush() }
    return (records, blank)
}

/// Every text over the alphabet up to the length.
private func everyText(over alphabet: String, upTo length: Int, _ body: ([UInt8]) -> Void) {
    let letters = Array(alphabet.utf8)
    var layer: [[UInt8]] = [[]]
    for _ in 0..<length {
        layer = layer.flatMap { text in letters.map { text + [$0] } }
        layer.forEach(body)
    }
}

@Suite struct RecordScannerTests {
    private let comma = CSVFormat(CSVDialect(hasHeader: false))

    @Test(arguments: [("a,\"\n\r", 6), ("a,\" \n", 6)])
    func agreesWithASlowSplitter(alphabet: String, length: Int) {
        everyText(over: alphabet, upTo: length) { text in
            let expected = referenceSplit(text, delimiter: [44], quote: 34, escape: 34)
            let whole = Scan(text, comma, block: 1 << 20)
            #expect(whole.records == expected.0, "\(String(decoding: text, as: UTF8.self).debugDescription)")
            #expect(whole.blankLines == expected.blank)
            // Where blocks end must not matter.
            for size in [1, 2, 3] { #expect(Scan(text, comma, block: size) == whole) }
        }
    }

    @Test func escapesAndLongDelimiters() {
        let format = CSVFormat(CSVDialect(delimiter: "||", escape: "\\", hasHeader: false))
        everyText(over: "|\"\\\n", upTo: 7) { text in
            let expected = referenceSplit(text, delimiter: [124, 124], quote: 34, escape: 92)
            let whole = Scan(text, format, block: 1 << 20)
            #expect(whole.records == expected.0, "\(String(decoding: text, as: UTF8.self).debugDescription)")
            for size in [1, 2, 3] { #expect(Scan(text, format, block: size) == whole) }
        }
    }

    @Test func countsPhysicalLines() {
        let scan = Scan(Array("a,\"x\r\n\ny\"\n\nb\r\"c\rd\"\r\ne".utf8), comma, block: 2)
        #expect(scan.lines == [1, 5, 6, 8])
        #expect(scan.blankLines == 1)
    }

    @Test func tellsDamage() {
        #expect(Scan(Array("\"a\"b,\"c\nd\"\ne\n".utf8), comma, block: 99).damaged == [1])
        let cut = Scan(Array("a\n\"b\nc".utf8), comma, block: 99)
        #expect(cut.damaged == [2])
        #expect(cut.records.count == 2)
        #expect(Scan(Array("a\"b\n\"a\" ,b\n".utf8), comma, block: 99).damaged == [])
    }

    @Test func withoutQuotesEveryLineIsARecord() {
        let format = CSVFormat(CSVDialect(quote: nil, hasHeader: false))
        #expect(Scan(Array("\"a\n\"b\n".utf8), format, block: 99).records.count == 2)
    }

    @Test func skipsLinesWhateverTheyHold() {
        let format = CSVFormat(CSVDialect(hasHeader: false, skipLines: 2))
        for size in [1, 2, 99] {
            let scan = Scan(Array("\"open\r\n\r\nx,y\r\nz\n".utf8), format, block: size)
            #expect(scan.records.map { String(decoding: $0, as: UTF8.self) } == ["x,y", "z"])
            #expect(scan.lines == [3, 4])
        }
    }
}

@Suite struct FieldSplitterTests {
    private func fields(_ text: String, _ dialect: CSVDialect = CSVDialect()) -> [String] {
        FieldSplitter(CSVFormat(dialect)).fields(of: text)
    }

    @Test func takesQuotesOffAsTheReaderDoes() {
        #expect(fields("a,\"b,\"\"c\"\"\",") == ["a", "b,\"c\"", ""])
        #expect(fields("x\"y\"z, \"q\" ,  r") == ["x\"y\"z", "q", "  r"])
        #expect(fields("\"line\r\nbreak\",2") == ["line\r\nbreak", "2"])
        #expect(fields("\"a\\\"b\";c", CSVDialect(delimiter: ";", escape: "\\")) == ["a\"b", "c"])
        #expect(fields("a||b|c||", CSVDialect(delimiter: "||")) == ["a", "b|c", ""])
        #expect(fields("\"a", CSVDialect(quote: nil)) == ["\"a"])
        #expect(fields("") == [""])
    }
}
