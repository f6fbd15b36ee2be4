import PulihDuckDB
import PulihModel
import PulihTesting
import Testing

@testable import PulihEngine

/// Proposals for files that are no plain CSV.
@Suite struct FormatProposalTests {
    private func propose(_ bytes: [UInt8], _ name: String) async throws -> [FileProposal] {
        let bench = try Bench()
        return try await bench.engine.propose(path: try bench.write(bytes, name))
    }

    private func propose(_ text: String, _ name: String) async throws -> FileProposal {
        try await propose(Array(text.utf8), name)[0]
    }

    private func types(_ proposal: FileProposal) -> [String] {
        proposal.columns.map { "\($0.source) \($0.type)\($0.isRequired ? "" : "?")" }
    }

    private func records(_ proposal: FileProposal) -> String {
        guard case .json(let layout) = proposal.format.content else { return "no JSON" }
        return (layout.isLines ? "lines " : "") + JSONPath.text(layout.records, after: "$")
    }

    // MARK: workbooks

    /// With a title, a date, a time and a timestamp, as styles 1, 2 and 3.
    private static let sales = """
        <row r="1"><c r="A1" t="inlineStr"><is><t>Sales of November</t></is></c></row>
        <row r="3">\(["NIK", "Code", "Day", "At", "Seen", "Qty", "Price", "Note"].enumerated().map {
            "<c r=\"\(Character(Unicode.Scalar(UInt8(65 + $0))))3\" t=\"inlineStr\"><is><t>\($1)</t></is></c>"
        }.joined())</row>
        \((4...7).map { """
            <row r="\($0)"><c r="A\($0)"><v>31710101019000\($0)</v></c>\
            <c r="B\($0)" t="inlineStr"><is><t>00\($0)</t></is></c><c r="C\($0)" s="1"><v>4529\($0)</v></c>\
            <c r="D\($0)" s="2"><v>0.57291666666666663</v></c><c r="E\($0)" s="3"><v>45292.5</v></c>\
            <c r="F\($0)"><v>\($0)</v></c><c r="G\($0)"><v>\($0).25</v></c><c r="H\($0)" t="e"><v>#N/A</v></c></row>
            """ }.joined())
        """

    @Test func sheetsWithATableAreFilesOfTheirOwn() async throws {
        var file = WorkbookFile(
            [
                .init("Sales", Self.sales),
                .init("Lines 2", WorkbookFile.rows([["id", "sku"], ["=1", "A"], ["=2", "B"]])),
                .init("Read me", WorkbookFile.rows([["This workbook is made every month"], ["and sent"]])),
                .init("Old", WorkbookFile.rows([["id", "sku"], ["=1", "A"]]), state: "hidden"),
                .init("Empty", ""),
            ], formats: ["yyyy-mm-dd", "hh:mm", "yyyy-mm-dd hh:mm"])
        let proposals = try await propose(file.bytes, "book.xlsx")
        #expect(proposals.map(\.table) == ["Sales", "Lines 2"])
        #expect(
            types(proposals[0]) == [
                "NIK text", "Code text", "Day date", "At time", "Seen timestamp", "Qty integer",
                "Price decimal(12,2)", "Note text",
            ])
        #expect(proposals[0].samples[2].first == "2024-01-03")
        guard case .xlsx(let layout) = proposals[0].format.content else {
            Issue.record("not a workbook")
            return
        }
        #expect(layout.headerRow == 3)
        #expect(layout.sheet == .name("Sales"))
        #expect(proposals.map(\.records) == [4, 2])
        #expect(proposals[1].keys == ["id", "sku"])
        let remarks = proposals[0].remarks
        #expect(remarks.contains("the sheet 'Read me' holds no table with a header and is left out"))
        #expect(remarks.contains("the sheet 'Old' is hidden and is left out"))
        #expect(remarks.contains("NIK holds whole numbers of 15 digits and more: kept as text"))

