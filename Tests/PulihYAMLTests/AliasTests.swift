import PulihYAML
import Testing

@Suite struct AliasTests {
    @Test func anAliasRepeatsItsAnchor() throws {
        let root = try YAMLDocument.parse("a: &x\n  k: 1\nb: *x\nc: &y word\nd: *y\n")
        #expect(root["b"] == root["a"])
        #expect(root["b"]?.line == 1)
        #expect(root["d"]?.text == "word")
    }

    @Test func aLaterAnchorOfTheSameNameCounts() throws {
        let root = try YAMLDocument.parse("a: &x 1\nb: &x 2\nc: *x\n")
        #expect(root["c"]?.intValue == 2)
    }

    @Test func mergedEntriesGiveWayToWrittenOnes() throws {
        let root = try YAMLDocument.parse(
            """
            base: &base {type: csv, delimiter: ",", header: true}
            before:
              type: json
              <<: *base
            after:
              <<: *base
              type: json
            """)
        #expect(root["before"]?["type"]?.text == "json")
        #expect(root["after"]?["type"]?.text == "json")
        #expect(root["after"]?.pairs?.map(\.name) == ["type", "delimiter", "header"])
        #expect(root["after"]?["delimiter"]?.line == 1)
        #expect(root["before"]?["<<"] == nil)
    }

    @Test func amongMergedOnesTheFirstCounts() throws {
        let root = try YAMLDocument.parse("a: &a {k: 1}\nb: &b {k: 2, l: 3}\nc: {<<: [*a, *b]}\n")
        #expect(root["c"]?["k"]?.intValue == 1)
        #expect(root["c"]?["l"]?.intValue == 3)
    }

    @Test func aWrittenKeyTwiceIsRefusedEvenAfterAMerge() throws {
        #expect(throws: YAMLFailure.self) {
            try YAMLDocument.parse("a: &a {k: 1}\nb:\n  <<: *a\n  k: 2\n  k: 3\n")
        }
    }

    @Test func aQuotedMergeKeyIsAKey() throws {
        #expect(try YAMLDocument.parse("\"<<\": 1\n")["<<"]?.intValue == 1)
    }

    /// Nine lines that would mean a billion values.
    @Test func expansionHasALimit() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let alias = "*a\(level - 1)"
            text += "a\(level): &a\(level) [\(Array(repeating: alias, count: 10).joined(separator: ", "))]\n"
        }
        #expect { try YAMLDocument.parse(text) } throws: {
            "\($0)".hasSuffix("aliases repeat more than \(YAMLDocument.expansionLimit) values")
        }
    }

    @Test func mergesCountForTheLimitToo() throws {
        var text = "a: &a0 {" + (0..<100).map { "k\($0): 0" }.joined(separator: ", ") + "}\n"
        text += "b:\n" + String(repeating: "  - {<<: *a0}\n", count: 1_000)
        #expect(throws: YAMLFailure.self) { try YAMLDocument.parse(text) }
    }
}
