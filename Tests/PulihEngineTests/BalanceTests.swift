import PulihModel
import Testing

@testable import PulihEngine

/// SplitMix64: the same numbers for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct BalanceTests {
    /// Every record begins with its ordinal, whatever else is wrong with it.
    private func dirtyFile(_ random: inout SeededGenerator, records: Int) -> [UInt8] {
        let ends = ["\n", "\r\n", "\r"]
        let end = ends.randomElement(using: &random)!
        var text: [UInt8] = Array(("n,v,t" + end).utf8)
        for ordinal in 1...records {
            var record: [UInt8]
            let plain = ["7", "x", "", "1e5", "-3"].randomElement(using: &random)!
            let words = [
                "a", "\"b\"\"c\"", "\"d\(end)e\"", "\"f,g\"", "q\"r", " \"h\" ", "\"\(end)\(end)\"", "",
            ]
            let word = words.randomElement(using: &random)!
            record = Array("\(ordinal),\(plain),\(word)".utf8)
            switch Int.random(in: 0..<40, using: &random) {
            case 0: record = Array("\(ordinal),\(plain)".utf8)
            case 1: record += Array(",more".utf8)
            case 2: record = Array("\(ordinal),\(plain),\"z\"y".utf8)
            case 3: record = Array("\(ordinal),\(plain),".utf8) + [0xFF]
            default: break
            }
            text += record + Array((Int.random(in: 0..<20, using: &random) == 0 ? end + end : end).utf8)
            // Now and then another line end than the others.
            if Int.random(in: 0..<400, using: &random) == 0 {
                text += Array(ends.randomElement(using: &random)!.utf8)
            }
        }
        if Bool.random(using: &random) { text += Array("\(records + 1),1,\"cut".utf8) }
        return text
    }

    @Test(arguments: 1...25)
    func nothingIsLostOnDirtyFiles(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let bench = try Bench()
        let path = try bench.write(dirtyFile(&random, records: 700))
        let spec = Bench.spec([.of(.integer, "n"), .of(.integer, "v"), .of(.text, "t")])
        let survey = try await bench.engine.survey(path: path, format: spec.format)
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.converted + outcome.quarantined == survey.records, "seed \(seed)")
        let rows = try await bench.loaded(path, spec)
        #expect(rows.count == outcome.converted)
        #expect(rows.allSatisfy { $0[0] == $0[3] }, "seed \(seed)")
        let quarantined = try await bench.quarantined(path, spec)
        #expect(Set(quarantined.map(\.record)).count == outcome.quarantined)
        #expect(quarantined.allSatisfy { $0.rawText.hasPrefix("\($0.record),") }, "seed \(seed)")
        // The place leads to the record.
        let located = try await bench.engine.rawRecords(
            path: path, format: spec.format, ordinals: quarantined.map(\.record))
        let texts = Dictionary(uniqueKeysWithValues: located.map { ($0.record, $0) })
        #expect(
            quarantined.allSatisfy {
                texts[$0.record]
                    == RawRecord(
                        record: $0.record, line: $0.line, byteOffset: $0.byteOffset, text: $0.rawText)
            })
    }

    @Test func aFileOfManyBlocksWithQuotedLineBreaks() async throws {
        let bench = try Bench()
        var random = SeededGenerator(seed: 7)
        var text = "n,v,t\n"
        // Beyond DuckDB's block size, where its threads guess where a record begins.
        for ordinal in 1...400_000 {
            let word = ["\"\n,\n\"", "\"a\nb,c\nd\"", "\",\"", "plain"].randomElement(using: &random)!
            text +=
                "\(ordinal),\(ordinal % 100 == 0 ? "x" : "5"),\(word)\(ordinal % 1000 == 7 ? ",more" : "")\n"
        }
        let path = try bench.write(Array(text.utf8))
        let spec = Bench.spec([.of(.integer, "n"), .of(.integer, "v"), .of(.text, "t")])
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.quarantined == 4000 + 400)
        #expect(outcome.converted == 400_000 - 4400)
        #expect(try await bench.loaded(path, spec).allSatisfy { $0[0] == $0[3] })
    }
}
