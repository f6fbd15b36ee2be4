import Foundation
import PulihModel
import PulihSystem
import Testing

@testable import PulihEngine

@Suite struct EncodingTests {
    private let columns = [ColumnSpec.of(.integer, "id"), ColumnSpec.of(.text, "name")]

    private func utf16(_ text: String, bigEndian: Bool) -> [UInt8] {
        text.utf16.flatMap {
            bigEndian ? [UInt8($0 >> 8), UInt8($0 & 0xFF)] : [UInt8($0 & 0xFF), UInt8($0 >> 8)]
        }
    }

    @Test(arguments: [
        (TextEncoding.utf16, false, true), (.utf16, false, false), (.utf16LE, false, false),
        (.utf16BE, true, false),
        (.utf8, true, true),
    ])
    func utf16InEveryOrder(encoding: TextEncoding, bigEndian: Bool, hasMark: Bool) async throws {
        let bench = try Bench()
        let text = (hasMark ? "\u{FEFF}" : "") + "id,name\r\n1,ä€😀\r\nx,b\r\n2,c\r\n"
        let path = try bench.write(utf16(text, bigEndian: bigEndian))
        let spec = Bench.spec(columns, CSVDialect(encoding: encoding))
        let survey = try await bench.engine.survey(path: path, format: spec.format)
        #expect(survey.header == ["id", "name"])
        #expect(survey.records == 3)
        let outcome = try await bench.convert(path, spec)
        #expect(try await bench.loaded(path, spec) == [["1", "ä€😀", "1"], ["2", "c", "3"]])
        // Offsets are those in the raw file: two bytes a unit.
        #expect(outcome.examples[0].byteOffset == (hasMark ? 2 : 0) + 2 * (9 + 8))
        #expect(outcome.examples[0].line == 3)
    }

    @Test func bytesWithoutMeaningAreQuarantined() async throws {
        let bench = try Bench()
        var bytes =
            Array("id,name\n1,".utf8) + [0x80, 0xE9] + Array("\n2,".utf8) + [0x81]
            + Array("\nx,c\n3,d\n".utf8)
        var path = try bench.write(bytes, "w.csv")
        var spec = Bench.spec(columns, CSVDialect(encoding: .windows1252))
        var outcome = try await bench.convert(path, spec)
        #expect(try await bench.loaded(path, spec) == [["1", "€é", "1"], ["3", "d", "4"]])
        #expect(
            outcome.examples.map { "\($0.record) \($0.byteOffset) \($0.rule) \($0.column)" } == [
                "2 13 encoding name", "3 17 type id",
            ])
        #expect(outcome.examples[0].reason == "there are bytes that mean nothing in windows-1252")

        spec.dialect.encoding = .latin1
        outcome = try await bench.convert(path, spec)
        #expect(outcome.quarantined == 1)

        path = try bench.write(Array("id,name\n1,a\n2,".utf8) + [0xFF] + Array("\n3,b\n".utf8), "u.csv")
        spec.dialect.encoding = .utf8
        outcome = try await bench.convert(path, spec)
        #expect(outcome.examples.map(\.reason) == ["there are bytes that mean nothing in utf-8"])
        #expect(try await bench.loaded(path, spec).map { $0[2] } == ["1", "3"])

        bytes =
            utf16("id,name\n1,a\n2,", bigEndian: false) + [0x00, 0xD8] + utf16("\n3,b\n", bigEndian: false)
        path = try bench.write(bytes, "s.csv")
        spec.dialect.encoding = .utf16LE
        outcome = try await bench.convert(path, spec)
        #expect(outcome.examples.map { "\($0.record) \($0.rule)" } == ["2 encoding"])
        #expect(outcome.converted == 2)
    }

    @Test func latin1WithoutASequenceOfItsOwn() {
        var decoder = TextDecoder(.windows1252)
        var text: [UInt8] = []
        let all = Array(UInt8.min...UInt8.max)
        all.withUnsafeBufferPointer { decoder.decode($0, isLast: true, into: &text) }
        #expect(text.withUnsafeBufferPointer { decoder.rawCount(of: $0[...]) } == 256)
        let undefined: Set<UInt8> = [0x81, 0x8D, 0x8F, 0x90, 0x9D]
        for byte in all {
            var one: [UInt8] = []
            [byte].withUnsafeBufferPointer { decoder.decode($0, isLast: true, into: &one) }
            #expect((String(validating: one, as: UTF8.self) == nil) == undefined.contains(byte))
        }
    }

    private func compress(_ path: String, with tool: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool, "-q", path]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    @Test func compressedFiles() async throws {
        let bench = try Bench()
        var lines = ["id,name"]
        for number in 1...20_000 { lines.append(number == 15_000 ? "x,\(number)" : "\(number),\(number)") }
        let path = try bench.write(Array(lines.joined(separator: "\n").utf8))
        try compress(path, with: "gzip")
        let spec = Bench.spec(columns)
        let survey = try await bench.engine.survey(path: path + ".gz", format: spec.format)
        #expect(survey.records == 20_000)
        let raw = try FileReader.readAll(path + ".gz", limit: 1 << 20)
        #expect(survey.bytes == raw.count)
        let outcome = try await bench.convert(path + ".gz", spec)
        #expect(outcome.converted == 19_999)
        #expect(outcome.examples[0].rawText == "x,15000")
        #expect(outcome.examples[0].byteOffset == lines[..<15_000].reduce(0) { $0 + $1.utf8.count + 1 })

        let cut = try bench.write(Array(raw.dropLast(raw.count / 2)), "cut.csv.gz")
        await #expect(throws: PulihError.self) {
            try await bench.engine.survey(path: cut, format: spec.format)
        }
        do { _ = try await bench.engine.survey(path: cut, format: spec.format) } catch let error
            as PulihError
        {
            #expect(error.code == .data)
            #expect(error.hint == "deliver the file again, whole")
        }
    }

    @Test func theHashIsThatOfTheRawBytes() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("\u{FEFF}abc\n".utf8))
        let survey = try await bench.engine.survey(path: path, format: RecordFormat())
        #expect(survey.sha256 == "9ef68ea681c2ef5c2d8033a631582afe66a6e128e656cf32c1c28c3b6962dc3f")
        #expect(survey.bytes == 7)
        await #expect(throws: PulihError.self) {
            try await bench.engine.survey(path: path + "none", format: RecordFormat())
        }
    }
}
