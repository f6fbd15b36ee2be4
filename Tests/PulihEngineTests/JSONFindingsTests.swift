import PulihModel
import PulihSystem
import Testing

@testable import PulihEngine

/// A document that was looked through before is read once, and gives the same text.
@Suite struct JSONFindingsTests {
    private func text(_ path: String, _ format: RecordFormat, known: FileShape? = nil) throws -> String {
        var text: [UInt8] = []
        try RawReader(path, format, known: known).forEachBlock { block, _ in
            text.append(contentsOf: block)
            return block.count
        }
        return String(decoding: text, as: UTF8.self)
    }

    @Test(arguments: [
        (#"[{"id": 1, "new": 2, "a": {"c": 1}}, {"x y": {"deep": 1}, "a": {"b": 1, "c.d": 2}}, 7]"#, "[*]"),
        (
            #"{"a": {"b": 1}, "data": [{"id": 1, "t": [{"u": 1}]}, {"t": [{"v": 2}]}], "day": "mon"}"#,
            "data[*]"
        ),
        (#"{"one": {"id": 1}, "two": {"id": 2, "more": null}, "day": {"key": 3}}"#, "{}"),
        (#"[{"id": 1, "id": 2, "lost": 1}, {"id": 3, "kept": "\"é\\"}]"#, "[*]"),
        ("[]", "[*]"),
    ])
    func theTextIsTheSame(document: String, records: String) throws {
        let bench = try Bench()
        let path = try bench.json(document)
        var columns: [ColumnSpec] = [
            .of(.integer, "id"), .of(.text, "a.b"), .of(.text, "t[0].u"), .of(.text, "gone"),
        ]
        if records == "data[*]" { columns += [.of(.text, "$.day"), .of(.text, "$.a")] }
        let format = try Bench.json(records, columns).format
        let shape = try FileShape.read(path, format)
        let findings = try #require(shape.json)
        #expect(findings.isSmall)
        let plain = try text(path, format)
        #expect(plain.split(separator: "\n").count == shape.records + 1)
        #expect(try text(path, format, known: shape) == plain)
    }

    @Test func linesGiveTheSameTextToo() throws {
        let bench = try Bench()
        let path = try bench.json("{\"id\": 1}\n{\"id\": 2, \"x\": }\n{\"y\": {\"z\": 1}}\n7\n", "f.ndjson")
        let format = try Bench.json(nil, [.of(.integer, "id")]).format
        let plain = try text(path, format)
        #expect(plain.hasPrefix("\"id\",\"y\","))
        #expect(try text(path, format, known: FileShape.read(path, format)) == plain)
    }

    /// Looked through, a broken document gives no text at all; read at once it gives what stands before.
    @Test func itIsNotLookedThroughAgain() throws {
        let bench = try Bench()
        let records = (1...200_000).map { "{\"id\": \($0)}" }.joined(separator: ",")
        let path = try bench.json("[\(records)]")
        let format = try Bench.json("[*]", [.of(.integer, "id")]).format
        let shape = try FileShape.read(path, format)
        var seen = 0
        func read(known: FileShape?) throws {
            seen = 0
            try RawReader(path, format, known: known).forEachBlock { block, _ in
                seen += block.count
                return block.count
            }
        }
        try read(known: shape)
        #expect(seen > 3_000_000)
        // Another file by its content: what was known of the first does not count.
        _ = try bench.json("[\(records)}")
        #expect(throws: PulihError.self) { try read(known: shape) }
        #expect(seen == 0)
        var lying = shape
        lying.identity = try FileIdentity.of(path)
        #expect(throws: PulihError.self) { try read(known: lying) }
        #expect(seen > 1_000_000)
    }
}
