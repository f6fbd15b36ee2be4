import PulihModel
import Testing

/// What manifests, audit lines and corrections are read by.
@Suite struct JSONValueTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue.parse(Array(text.utf8)) }

    @Test func membersAreInOrderAndTheLastOfANameCounts() throws {
        #expect(
            try parse(#" {"b": [1, {}], "a": null, "c": true, "b": [] } "#)
                == .object([
                    JSONMember("a", .null), JSONMember("b", .array([])), JSONMember("c", .bool(true)),
                ]))
    }

    @Test(arguments: [
        ("0", JSONValue.int(0)), ("-12", .int(-12)), ("9223372036854775807", .int(.max)), ("1.0", .int(1)),
        ("1e3", .int(1000)), ("1.5", .double(1.5)), ("-2.5E-3", .double(-0.0025)),
        ("9223372036854775808", .double(9_223_372_036_854_775_808)),
    ])
    func numbersAreWholeWhereTheyCanBe(_ text: String, _ value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test func textsAreTheirCharacters() throws {
        #expect(try parse(#""a\"\\\/\n\u00e9\ud83d\ude00é""#) == .string("a\"\\/\né😀é"))
        #expect(try parse(#"{"\u0061": ""}"#) == .object([JSONMember("a", .string(""))]))
    }

    @Test(arguments: [
        "", "  ", "{", "[1,]", "{\"a\":1,}", "nul", "1 2", "[1] x", "1e999", "\"\\ud800\"", "\"a", "01",
        "{\"a\" 1}", "\"\u{1}\"",
    ])
    func whatIsNoValueIsRefused(_ text: String) {
        #expect(throws: (any Error).self) { try parse(text) }
    }

    @Test func bytesThatAreNoCharacterAreRefused() {
        #expect(throws: (any Error).self) { try JSONValue.parse([0x22, 0xFF, 0x22]) }
    }

    @Test func theDepthHasALimit() throws {
        let deep = { (count: Int) in
            String(repeating: "[", count: count) + String(repeating: "]", count: count)
        }
        #expect(throws: Never.self) { try parse(deep(500)) }
        #expect(throws: (any Error).self) { try parse(deep(600)) }
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let texts = (0..<3_000).map { JSONMember("name \($0)", .string(String(repeating: "é\n", count: $0))) }
        let value = JSONValue.array([.object(texts.sorted { $0.name < $1.name }), .double(0.1), .int(-1)])
        #expect(try parse(value.compact) == value)
        #expect(try parse(value.pretty) == value)
    }
}
