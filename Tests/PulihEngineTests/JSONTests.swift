import Foundation
import PulihModel
import PulihSystem
import Testing

@testable import PulihEngine

@Suite struct JSONTests {
    // MARK: records and columns

    @Test func recordsLieAtTheEndOfAPath() async throws {
        let bench = try Bench()
        let path = try bench.json(
            #"""
            {"meta": {"unit": "kg"}, "data": [{"page": 1}, {"period": "2024", "data": [
              {"id": 1, "name": "Ann", "address": {"city": "Bogor", "zip": [1, {"a": "x y"}]}, "tags": ["p", "q"]},
              {"name": "Ben, \"B\"", "id": 2, "address": null, "tags": []}
            ], "total": 2}]}
            """#)
        let spec = try Bench.json(
            "data[1].data[*]",
            [
                .of(.integer, "id"), .of(.text, "name"), .of(.text, "address.city"),
                .of(.json, "address.zip"),
                .of(.text, "tags"), .of(.text, "tags[1]"), .of(.text, "^.period"), .of(.integer, "^.total"),
                .of(.text, "$.meta.unit"), .of(.integer, "$.data[0].page"),
            ])
        #expect(
            try await bench.outcome(path, spec) == [
                #"1: 1|Ann|Bogor|[1,{"a":"x y"}]|["p","q"]|q|2024|2|kg|1|$.data[1].data[0]"#,
                #"2: 2|Ben, "B"|NULL|NULL|[]|NULL|2024|2|kg|1|$.data[1].data[1]"#,
            ])
    }

    @Test func missingNullAndEmptyAreToldApart() async throws {
        let bench = try Bench()
        let path = try bench.json(
            #"[{"a": "", "b": 1}, {"a": null, "b": null}, {"b": ""}, {"a": "-", "b": "…"}]"#)
        let spec = try Bench.json("[*]", [.of(.text, "a"), .of(.integer, "b")], nulls: ["-", "…"])
        #expect(
            try await bench.outcome(path, spec) == [
                "1: |1|$[0]", "2: NULL|NULL|$[1]", "4: NULL|NULL|$[3]", "3 $[2] type b: '' is no integer",
            ])
        let emptyToo = try Bench.json("[*]", [.of(.text, "a"), .of(.integer, "b")], nulls: ["", "-", "…"])
        #expect(
            try await bench.outcome(path, emptyToo) == [
                "1: NULL|1|$[0]", "2: NULL|NULL|$[1]", "3: NULL|NULL|$[2]", "4: NULL|NULL|$[3]",
            ])
    }

    @Test func numbersStayAsTheyAreWritten() async throws {
        let bench = try Bench()
        let path = try bench.json(
            #"[{"a": 12345678901234567890123456789.123, "b": 1.10, "c": 9007199254740993, "d": true}, {"a": 3.17E+15, "b": 0.1, "c": 1.0, "d": "ya"}]"#
        )
        let spec = try Bench.json(
            "[*]",
            [
                .of(.decimal(precision: 38, scale: 3), "a"), .of(.text, "b"), .of(.bigint, "c"),
                .of(.boolean, "d"),
            ])
        #expect(
            try await bench.outcome(path, spec) == [
                "1: 12345678901234567890123456789.123|1.10|9007199254740993|true|$[0]",
                "2 $[1] type a: '3.17E+15' is written in scientific notation; a decimal needs all its digits",
                "2 $[1] type d: 'ya' is none of true, false",
            ])
    }

    @Test func indonesianNumbersAndMissingMarks() async throws {
        let bench = try Bench()
        let path = try bench.json(
            #"[{"n": "1.234,5"}, {"n": "12.345.678"}, {"n": "…"}, {"n": "–"}, {"n": "-"}, {"n": null}, {}, {"n": "0"}, {"n": "1.23"}]"#
        )
        var column = ColumnSpec.of(.decimal(precision: 12, scale: 2), "n")
        column.decimalMark = ","
        column.thousandsMark = "."
        let spec = try Bench.json("[*]", [column], nulls: ["…", "–", "-"])
        #expect(
            try await bench.outcome(path, spec) == [
                "1: 1234.50|$[0]", "2: 12345678.00|$[1]", "3: NULL|$[2]", "4: NULL|$[3]", "5: NULL|$[4]",
                "6: NULL|$[5]", "7: NULL|$[6]", "8: 0.00|$[7]",
                "9 $[8] type n: '1.23' has groups of digits that . does not separate in threes",
            ])
    }

    @Test func aMapBecomesRows() async throws {
        let bench = try Bench()
        let path = try bench.json(
            #"{"period": "2024", "variables": {"births": 12, "deaths": null, "odd name": "x", "a\"b": {"value": 7, "note": "n"}}}"#
        )
        let spec = try Bench.json(
            "variables{}",
            [.of(.text, "key"), .of(.text, "value"), .of(.text, "note"), .of(.text, "^^.period")])
        #expect(
            try await bench.outcome(path, spec) == [
                "1: births|12|NULL|2024|$.variables.births", "2: deaths|NULL|NULL|2024|$.variables.deaths",
                "3: odd name|x|NULL|2024|$.variables.odd name",
                #"4: a"b|7|n|2024|$.variables.a"b"#,
            ])
        let nested = try bench.json(
            #"{"jawa": {"2023": {"b": 1}, "2024": {"b": 2, "d": 3}}, "bali": {"2024": {"b": 4}}}"#)
        let three = try Bench.json(
            "{}{}{}",
            [.of(.text, "^^.key"), .of(.integer, "^.key"), .of(.text, "key"), .of(.integer, "value")])
        #expect(
            try await bench.outcome(nested, three) == [
                "1: jawa|2023|b|1|$.jawa.2023.b", "2: jawa|2024|b|2|$.jawa.2024.b",
                "3: jawa|2024|d|3|$.jawa.2024.d", "4: bali|2024|b|4|$.bali.2024.b",
            ])
    }

    @Test func recordsOfOtherTypesAreCounted() async throws {
        let bench = try Bench()
        let path = try bench.json(
            #"[{"type": "order", "id": 1}, {"type": "refund", "reason": "r"}, {"type": "order", "id": 2}, {"id": 3}]"#
        )
        let orders = try Bench.json(
            "[*]", [.of(.integer, "id"), .of(.text, "type")], only: ("type", ["order"]))
        #expect(
            try await bench.outcome(path, orders) == [
                "1: 1|order|$[0]", "3: 2|order|$[2]", "2 skipped: type is not order",
            ])
        #expect(try await bench.convert(path, orders).received == ["id", "type", "dwh_source_place"])
        let refunds = try Bench.json("[*]", [.of(.text, "reason")], only: ("type", ["refund"]))
        #expect(
            try await bench.outcome(path, refunds) == ["2: r|$[1]", "3 skipped: type is not refund"])
    }

    @Test func headersListWhatIsThere() async throws {
        let bench = try Bench()
        let spec = try Bench.json("[*]", [.of(.integer, "id"), .of(.text, "a.b"), .of(.text, "gone")])
        let path = try bench.json(
            #"[{"id": 1, "new": 2, "a": {"c": 1}}, {"x y": {"deep": 1}, "a": {"b": 1, "c.d": 2}}]"#)
        #expect(
            try await bench.engine.survey(path: path, format: spec.format).header == [
                "id", "a.b", "new", "a.c", "x y", #"a["c.d"]"#, "dwh_source_place",
            ])
        let none = try bench.json("[]", "none.json")
        let survey = try await bench.engine.survey(path: none, format: spec.format)
        #expect(survey.header == ["id", "a.b", "gone", "dwh_source_place"])
        #expect(survey.records == 0)
        let empty = try bench.json("", "empty.json")
        #expect(try await bench.engine.survey(path: empty, format: spec.format).isEmpty)
    }

    @Test func aMapThatNobodyUnpivotsIsNamed() async throws {
        let bench = try Bench()
        let members = (0...2000).map { "\"m\($0)\": 1" }.joined(separator: ",")
        let path = try bench.json("[{\(members)}]")
        let message = try await bench.refusal(path, Bench.json("[*]", [.of(.text, "key")]))
        #expect(
            message.contains("more than 2000 different members; '{}' in the path to the records makes rows"))
    }

    // MARK: what is wrong

    @Test func aDamagedDocumentIsRefusedAsAWhole() async throws {
        let bench = try Bench()
        let spec = try Bench.json("data[*]", [.of(.integer, "id")])
        for (text, wanted) in [
            (
                "{\"data\": [\n{\"id\": 1},\n{\"id\": 2 \"x\": 3}]}",
                "f.json, line 3, column 10 (byte 31): a comma or } is expected, not '\"'"
            ),
            (
                "{\"data\": [{\"id\": 1}",
                "f.json, line 1, column 20 (byte 19): the text ends where a comma or ] is expected"
            ),
            (
                "{\"data\": [{\"id\": 1}]} trailing",
                "f.json, line 1, column 23 (byte 22): something follows the end of the document; 'type: ndjson' reads a document a line"
            ),
            ("<html>", "f.json, line 1, column 1 (byte 0): a value is expected, not '<'"),
            ("{\"dat\": []}", "f.json, line 1, column 12 (byte 11): there is nothing at $.data[*]"),
            ("{\"data\": {}}", "f.json, line 1, column 13 (byte 12): $.data is an object, not an array"),
            ("{\"data\": null}", "f.json, line 1, column 15 (byte 14): $.data is null, not an array"),
            (
                "{\"data\": [], \"data\": []}",
                "f.json, line 1, column 21 (byte 20): $.data: the member 'data' stands twice"
            ),
        ] {
            #expect(try await bench.refusal(bench.json(text), spec) == wanted, "\(text)")
        }
    }

    @Test func aRecordOfAnotherShapeIsQuarantined() async throws {
        let bench = try Bench()
        let path = try bench.json(
            #"[{"id": 1, "a": {"b": 1}}, 7, null, [1], {"id": 2, "id": 3}, {"id": 4, "a": "text"}, {"id": 5, "a": null}]"#
        )
        let spec = try Bench.json("[*]", [.of(.integer, "id"), .of(.integer, "a.b")])
        #expect(
            try await bench.outcome(path, spec) == [
                "1: 1|1|$[0]", "7: 5|NULL|$[6]",
                "2 record 2 structure : $[1]: the record is a number, not an object",
                "3 record 3 structure : $[2]: the record is null, not an object",
                "4 record 4 structure : $[3]: the record is an array, not an object",
                "5 record 5 structure : $[4]: the member 'id' stands twice",
                "6 record 6 structure : $[5]: 'a' is a text, not an object",
            ])
        #expect(try await bench.quarantined(path, spec).map(\.rawText).last == #"{"id": 4, "a": "text"}"#)
    }

    @Test func textsThatNoColumnTakesAreQuarantined() async throws {
        let bench = try Bench()
        let path = try bench.write(
            Array(#"[{"a": "\ud83d\ude00"}, {"a": "\ud83d"}, {"a": "x\u0000y"}, {"a": ""#.utf8) + [0xFF]
                + Array(#""}, {"a": "ok"}]"#.utf8), "f.json")
        let spec = try Bench.json("[*]", [.of(.text, "a")])
        let found = try await bench.outcome(path, spec)
        #expect(found.prefix(2) == ["1: 😀|$[0]", "5: ok|$[4]"])
        #expect(
            found.dropFirst(2) == [
                "2 $[1] encoding a: there are bytes that mean nothing in utf-8",
                "3 $[2] character a: character 2 is U+0000, which a text column cannot hold",
                "4 $[3] encoding a: there are bytes that mean nothing in utf-8",
            ])
    }

    @Test func aBodyThatTellsOfAnErrorIsRefused() async throws {
        let bench = try Bench()
        let spec = try Bench.json("data[*]", [.of(.integer, "id")], error: ("status", ["ERROR", "Error"]))
        let path = try bench.json(#"{"data": null, "status": "ERROR", "message": "the key is \"wrong\""}"#)
        #expect(
            try await bench.refusal(path, spec)
                == #"f.json: the document tells of an error: $.status is ERROR: the key is "wrong""#)
        #expect(try await bench.refusal(bench.json(#"{"status": "OK", "data": []}"#), spec) == "taken")
        let any = try Bench.json("$", [.of(.integer, "id")], error: ("error", nil))
        #expect(
            try await bench.refusal(bench.json(#"{"error": {"code": 3}}"#), any)
                == #"f.json: the document tells of an error: $.error is {"code":3}"#)
        #expect(try await bench.refusal(bench.json(#"{"error": null, "id": 1}"#), any) == "taken")
        let lines = try Bench.json(nil, [.of(.integer, "id")], error: ("status", ["ERROR"]))
        #expect(
            try await bench.refusal(
                bench.json("{\"id\": 1}\n{\"status\": \"ERROR\", \"message\": \"cut off\"}\n"), lines)
                == "f.json: the document tells of an error: $.status is ERROR: cut off")
    }

    @Test func aValueAroundRecordsOfAListMustStandBeforeThem() async throws {
        let bench = try Bench()
        let spec = try Bench.json(
            "orders[*].lines[*]", [.of(.integer, "sku"), .of(.integer, "^.id"), .of(.text, "$.day")])
        let path = try bench.json(
            #"{"orders": [{"id": 1, "lines": [{"sku": 7}, {"sku": 8}]}, {"lines": [{"sku": 9}]}, {"id": 3, "lines": null}, {"lines": [], "id": 4}], "day": "d"}"#
        )
        #expect(
            try await bench.outcome(path, spec) == [
                "1: 7|1|d|$.orders[0].lines[0]", "2: 8|1|d|$.orders[0].lines[1]",
                "3: 9|NULL|d|$.orders[1].lines[0]",
            ])
        let late = try bench.json(#"{"orders": [{"lines": [{"sku": 7}], "id": 1}]}"#)
        #expect(
            try await bench.refusal(late, spec).hasSuffix(
                "$.orders[0].id stands behind the records that it belongs to; such a value has to stand before them"
            ))
    }

    // MARK: lines

    /// A line is read once, so what stands behind quarantines it.
    @Test func aValueBehindTheRecordsOfALine() async throws {
        let bench = try Bench()
        var spec = try Bench.json(
            "orders[*].lines[*]", [.of(.integer, "sku"), .of(.integer, "^.id"), .of(.text, "$.day")])
        guard case .json(var layout) = spec.format.content else { return }
        layout.isLines = true
        spec.format.content = .json(layout)
        let path = try bench.json(
            #"""
            {"orders": [{"id": 1, "lines": [{"sku": 7}]}], "day": "mon"}
            {"orders": [{"lines": [{"sku": 8}], "id": 2}]}
            {"day": "tue", "orders": [{"id": 3, "lines": [{"sku": 9}]}]}
            """#)
        let behind = "stands behind the records that it belongs to; such a value has to stand before them"
        #expect(
            try await bench.outcome(path, spec) == [
                "3: 9|3|tue|line 3 $.orders[0].lines[0]",
                "1 line 1 structure : line 1 $.day \(behind)",
                "2 line 2 structure : line 2 $.orders[0].id \(behind)",
            ])
    }

    @Test func aBrokenLineIsQuarantinedAlone() async throws {
        let bench = try Bench()
        let text = """
            {"id": 1, "a": {"b": "x\\ny"}}

            {"id": 2, "a": {"b": "y"
            {"id": 3}\r
            7
            {"id": "three"}
            {"id": 4} {"id": 5}
            nothing "at, all"
            {"id": 6}
            """
        let path = try bench.json(text, "f.ndjson")
        let spec = try Bench.json(nil, [.of(.integer, "id"), .of(.text, "a.b")])
        #expect(
            try await bench.outcome(path, spec) == [
                "1: 1|x\ny|line 1", "3: 3|NULL|line 4", "8: 6|NULL|line 9",
                "2 line 3 structure : column 25: the text ends where a comma or } is expected",
                "4 line 5 structure : the record is a number, not an object",
                "5 line 6 type id: 'three' is no integer",
                "6 line 7 structure : column 11: something follows the end of the value",
                "7 line 8 structure : column 2: the word null is expected, not 'o'",
            ])
        let found = try await bench.quarantined(path, spec)
        #expect(
            found.map(\.rawText) == [
                #"{"id": 2, "a": {"b": "y""#, "7", #""three",,"line 6""#, #"{"id": 4} {"id": 5}"#,
                #"nothing "at, all""#,
            ])
        #expect(found.map(\.line) == [3, 5, 6, 7, 8])
    }

    @Test func aLineMayHoldRecords() async throws {
        let bench = try Bench()
        var spec = try Bench.json("rows[*]", [.of(.integer, "id"), .of(.text, "$.day")])
        guard case .json(var layout) = spec.format.content else { return }
        layout.isLines = true
        spec.format.content = .json(layout)
        let path = try bench.json(
            #"""
            {"day": "mon", "rows": [{"id": 1}, {"id": 2}]}
            {"rows": [{"id": 3}, {"id": 4]}
            {"rows": []}
            {"rows": [{"id": 5}]}
            """#)
        #expect(
            try await bench.outcome(path, spec) == [
                "1: 1|mon|line 1 $.rows[0]", "2: 2|mon|line 1 $.rows[1]", "4: 5|NULL|line 4 $.rows[0]",
                "3 line 2 structure : column 30: a comma or } is expected, not ']'",
            ])
    }

    @Test func aLineBeyondTheLimitIsQuarantined() async throws {
        let bench = try Bench()
        let long = String(repeating: "x", count: JSONRecords.longestRecord)
        let path = try bench.json("{\"id\": 1}\n{\"id\": \"\(long)\"}\n{\"id\": 2}\n")
        let spec = try Bench.json(nil, [.of(.integer, "id")])
        #expect(
            try await bench.outcome(path, spec) == [
                "1: 1|line 1", "3: 2|line 3",
                "2 line 2 structure : the line has more than \(JSONRecords.longestRecord) bytes",
            ])
        let document = try bench.json("[{\"id\": 1}, {\"id\": \"\(long)\"}]")
        #expect(
            try await bench.refusal(document, Bench.json("[*]", [.of(.integer, "id")]))
                == "f.json, line 1, column 13 (byte 12): what begins here is longer than the \(JSONRecords.longestRecord) bytes that a record may have"
        )
    }

    // MARK: the rest of the way

    @Test(arguments: ["gzip", "zstd"])
    func compressedDocuments(tool: String) async throws {
        let bench = try Bench()
        let records = (1...20_000).map { #"{"id": \#($0), "name": "name \#($0)"}"# }
        let path = try bench.json("[" + records.joined(separator: ",\n") + "]")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool, "-q", path]
        try process.run()
        process.waitUntilExit()
        let packed = path + (tool == "gzip" ? ".gz" : ".zst")
        let spec = try Bench.json("[*]", [.of(.integer, "id"), .of(.text, "name")])
        #expect(try await bench.outcome(packed, spec).count == 20_000)
        #expect(try await bench.outcome(packed, spec).last == "20000: 20000|name 20000|$[19999]")
        let raw = try FileReader.readAll(packed, limit: 1 << 24)
        let cut = try bench.write(Array(raw.dropLast(raw.count / 2)), "cut.json.gz")
        #expect(try await bench.refusal(cut, spec).contains("unable to decompress"))
    }

    @Test func recordsAreFoundByTheirNumber() async throws {
        let bench = try Bench()
        let path = try bench.json(#"[{"id": 1}, 7, {"id": 3, "name": "a \"b\""}]"#)
        let spec = try Bench.json("[*]", [.of(.integer, "id"), .of(.text, "name")])
        let found = try await bench.engine.rawRecords(path: path, format: spec.format, ordinals: [2, 3])
        #expect(found.map(\.text) == ["7", #""3","a ""b""","$[2]""#])
    }

    @Test func aBrokenRecordIsCorrectedAsJSON() async throws {
        let bench = try Bench()
        let path = try bench.json(
            "{\"id\": 1, \"name\": \"Ann\"}\n{\"id\": 2, \"name\": }\n{\"id\": \"x\"}\n{\"id\": 4\n{\n",
            "f.ndjson")
        let spec = try Bench.json(nil, [.of(.integer, "id"), .of(.text, "name")])
        let corrections = try bench.json(
            """
            {"record":2,"text":"{\\"id\\": 2, \\"name\\": \\"Ben\\"}"}
            {"record":3,"text":"\\"3\\",\\"\\",\\"line 3\\""}
            {"record":4,"text":"{\\"id\\": 4"}
            {"record":5,"text":"{\\"id\\": 5, \\"odd\\": 1}"}

            """, "corrections")
        _ = try await bench.convert(path, spec)
        #expect(try await bench.convert(path, spec).received == ["id", "name", "dwh_source_place"])
        let outcome = try await bench.convert(path, spec, corrections: corrections)
        #expect(outcome.corrected == 2)
        #expect(outcome.quarantined == 2)
        #expect(
            try await bench.loaded(path, spec).map { "\($0.last!!): \($0[0] ?? "NULL")" } == [
                "1: 1", "2: 2", "3: 3",
            ])
        #expect(
            outcome.examples.map(\.reason) == [
                "the corrected text: line 1, column 9 (byte 8): the text ends where a comma or } is expected",
                "the corrected text: 'odd' is in no other record of the file, which has id, name",
            ])
    }
}