        // The only sheet that a person sees needs no name.
        file.sheets = [file.sheets[1], file.sheets[3]]
        let single = try await propose(file.bytes, "book.xlsx")
        #expect(single.map(\.table) == [nil])
        #expect(single[0].format == RecordFormat(.xlsx(WorkbookLayout())))
    }

    @Test func aTableThatStandsAsideHasARange() async throws {
        let rows: [[String?]] = [
            [nil, nil, nil, nil, nil], [nil, "a", "b", nil, nil], [nil, "x", "=1", nil, "checked"],
            [nil, "y", "=2", nil, nil],
        ]
        let proposal = try await propose(
            WorkbookFile([.init("S", WorkbookFile.rows(rows))]).bytes, "f.xlsx")[0]
        guard case .xlsx(let layout) = proposal.format.content else { return }
        #expect(layout.range.description == "B:C")
        #expect(types(proposal) == ["a text", "b integer"])
        #expect(proposal.records == 2)
        #expect(
            proposal.remarks.contains(
                "cells right of column C, which have no name in the header, are left out"))
    }

    @Test func workbooksOfOldAndWithoutHeader() async throws {
        let cells: [OldWorkbookFile.Cell] = [
            .init(0, 0, .label("id")), .init(0, 1, .label("amount")), .init(1, 0, .number(1)),
            .init(1, 1, .number(1.5)), .init(2, 0, .number(2)), .init(2, 1, .number(0.1 + 0.2)),
        ]
        let old = try await propose(OldWorkbookFile([("S", false, cells)]).bytes, "f.xls")[0]
        #expect(old.format.type == .xls)
        #expect(types(old) == ["id integer", "amount double"])
        let bare = try await propose(
            WorkbookFile([.init("S", WorkbookFile.rows([["=1", "x"], ["=2", "y"]]))]).bytes, "f.xlsx")[0]
        #expect(!bare.dialect.hasHeader)
        #expect(types(bare) == ["column_1 integer", "column_2 text"])
    }

    // MARK: JSON

    @Test(arguments: [
        (#"[{"a": 1}, {"a": 2}]"#, "$[*]", ["a integer"]),
        (
            #"{"status": "OK", "data": [{"a": 1}, {"a": 2, "b": {"c": "x"}}]}"#, "$.data[*]",
            ["a integer", "b.c text?"]
        ),
        (#"[{"page": 1, "total": 2}, [{"code": "01"}, {"code": "02"}]]"#, "$[1][*]", ["code text"]),
        (
            #"{"links": [{"rel": "self"}], "result": {"items": [{"id": 1}, {"id": 2}, {"id": 3}]}}"#,
            "$.result.items[*]", ["id integer"]
        ),
        (
            #"{"orders": [{"id": 1, "lines": [{"n": 1}, {"n": 2}, {"n": 3}]}, {"id": 2, "lines": []}]}"#,
            "$.orders[*]", ["id integer", "lines json"]
        ),
        (
            #"{"pages": [{"no": 1, "rows": [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}, {"n": 5}]}]}"#,
            "$.pages[*].rows[*]", ["n integer"]
        ),
        (
            #"{"2022": {"n": 1}, "2023": {"n": 2, "m": null}, "2024": {"n": 3}}"#, "${}",
            ["key integer", "n integer", "m text?"]
        ),
        (#"{"2022": 1.5, "2023": "…", "2024": 2}"#, "${}", ["key integer", "value decimal(12,1)"]),
        (#"{"id": 7, "name": "x"}"#, "$", ["id integer", "name text"]),
        (
            #"[{"id": 1, "by_year": {"2022": 1, "2023": 2, "2024": 3}}]"#, "$[*]",
            ["id integer", "by_year json"]
        ),
    ])
    func recordsAreFound(document: String, path: String, columns: [String]) async throws {
        let proposal = try await propose(document, "f.json")
        #expect(records(proposal) == path)
        #expect(types(proposal) == columns)
    }

    @Test func otherRecordsAndMapsAreTold() async throws {
        let proposal = try await propose(
            #"{"period": "2024", "rows": [{"id": 1, "v": {"births": "1.234", "deaths": "5", "moves": "–"}, "tags": [{"t": 1}]}]}"#,
            "f.json")
        #expect(
            proposal.remarks.contains(
                "the 1 records are those of 'rows[*]'; they could also be those of 'rows[*].tags[*]' (1)"))
        #expect(
            proposal.remarks.contains(
                "'rows[*].v' may be a map whose names (births, deaths, moves) are values: records 'rows[*].v{}' makes a row of each member"
            ))
        #expect(
            proposal.remarks.contains(
                "values that stand around the records are columns where they are asked for: '^.period'"))
    }

    @Test func typesOfJSONTellEmptyFromMissing() async throws {
        let proposal = try await propose(
            """
            {"n": 1, "d": "2024-01-01", "s": "", "x": {"a": [1]}, "id": 3171010101900001, "f": 106.84559999999999}
            {"n": "", "d": null, "s": "t", "x": {"a": null}, "id": 3171010101900002, "f": 2}
            broken
            {"n": "…", "s": null, "x": null, "id": 3171010101900003, "f": 3}

            """, "f.ndjson")
        #expect(records(proposal) == "lines $")
        #expect(
            types(proposal) == ["n integer", "d date?", "s text", "x.a json?", "id text", "f double"])
        #expect(proposal.columns[0].nulls == ["", "…"])
        #expect(proposal.remarks.contains("1 record(s) cannot be read and go to quarantine"))
        #expect(proposal.records == 4)
    }

    @Test(arguments: [
        ("{\"a\": [1, 2,, 3]}", "is no sound JSON: line 1, column 13 (byte 12)"),
        ("{\"a\":\n 1}\n{\"a\":\n 2}\n", "it holds several documents, which do not stand in a line each"),
        ("[[\"name\", \"n\"], [\"x\", \"1\"]]", "that could be a record"),
        ("<html><body><table><tr><td>1</td></tr></table>", "is HTML or XML, which Pulih does not read"),
    ])
    func whatCannotBeProposedIsSaid(text: String, word: String) async throws {
        let failure = await #expect(throws: PulihError.self) { try await propose(text, "f.json") }
        #expect(failure?.code == .data)
        #expect(failure?.summary.contains(word) == true, "\(failure?.summary ?? "")")
    }

    // MARK: others

    @Test func parquetHasTheTypesOfItsSchema() async throws {
        let bench = try Bench()
        let path = "\(bench.folder)/f.parquet"
        try DuckDBDatabase(path: nil).withSession { session in
            _ = try session.execute(
                """
                COPY (SELECT 1::BIGINT AS id, 2::UTINYINT AS small, 1.50::DECIMAL(18, 2) AS amount, 0.1 AS ratio,
                  '007' AS code, DATE '2024-01-01' AS day, TIMESTAMPTZ '2024-01-01 00:00:00+00' AS moment,
                  {'a': 1} AS inner, [1, 2] AS list, 'x'::BLOB AS raw, 0.5::DOUBLE AS "Share %")
                TO '\(path)' (FORMAT parquet)
                """)
        }
        let proposal = try await bench.engine.propose(path: path)[0]
        #expect(
            types(proposal) == [
                "id bigint", "small smallint", "amount decimal(18,2)", "ratio decimal(2,1)", "code text",
                "day date", "moment timestamptz", "inner json", "list json", "Share % double",
            ])
        #expect(proposal.drift == .ignoreExtra)
        #expect(proposal.remarks == ["raw is BLOB, which no type takes, and is left out"])
        #expect(proposal.samples[2] == ["1.50"])
    }

    @Test func anArchiveOfManyFilesIsOneDelivery() async throws {
        func csv(_ day: Int) -> [UInt8] { Array("id,day\n\(day),2024-01-0\(day)\n".utf8) }
        var files: [(String, [UInt8])] = [
            ("a/1.csv", csv(1)), ("b/2.CSV", csv(2)), ("read me.txt", Array("x".utf8)),
            ("__MACOSX/a/._1.csv", [0]),
        ]
        let proposal = try await propose(StoredZip.bytes(of: files), "days.zip")[0]
        #expect(proposal.format.unpacking.members == "*.csv")
        #expect(types(proposal) == ["id integer", "day date"])
        #expect(proposal.records == 2)
        #expect(proposal.remarks.contains("1 other file(s) of the archive are left out: read me.txt"))
        files = [("a.json", Array("[{\"a\": 1}]".utf8)), ("b.json", Array("[]".utf8))]
        let failure = await #expect(throws: PulihError.self) {
            try await propose(StoredZip.bytes(of: files), "f.zip")
        }
        #expect(failure?.summary.contains("is JSON, and 'unpack' reads members that are CSV") == true)
    }

    @Test func theContentCountsAndNotTheName() async throws {
        let csv = try await propose("id;name\n1;x\n2;y\n", "book.xlsx")
        #expect(csv.format.type == .csv)
        #expect(
            csv.remarks.first
                == "the name ends in .xlsx and the content is text (CSV): type csv reads it; ask the sender which of the two is meant"
        )
        let lines = try await propose("{\"a\": 1}\n{\"a\": 2}\n", "f.json")
        #expect(lines.format.type == .ndjson)
        #expect(lines.remarks.first?.contains("a document of JSON a line: type ndjson reads it") == true)
        // Brackets do not make a document.
        #expect(try await propose("[id],{name}\n1,x\n2,y\n", "f.csv").format.type == .csv)
        let packed = await #expect(throws: PulihError.self) {
            try await propose(
                StoredZip.bytes(of: [("f.xlsx", WorkbookFile([.init("S", "")]).bytes)]), "f.zip")
        }
        #expect(packed?.summary.hasSuffix("is a workbook or an archive, which is packed already") == true)
    }
}
