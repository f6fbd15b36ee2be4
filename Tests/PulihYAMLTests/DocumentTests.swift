import PulihYAML
import Testing

@Suite struct DocumentTests {
    @Test func readsATreeInSourceOrderWithPlaces() throws {
        let root = try YAMLDocument.parse(
            """
            # a comment
            zeta: 1
            alpha:
              - x
              - "quoted"
              - {inner: [a, b]}
            """)
        #expect(root.pairs?.map(\.name) == ["zeta", "alpha"])
        let list = try #require(root["alpha"]?.elements)
        #expect(list.map(\.line) == [4, 5, 6])
        #expect(list.map(\.column) == [5, 5, 5])
        #expect(list[0].content == .scalar("x", plain: true))
        #expect(list[1].content == .scalar("quoted", plain: false))
        #expect(list[2]["inner"]?.elements?.map(\.text) == ["a", "b"])
        #expect(root["none"] == nil)
        #expect(list[0]["none"] == nil)
        #expect(root.pairs?.first?.key.line == 2)
    }

    @Test func countsColumnsInCharacters() throws {
        let root = try YAMLDocument.parse("größe: {ü: é, z: 1}")
        #expect(root["größe"]?["z"]?.column == 18)
    }

    @Test(arguments: ["", "# only a comment\n", "---\n", "~", "\u{FEFF}", "\n\n  \n", "---\n...\n"])
    func anEmptyDocumentIsAnEmptyMapping(text: String) throws {
        #expect(try YAMLDocument.parse(text).pairs == [])
    }

    @Test func readsBlockText() throws {
        let root = try YAMLDocument.parse("a: |\n  one\n  two\nb: >\n  one\n  two\n")
        #expect(root["a"]?.text == "one\ntwo\n")
        #expect(root["b"]?.text == "one two\n")
        #expect(root["a"]?.content == .scalar("one\ntwo\n", plain: false))
    }

    @Test func readsAByteOrderMarkAndWindowsLineEnds() throws {
        let root = try YAMLDocument.parse("\u{FEFF}a: 1\r\nb: 2\r\n")
        #expect(root["a"]?.intValue == 1)
        #expect(root["b"]?.line == 2)
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "the key a stands here again; it is already in line 1"),
        ("a: 1\n\"a\": 3\n", 2, 1, "the key a stands here again; it is already in line 1"),
        ("x: {k: 1, k: 2}\n", 1, 11, "the key k stands here again; it is already in line 1"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document begins here; only one is allowed"),
        ("a: 1\n? [x, y]\n: 2\n", 2, 3, "a key must be a single word or text, not a list"),
        ("a: *b\n", 1, 4, "the alias *b refers to no anchor &b above it"),
        ("a: &b [1, *b]\n", 1, 11, "the alias *b stands inside what it refers to"),
        ("a: !!binary aGk=\n", 1, 4, "the tag !!binary is not supported here; leave it out"),
        ("a: !secret x\n", 1, 4, "the tag !secret is not supported here; leave it out"),
        ("a: !!seq {}\n", 1, 4, "the tag !!seq is not supported here; leave it out"),
        ("a: 1\n<<: 2\n", 2, 1, "<< takes a mapping or a list of mappings, not a number"),
        ("b: &b {}\n<<: *b\n<<: *b\n", 3, 1, "the key << stands here again; it is already in line 2"),
        (
            "a: [1, 2\nb: 3\n", 2, 2,
            "did not find expected ',' or ']' while parsing a flow sequence that begins in line 1"
        ),
        (
            "a:\n\tb: 1\n", 2, 1,
            "found character that cannot start any token while scanning for the next token; this is a tab, "
                + "indent with spaces"
        ),
        ("a: 1\n b: 2\n", 2, 3, "mapping values are not allowed in this context"),
        (
            "a: \"x\n", 2, 1,
            "found unexpected end of stream while scanning a quoted scalar that begins in line 1"
        ),
        ("a: 1\nü: x\u{7}y\n", 2, 5, "control characters are not allowed"),
        ("a: @x\n", 1, 4, "found character that cannot start any token while scanning for the next token"),
    ])
    func refusesWithAPlace(text: String, line: Int, column: Int, problem: String) {
        #expect(throws: YAMLFailure(line: line, column: column, problem: problem)) {
            try YAMLDocument.parse(text)
        }
    }

    @Test func aFailureReadsWell() {
        let failure = YAMLFailure(line: 3, column: 7, problem: "did not find expected key")
        #expect("\(failure)" == "line 3, column 7: did not find expected key")
    }

    @Test func nestingHasALimit() throws {
        let limit = YAMLDocument.depthLimit
        let allowed = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
        #expect(try YAMLDocument.parse(allowed).elements != nil)
        let deep = String(repeating: "[", count: 50_000)
        #expect { try YAMLDocument.parse(deep) } throws: {
            "\($0)" == "line 1, column \(limit + 2): nested deeper than \(limit) levels"
        }
    }
}
