import PulihConfig
import PulihModel
import Testing

@Suite struct JSONTests {
    private func file(_ entries: String, columns: String) throws -> FileSpec {
        let workspace = try Workspace(yaml: Workspace.yaml(file: entries, columns: columns))
        return try #require(try workspace.load().sources.first?.files.first)
    }

    private func layout(_ spec: FileSpec) throws -> JSONLayout {
        guard case .json(let layout) = spec.format.content else {
            throw ConfigurationErrors([.init(at: spec.at, message: "no JSON")])
        }
        return layout
    }

    @Test func aFileOfJSONHasPathsForItsColumns() throws {
        let spec = try file(
            """
            type: json
            json:
              records: "data[1].data[*]"
              nulls: ["-", "…"]
              where: {path: type, equals: [order, "re order"]}
              error_when: {path: status, equals: ERROR, message: error.text}
            """,
            columns: #"""
                id: integer
                address.city: text
                odd name: text
                "[\"a.b\"]": {type: text, name: ab}
                ^.period: text
                "$.meta.unit": {type: text, name: unit}
                """#)
        #expect(spec.format.type == .json)
        #expect(spec.dialect.nulls == ["-", "…"])
        #expect(spec.format.tellsMissing)
        #expect(
            spec.columns.map(\.name) == [
                "id", "address_city", "odd name", "ab", "period", "unit", "dwh_source_place",
            ])
        #expect(spec.columns.last?.isRequired == false)
        let layout = try layout(spec)
        #expect(layout.records == [.member("data"), .index(1), .member("data"), .elements])
        #expect(
            layout.columns.map(\.path) == [
                JSONPath(steps: [.member("id")]), JSONPath(steps: [.member("address"), .member("city")]),
                JSONPath(steps: [.member("odd name")]), JSONPath(steps: [.member("a.b")]),
                JSONPath(base: .around(1), steps: [.member("period")]),
                JSONPath(base: .document, steps: [.member("meta"), .member("unit")]),
            ])
        #expect(layout.condition?.values == ["order", "re order"])
        #expect(layout.failure?.path == JSONPath(base: .document, steps: [.member("status")]))
        #expect(layout.failure?.values == ["ERROR"])
        #expect(
            spec.skips == [
                SkipRule(
                    reason: "type is not order or re order", column: "dwh_source_place",
                    matches: #"(?s).* \(left out\)"#)
            ])
        #expect(
            spec.readingText.hasSuffix(
                #""layout":{"records":"$.data[1].data[*]","where":{"path":"type","equals":["order","re order"]},"error_when":{"path":"$.status","equals":["ERROR"],"message":"$.error.text"}}}"#
            ))
    }

    @Test func whatIsNotSaidHasADefault() throws {
        let json = try file("type: json", columns: "id: integer")
        #expect(try layout(json).records == [.elements])
        #expect(json.dialect.nulls == [])
        let lines = try file("type: ndjson", columns: "id: integer")
        #expect(lines.format.type == .ndjson)
        #expect(try layout(lines).records == [])
        #expect(try layout(try file("type: json\njson: {records: $}", columns: "id: integer")).records == [])
        let map = try file("type: json\njson: {records: \"a.*{}\"}", columns: "key: text")
        #expect(try layout(map).records == [.member("a"), .members, .members])
        #expect(map.skips.isEmpty)
    }

    @Test func theCatalogKnowsTheLayout() throws {
        let one = try file("type: json\njson: {records: \"a[*]\"}", columns: "id: integer")
        let other = try file("type: json\njson: {records: \"b[*]\"}", columns: "id: integer")
        #expect(one.format.json != other.format.json)
        #expect(one.readingText != other.readingText)
        let csv = try file("", columns: "id: integer")
        #expect(csv.format.json == csv.dialect.json)
    }

    @Test(arguments: [
        (
            "records: \"data[\"", "id",
            "'data[' is no path to the records: a '[' is not closed"
        ),
        ("records: \"data[x]\"", "id", #"'[x]' is neither [*] nor [NUMBER] nor ["name"]"#),
        ("records: \"a..b\"", "id", "a name is missing behind a '.'"),
        ("records: \"a{\"", "id", "'{' wants '}' behind it"),
        ("records: \"^.a\"", "id", "it begins at the document"),
        ("records: \"a[0]b\"", "id", "a '.' is missing before 'b'"),
        (
            "records: \"a[*]\"", "b[*]",
            "'b[*]' of column b[*] is no path: b[*] has [*], which is for the path to the records"
        ),
        ("records: \"a[*]\"", "^^.b", "there are only 1 objects around a record"),
        ("records: \"a.b[*]\"", "$.a", "$.a holds the records themselves"),
        ("records: \"a[*]\"", "$.a[0].b", "$.a[0].b is among the records"),
        ("records: \"a[*]\"", "$", "$ holds the records themselves"),
        (
            "records: \"a[*]\"\n  where: {path: type}", "id", "where has no 'equals'"
        ),
        ("records: \"a[*]\"\n  error_when: {equals: ERROR}", "id", "error_when has no 'path'"),
        ("record: \"a[*]\"", "id", "unknown key 'record' (did you mean 'records'?)"),
    ])
    func whatIsWrongIsNamed(section: String, column: String, problem: String) throws {
        let yaml = Workspace.yaml(file: "type: json\njson:\n  \(section)", columns: "\"\(column)\": text")
        let problems = try Workspace(yaml: yaml).problems()
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains(problem) == true, "\(problems)")
    }

    @Test func aPartOfAnotherColumnAroundTheRecordsIsRefused() throws {
        let yaml = Workspace.yaml(
            file: "type: json\njson: {records: \"a[*]\"}", columns: "$.meta: json\n$.meta.unit: text")
        #expect(
            try Workspace(yaml: yaml).problems() == [
                "pulih.yml:15: '$.meta.unit' is a part of '$.meta', which is not in the records"
            ])
    }
}
