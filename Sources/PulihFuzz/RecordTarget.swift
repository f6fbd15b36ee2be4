internal import PulihModel

@testable internal import PulihEngine

/// The record counter: whatever the text and wherever the blocks end, it finds the same records, loses no byte and knows
/// every line. The first four bytes choose dialect, encoding and blocks; the rest is the file.
struct RecordTarget {
    private struct Found: Equatable {
        var start: Int
        var end: Int
        var next: Int
        var line: Int
        var damage: RecordDamage?
    }

    private struct Scan {
        var records: [Found] = []
        var blankLines = 0
        var consumed = 0
        var lineEnds: RecordScanner.LineEnds = []
        var hasQuotedLineBreak = false
    }

    private let format: CSVFormat
    private let encoding: TextEncoding
    private let seed: UInt8
    private let raw: [UInt8]

    init(_ bytes: [UInt8]) {
        let choice = (0..<4).map { $0 < bytes.count ? bytes[$0] : 0 }
        let delimiters = [",", ";", "\t", "||", "→", " ", "|;|"]
        let quotes: [String?] = ["\"", "'", nil]
        let quote = quotes[Int(choice[1]) % quotes.count]
        let escapes: [String?] = [quote, "\\", "\""]
        format = CSVFormat(
            CSVDialect(
                delimiter: delimiters[Int(choice[0]) % delimiters.count], quote: quote,
                escape: escapes[Int(choice[1] / 3) % escapes.count], hasHeader: false,
                skipLines: Int(choice[2] & 3)))
        let encodings = TextEncoding.allCases
        encoding = encodings[Int(choice[2] / 4) % encodings.count]
        seed = choice[3]
        raw = Array(bytes.dropFirst(4))
    }

    func check() {
        let text = decoded(inBlocks: false)
        expect(text == decoded(inBlocks: true), "decoding depends on where blocks end")
        let whole = scan(text, inBlocks: false)
        let pieces = scan(text, inBlocks: true)
        expect(whole.consumed == text.count, "\(text.count - whole.consumed) bytes were left")
        expect(whole.records == pieces.records, "records depend on where blocks end")
        expect(whole.blankLines == pieces.blankLines, "blank lines depend on where blocks end")
        expect(whole.lineEnds == pieces.lineEnds, "line ends depend on where blocks end")
        expect(
            whole.hasQuotedLineBreak == pieces.hasQuotedLineBreak, "quoted breaks depend on where blocks end")
        checkPlaces(whole, text)
        checkFields(whole, text)
    }

    /// Records follow each other, and between them lies nothing but line ends.
    private func checkPlaces(_ scan: Scan, _ text: [UInt8]) {
        var last: Found?
        for record in scan.records {
            expect(record.start < record.end && record.end <= record.next, "a record is turned around")
            if let last {
                let between = text[last.next..<max(last.next, record.start)]
                expect(record.start >= last.next, "records overlap")
                expect(between.allSatisfy { $0 == 10 || $0 == 13 }, "text between records")
                expect(record.line > last.line, "lines do not grow")
            }
            expect(text[record.end..<record.next].allSatisfy { $0 == 10 || $0 == 13 }, "an end that is text")
            expect(record.line == line(at: record.start, in: text), "a record's line is wrong")
            last = record
        }
        if let last {
            expect(text[last.next...].allSatisfy { $0 == 10 || $0 == 13 }, "text after the last record")
        }
    }

    private func line(at offset: Int, in text: [UInt8]) -> Int {
        var line = 1
        for (index, byte) in text[..<offset].enumerated() {
            if byte == 10 || byte == 13 && !(index + 1 < text.count && text[index + 1] == 10) { line += 1 }
        }
        return line
    }

    private func checkFields(_ scan: Scan, _ text: [UInt8]) {
        let splitter = FieldSplitter(format)
        for record in scan.records {
            let fields = Array(text[record.start..<record.end]).withUnsafeBufferPointer {
                splitter.fields(of: $0)
            }
            let count = Array(text[record.start..<record.end]).withUnsafeBufferPointer {
                splitter.count(of: $0)
            }
            expect(!fields.isEmpty, "a record without a field")
            expect(count.0 == fields.count, "fields are counted otherwise than split")
            expect(!count.isLastEmpty || fields.last == "", "a last field that is not empty")
        }
    }

    private func decoded(inBlocks: Bool) -> [UInt8] {
        var decoder = TextDecoder(encoding)
        var text: [UInt8] = []
        for (block, isLast) in blocks(of: raw, inBlocks: inBlocks) {
            block.withUnsafeBufferPointer { decoder.decode($0, isLast: isLast, into: &text) }
        }
        return text
    }

    /// As the reader of raw files does it: what was not consumed comes again.
    private func scan(_ text: [UInt8], inBlocks: Bool) -> Scan {
        var scanner = RecordScanner(format)
        var scan = Scan()
        var kept: [UInt8] = []
        for (block, isLast) in blocks(of: text, inBlocks: inBlocks) {
            kept += block
            let base = scan.consumed
            let consumed = kept.withUnsafeBufferPointer { bytes in
                scanner.scan(bytes, isLast: isLast) { record in
                    scan.records.append(
                        Found(
                            start: base + record.start, end: base + record.end, next: base + record.next,
                            line: record.line, damage: record.damage))
                }
            }
            expect(isLast || kept.count - consumed <= 4, "more than four bytes come again")
            scan.consumed += consumed
            kept.removeFirst(consumed)
        }
        scan.blankLines = scanner.blankLines
        scan.lineEnds = scanner.lineEnds
        scan.hasQuotedLineBreak = scanner.hasQuotedLineBreak
        return scan
    }

    /// With an empty one at the end, as files end.
    private func blocks(of bytes: [UInt8], inBlocks: Bool) -> [([UInt8], Bool)] {
        guard inBlocks else { return [(bytes, false), ([], true)] }
        var blocks: [([UInt8], Bool)] = []
        var state = UInt32(seed) &* 2_654_435_761 | 1
        var at = 0
        while at < bytes.count {
            state = state &* 1_664_525 &+ 1_013_904_223
            let end = min(bytes.count, at + Int(state >> 24) % (Int(seed) % 17 + 1) + 1)
            blocks.append((Array(bytes[at..<end]), false))
            at = end
        }
        return blocks + [([], true)]
    }
}
