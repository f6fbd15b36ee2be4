import PulihJSON
import Testing

@Suite struct JSONInputTests {
    /// Reads so many bytes at a time.
    private func input(_ text: String, by size: Int = 7, longest: Int = 1 << 20) throws -> JSONInput {
        try input(Array(text.utf8), by: size, longest: longest)
    }

    private func input(_ bytes: [UInt8], by size: Int = 7, longest: Int = 1 << 20) throws -> JSONInput {
        var rest = bytes[...]
        return try JSONInput(longest: longest) { block in
            let count = min(size, block.count, rest.count)
            for (index, byte) in rest.prefix(count).enumerated() { block[index] = byte }
            rest = rest.dropFirst(count)
            return count
        }
    }

    /// What is wrong with a document; nil: nothing.
    private func problem(_ text: String, by size: Int = 7) -> String? {
        do {
            let input = try input(text, by: size)
            try input.skipValue()
            if try input.peek() != nil { return "\(input.failure(.syntax, "something follows"))" }
            return nil
        } catch let failure as JSONFailure {
            return failure.description
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [1, 2, 7, 1000])
    func documentsOfTheGrammarAreTaken(size: Int) {
        for text in [
            "{}", "[]", " [ ] ", "\"\"", "0", "-0", "1e5", "1E+400", "-12.50e-3", "true", "false", "null",
            "[1,[2,[3,{\"a\":{}}]],\"x\\\\\\\"\\u00e9\"]", "{\"a\":1,\"b\":[{}],\"\":null}", "\u{FEFF}[1]",
            "[\"€ 😀\"]",
        ] {
            #expect(problem(text, by: size) == nil, "\(text)")
        }
    }

    @Test(arguments: [1, 3, 1000])
    func whatIsWrongIsNamedWithItsPlace(size: Int) {
        for (text, wanted) in [
            ("", "line 1, column 1 (byte 0): the text ends where a value is expected"),
            ("[1,\n 2\n 3]", "line 3, column 2 (byte 8): a comma or ] is expected, not '3'"),
            ("[1,]", "line 1, column 4 (byte 3): a value is expected, not ']'"),
            ("{\"a\" 1}", "line 1, column 6 (byte 5): a colon is expected, not '1'"),
            ("{a:1}", "line 1, column 2 (byte 1): the name of a member in quotes is expected, not 'a'"),
            ("{\"a\":1,}", "line 1, column 8 (byte 7): the name of a member in quotes is expected, not '}'"),
            ("[\"abc", "line 1, column 6 (byte 5): the text ends inside a quoted text"),
            ("[{\"a\":[1,2]", "line 1, column 12 (byte 11): the text ends where a comma or } is expected"),
            ("[01]", "line 1, column 3 (byte 2): a number begins with 0"),
            ("[1.]", "line 1, column 4 (byte 3): a digit is expected, not ']'"),
            ("[+1]", "line 1, column 2 (byte 1): a value is expected, not '+'"),
            ("[truE]", "line 1, column 5 (byte 4): the word true is expected, not 'E'"),
            ("[NaN]", "line 1, column 2 (byte 1): a value is expected, not 'N'"),
            ("[12x]", "line 1, column 4 (byte 3): the end of the value is expected, not 'x'"),
            ("[\"\\x\"]", "line 1, column 4 (byte 3): an escape that JSON knows is expected, not 'x'"),
            ("[\"\\u12g4\"]", "line 1, column 7 (byte 6): a hexadecimal digit is expected, not 'g'"),
            (
                "[\"a\tb\"]",
                "line 1, column 4 (byte 3): a quoted text holds the control character 0x9, which JSON wants escaped"
            ),
            (
                "[\"a\0b\"]",
                "line 1, column 4 (byte 3): a quoted text holds the control character 0x0, which JSON wants escaped"
            ),
            ("[\0]", "line 1, column 2 (byte 1): a value is expected, not a byte 0"),
            ("{} x", "line 1, column 4 (byte 3): something follows"),
        ] {
            #expect(problem(text, by: size) == wanted, "\(text)")
        }
    }

    @Test func nestingHasALimit() {
        let deepest = JSONInput.deepest
        let nested = { (count: Int) in
            String(repeating: "[", count: count) + String(repeating: "]", count: count)
        }
        #expect(problem(nested(deepest)) == nil)
        #expect(problem(nested(deepest + 1))?.contains("nested deeper than \(deepest) brackets") == true)
        #expect(problem(String(repeating: "[", count: 1_000_000))?.contains("nested deeper") == true)
    }

    @Test func otherEncodingsAreNamed() throws {
        for mark: [UInt8] in [[0xFF, 0xFE], [0xFE, 0xFF]] {
            let failure = #expect(throws: JSONFailure.self) { _ = try input(mark + [0, 0x5B]) }
            #expect(failure?.message == "it is UTF-16, and JSON is UTF-8")
        }
    }

    @Test(arguments: [1, 5, 1000])
    func valuesStandAsTheyAreWritten(size: Int) throws {
        let input = try input("[ {\"long name\" : [ 1 , \"a b\" ]} , 3.17E+15 ]", by: size)
        #expect(try input.enter(UInt8(ascii: "]")))
        input.anchor()
        let slice = try input.slice()
        #expect(slice.kind == .object)
        var text: [UInt8] = []
        JSONText.compact(input.bytes(slice), into: &text)
        #expect(String(decoding: text, as: UTF8.self) == "{\"long name\":[1,\"a b\"]}")
        #expect(try input.another(UInt8(ascii: "]")))
        input.release()
        input.anchor()
        let number = try input.slice()
        #expect(String(decoding: input.bytes(number), as: UTF8.self) == "3.17E+15")
        #expect(try !input.another(UInt8(ascii: "]")))
        #expect(try input.peek() == nil)
    }

    @Test(arguments: [
        (#"a\"b\\\/\b\f\n\r\t"#, "a\"b\\/\u{8}\u{c}\n\r\t"), (#"\u00e9\u20AC"#, "é€"),
        (#"\ud83d\ude00!"#, "😀!"),
    ])
    func escapesAreResolved(escaped: String, wanted: String) {
        #expect(String(validating: unescaped(escaped), as: UTF8.self) == wanted)
    }

    @Test func loneSurrogatesAreNoCharacters() {
        for escaped in [#"\ud83d"#, #"\ude00"#, #"\ud83dx"#, #"\ud83dA"#, #"\ud83d\ud83d"#] {
            #expect(String(validating: unescaped(escaped), as: UTF8.self) == nil, "\(escaped)")
        }
    }

    private func unescaped(_ text: String) -> [UInt8] {
        var out: [UInt8] = []
        Array(text.utf8).withUnsafeBufferPointer { JSONText.unescape($0, into: &out) }
        return out
    }

    @Test func whatIsKeptHasALimitAndWhatIsSkippedHasNone() throws {
        let text = "[\"" + String(repeating: "x", count: 10_000) + "\"]"
        let skipping = try input(text, by: 100, longest: 1000)
        try skipping.skipValue()
        #expect(try skipping.peek() == nil)
        let keeping = try input(text, by: 100, longest: 1000)
        keeping.anchor()
        let failure = #expect(throws: JSONFailure.self) { _ = try keeping.slice() }
        #expect(failure?.kind == .tooLong)
        #expect(failure?.offset == 0)
    }

    @Test(arguments: [1, 4, 1000])
    func linesComeOneByOne(size: Int) throws {
        let input = try input("\u{FEFF}1\n\n  \r\n[2,\n3]\n\"last\"", by: size)
        var found: [String] = []
        while let line = try input.nextLine() {
            do {
                try input.skipValue()
                found.append("\(line)")
            } catch let failure as JSONFailure {
                found.append(
                    "\(line): \(failure.message) \(String(decoding: input.lineBytes(9), as: UTF8.self))")
            }
        }
        #expect(
            found == [
                "1", "4: the text ends where a value is expected [2,", "5", "6",
            ])
    }

    @Test func aLineThatIsTooLongIsPassedBy() throws {
        let input = try input("1\n" + String(repeating: "x", count: 5000) + "\n3\n", by: 50, longest: 100)
        #expect(try input.nextLine() == 1)
        let failure = #expect(throws: JSONFailure.self) { _ = try input.nextLine() }
        #expect(failure?.kind == .tooLong)
        #expect(input.lineBytes(3) == Array("xxx".utf8))
        #expect(try input.skipLine() == 2)
        #expect(try input.nextLine() == 3)
    }
}
