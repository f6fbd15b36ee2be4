import PulihYAML
import Testing

@Suite struct ScalarTests {
    private func scalar(_ text: String) throws -> YAMLScalar? {
        try YAMLDocument.parse("k: \(text)")["k"]?.scalar
    }

    @Test(arguments: [
        ("", YAMLScalar.null), ("~", .null), ("null", .null), ("NULL", .null), ("nUll", .text("nUll")),
        ("true", .bool(true)), ("False", .bool(false)), ("tRue", .text("tRue")),
        ("yes", .text("yes")), ("no", .text("no")), ("NO", .text("NO")), ("on", .text("on")),
        ("y", .text("y")),
        ("0", .int(0)), ("-12", .int(-12)), ("+7", .int(7)), ("0x1F", .int(31)), ("0o17", .int(15)),
        ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
        ("007", .text("007")), ("-01", .text("-01")), ("00", .text("00")), ("0x", .text("0x")),
        ("0x-1", .text("0x-1")), ("1_000", .text("1_000")), ("--1", .text("--1")), ("٣", .text("٣")),
        ("1.5", .double(1.5)), ("-.5", .double(-0.5)), ("1.", .double(1)), ("0.1", .double(0.1)),
        ("1e3", .double(1_000)), ("2.5E-2", .double(0.025)), (".inf", .double(.infinity)),
        ("-.Inf", .double(-.infinity)), ("00.5", .text("00.5")), ("1e", .text("1e")), (".", .text(".")),
        ("1.2.3", .text("1.2.3")), ("inf", .text("inf")), ("nan", .text("nan")), ("1e999", .text("1e999")),
        ("2026-03-01", .text("2026-03-01")), ("12:30", .text("12:30")),
        ("\"\"", .text("")), ("'1'", .text("1")), ("\"true\"", .text("true")),
        ("!!str 12", .text("12")), ("! 12", .text("12")), ("!!int \"12\"", .int(12)),
    ])
    func means(text: String, meaning: YAMLScalar) throws {
        #expect(try scalar(text) == meaning)
    }

    @Test func notANumberIsADouble() throws {
        #expect(try YAMLDocument.parse("k: .nan")["k"]?.doubleValue?.isNaN == true)
    }

    /// Beyond 64 bits a number is still a number, but no integer.
    @Test func hugeIntegersAreNoIntegers() throws {
        let node = try #require(try YAMLDocument.parse("k: 9223372036854775808")["k"])
        #expect(node.intValue == nil)
        #expect(node.doubleValue == 9_223_372_036_854_775_808)
        #expect(node.text == "9223372036854775808")
    }

    @Test func accessorsGiveOneKindOnly() throws {
        let root = try YAMLDocument.parse("{i: 3, d: 1.5, b: true, n: , t: word, l: [], m: {}}")
        #expect(root["i"]?.intValue == 3)
        #expect(root["i"]?.doubleValue == 3)
        #expect(root["i"]?.boolValue == nil)
        #expect(root["i"]?.text == "3")
        #expect(root["d"]?.intValue == nil)
        #expect(root["b"]?.boolValue == true)
        #expect(root["n"]?.isNull == true)
        #expect(root["t"]?.isNull == false)
        #expect(root["l"]?.scalar == nil)
        #expect(root["m"]?.text == nil)
        let kinds = root.pairs?.map(\.value.kindName)
        #expect(kinds == ["a number", "a number", "true or false", "empty", "text", "a list", "a mapping"])
    }
}
