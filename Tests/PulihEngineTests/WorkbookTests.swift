import PulihModel
import PulihSystem
import PulihTesting
import Testing

@testable import PulihEngine

@Suite struct WorkbookTests {
    private static let orders = WorkbookFile.rows([
        ["id", "name", "amount"], ["=1", "Ann", "=10.5"], ["=2", nil, "=20"], [nil, nil, nil],
        ["x", "Ben \"B\", of", "=0.10000000000000001"],
    ])

    private static let columns: [ColumnSpec] = [
        .of(.integer, "id"), .of(.text, "name"), .of(.decimal(precision: 12, scale: 2), "amount"),
    ]

    private static func spec(
        _ layout: WorkbookLayout = WorkbookLayout(), _ columns: [ColumnSpec] = columns,
        _ dialect: CSVDialect = CSVDialect()
    ) -> FileSpec {
        var spec = Bench.spec(columns + [RecordPlace.column])
        spec.format = RecordFormat(.xlsx(layout), dialect)
        return spec
    }

    private static func shown(_ rows: [[String?]]) -> [String] {
        rows.map { $0.map { $0 ?? "NULL" }.joined(separator: "|") }
    }

    /// What is read of a workbook, as CSV text.
    private func text(
        _ file: WorkbookFile, _ layout: WorkbookLayout = WorkbookLayout(), header: Bool = true
    ) throws -> String {
        let bench = try Bench()
        let path = try bench.write(file.bytes, "f.xlsx")
        var text: [UInt8] = []
        let format = RecordFormat(.xlsx(layout), CSVDialect(hasHeader: header))
        try RawReader(path, format).forEachBlock { block, _ in
            text.append(contentsOf: block)
            return block.count
        }
        return String(decoding: text, as: UTF8.self)
    }

    @Test func aTableIsLoadedAndWhatIsWrongHasItsPlace() async throws {
        let bench = try Bench()
        let path = try bench.write(WorkbookFile([.init("Orders", Self.orders)]).bytes, "f.xlsx")
        let spec = Self.spec()
        let survey = try await bench.engine.survey(path: path, format: spec.format)
        #expect(survey.records == 3)
        #expect(survey.header == ["id", "name", "amount", "dwh_source_place"])
        #expect(survey.bytes == WorkbookFile([.init("Orders", Self.orders)]).bytes.count)
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.converted == 2)
        #expect(outcome.quarantined == 1)
        #expect(outcome.received == ["id", "name", "amount", "dwh_source_place"])
        #expect(
            Self.shown(try await bench.loaded(path, spec)) == [
                "1|Ann|10.50|Orders!A2|1", "2|NULL|20.00|Orders!A3|2",
            ])
        let bad = try await bench.quarantined(path, spec)[0]
        #expect(bad.place(spec.format) == "Orders!A5")
        #expect(bad.rawText == #""x","Ben ""B"", of","0.1","Orders!A5""#)
        #expect(bad.reason == "'x' is no integer")
        #expect(bad.record == 3)
        let raw = try await bench.engine.rawRecords(path: path, format: spec.format, ordinals: [2])
        #expect(raw.map(\.text) == [#""2",,"20","Orders!A3""#])
    }

    /// A missing cell is NULL whatever words mean NULL; an empty text is a text.
    @Test func missingIsNullAndEmptyIsNot() async throws {
        let bench = try Bench()
        let rows =
            "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>id</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>name</t></is></c></row>"
            + "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\" t=\"inlineStr\"><is><t></t></is></c></row>"
            + "<row r=\"3\"><c r=\"B3\" t=\"inlineStr\"><is><t>-</t></is></c></row>"
            + "<row r=\"4\"><c r=\"A4\"><v>4</v></c></row>"
            + "<row r=\"5\"><c r=\"A5\" t=\"inlineStr\"><is><t></t></is></c><c r=\"B5\" t=\"inlineStr\"><is><t></t></is></c></row>"
        let path = try bench.write(WorkbookFile([.init("S", rows)]).bytes, "f.xlsx")
        let spec = Self.spec(
            WorkbookLayout(), [.of(.integer, "id"), .of(.text, "name")], CSVDialect(nulls: ["-"]))
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.quarantined == 0)
        #expect(
            Self.shown(try await bench.loaded(path, spec)) == [
                "1||S!A2|1", "NULL|NULL|S!A3|2", "4|NULL|S!A4|3",
            ])
        let usual = Self.spec(WorkbookLayout(), [.of(.integer, "id"), .of(.text, "name")])
        _ = try await bench.convert(path, usual)
        #expect(Self.shown(try await bench.loaded(path, usual))[0] == "1|NULL|S!A2|1")
    }

    @Test func correctionsAreReadAsTheWorkbookIs() async throws {
        let bench = try Bench()
        let path = try bench.write(WorkbookFile([.init("Orders", Self.orders)]).bytes, "f.xlsx")
        let corrections = try bench.write(
            Array(#"{"record":3,"text":"\"3\",,\"7\",\"Orders!A5\""}"#.utf8), "c.ndjson")
        let spec = Self.spec(WorkbookLayout(), Self.columns, CSVDialect(nulls: []))
        let outcome = try await bench.convert(path, spec, corrections: corrections)
        #expect(outcome.converted == 3)
        #expect(outcome.corrected == 1)
        #expect(Self.shown(try await bench.loaded(path, spec))[2] == "3|NULL|7.00|Orders!A5|3")
    }

    @Test func theTableIsWhereTheLayoutSays() throws {
        let rows = WorkbookFile.rows([
            ["Report of March", nil, nil, nil], [nil, "id", "name", nil], [nil, "=1", "Ann", nil],
            [nil, "=2", "Ben", "note"], ["Total", "=2", nil, nil],
        ])
        let file = WorkbookFile([
            .init("Cover", ""), .init("Data 2026", rows), .init("Secret", Self.orders, state: "hidden"),
        ])
        func layout(
            _ sheet: WorkbookLayout.SheetChoice, _ range: String? = nil, headerRow: Int? = nil
        ) -> WorkbookLayout {
            WorkbookLayout(
                sheet: sheet, range: range.map { CellRange($0)! } ?? CellRange(), headerRow: headerRow)
        }
        let both = "\"id\",\"name\",\"dwh_source_place\"\n\"1\",\"Ann\",\"'Data 2026'!B3\"\n"
        #expect(try text(file, layout(.position(2), "B2:C3")) == both)
        #expect(try text(file, layout(.name("data 2026"), "B2:C3")) == both)
        #expect(try text(file, layout(.name("Data*"), "B2:C3")) == both)
        // What stands beyond the header's columns is kept, and makes the record one that does not fit.
        #expect(
            try text(file, layout(.position(2), "B2"))
                == both + "\"2\",\"Ben\",\"note\",\"'Data 2026'!B4\"\n\"2\",,\"'Data 2026'!B5\"\n")
        #expect(
            try text(file, layout(.position(2), "B:C", headerRow: 2))
                == both + "\"2\",\"Ben\",\"'Data 2026'!B4\"\n\"2\",,\"'Data 2026'!B5\"\n")
        // The header may stand above the range.
        #expect(
            try text(file, layout(.position(2), "B4:C4", headerRow: 2))
                == "\"id\",\"name\",\"dwh_source_place\"\n\"2\",\"Ben\",\"'Data 2026'!B4\"\n")
        #expect(try text(file, layout(.name("Secret"))).hasPrefix("\"id\",\"name\",\"amount\""))
        #expect(try text(file, layout(.position(1))) == "")
    }

    @Test func withoutHeaderTheWidthIsConfiguredOrThatOfTheWidestRow() throws {
        let file = WorkbookFile([.init("S", WorkbookFile.rows([["=1"], ["=2", nil, "c"], ["=3", "b"]]))])
        #expect(
            try text(file, WorkbookLayout(width: 2), header: false)
                == "\"1\",,\"S!A1\"\n\"2\",,\"c\",\"S!A2\"\n\"3\",\"b\",\"S!A3\"\n")
        #expect(
            try text(file, WorkbookLayout(), header: false)
                == "\"1\",,,\"S!A1\"\n\"2\",,\"c\",\"S!A2\"\n\"3\",\"b\",,\"S!A3\"\n")
    }

    @Test func sheetsThatAreNotThereAreNamedWithThoseThatAre() throws {
        let file = WorkbookFile([.init("One", ""), .init("Two", "", state: "hidden")])
        func failure(_ layout: WorkbookLayout) throws -> String {
            let error = #expect(throws: (any Error).self) { try text(file, layout) }
            return "\(try #require(error))"
        }
        #expect(
            try failure(WorkbookLayout(sheet: .position(2)))
                == "it has 1 sheet that a person sees, none at position 2")
        #expect(try failure(WorkbookLayout(sheet: .name("Three"))) == "it has no sheet 'Three'")
        #expect(
            try failure(WorkbookLayout(sheet: .name("*o*")))
                == "'*o*' means several of its sheets: 'One', 'Two' (hidden)")
        #expect(
            try failure(WorkbookLayout(headerRow: 4))
                == "row 4 of the sheet 'One', which should hold the header, is empty")
    }

    @Test func numbersThatExcelCannotHoldAndFormulasWithoutValueAreTold() async throws {
        let bench = try Bench()
        let rows =
            WorkbookFile.rows([
                ["id", "n"], ["=1", "=3.1710000000000000E+15"], ["=2", "=1234567890123456"],
            ])
            + "<row r=\"4\"><c r=\"A4\"><v>3</v></c><c r=\"B4\"><f>A1</f></c></row>"
        let path = try bench.write(WorkbookFile([.init("S", rows)]).bytes, "f.xlsx")
        let spec = Self.spec(WorkbookLayout(), [.of(.integer, "id"), .of(.text, "n")])
        let outcome = try await bench.convert(path, spec)
        #expect(
            outcome.remarks == [
                "2 cells hold a number of 16 digits or more, of which Excel keeps 15: S!B2 = 3171000000000000 is the first",
                "1 cell holds a formula whose value was not saved, and counts as missing: S!B4",
            ])
        #expect(
            Self.shown(try await bench.loaded(path, spec)) == [
                "1|3171000000000000|S!A2|1", "2|1234567890123456|S!A3|2", "3|NULL|S!A4|3",
            ])
    }

    @Test func aWorkbookThatCannotBeReadIsRefusedByName() async throws {
        let bench = try Bench()
        let path = try bench.write(Array("id,name\n".utf8), "orders.xlsx")
        let error = await #expect(throws: PulihError.self) {
            _ = try await bench.engine.survey(path: path, format: Self.spec().format)
        }
        #expect(error?.code == .data)
        #expect(
            error?.summary
                == "unable to read orders.xlsx: it is no workbook: its first bytes are not those of a zip archive"
        )
    }

    @Test func anOldWorkbookIsReadAlike() async throws {
        let bench = try Bench()
        let cells: [OldWorkbookFile.Cell] = [
            .init(1, 1, .text("id")), .init(1, 2, .text("day")), .init(2, 1, .number(7)),
            .init(2, 2, .number(45356), style: 1), .init(3, 1, .error(0x2A)),
            .init(4, 2, .made(45357), style: 1),
            .init(4, 1, .number(3_171_000_000_000_000)),
        ]
        let file = OldWorkbookFile([("Cover", false, []), ("Data", false, cells)], formats: ["dd/mm/yyyy"])
        let path = try bench.write(file.bytes, "f.xls")
        var spec = Bench.spec([.of(.bigint, "id"), .of(.date, "day"), RecordPlace.column])
        spec.format = RecordFormat(.xls(WorkbookLayout(sheet: .name("data"), range: CellRange("B2")!)))
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.quarantined == 1)
        #expect(outcome.examples.first?.reason == "'#N/A' is no integer")
        #expect(outcome.examples.first?.place(spec.format) == "Data!B4")
        #expect(outcome.remarks.count == 1)
        #expect(
            Self.shown(try await bench.loaded(path, spec)) == [
                "7|2024-03-05|Data!B3|1", "3171000000000000|2024-03-06|Data!B5|3",
            ])
    }

    /// Fields of all lengths at the borders of blocks, more shared strings than memory keeps in one piece.
    @Test func aSheetOfManyBlocksIsWhole() async throws {
        let bench = try Bench()
        let count = 40_000
        let strings = (0..<count).map {
            "<si><t>name \($0) \(String(repeating: "é", count: $0 % 50))</t></si>"
        }
        var rows =
            "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>id</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>name</t></is></c></row>"
        for index in 0..<count {
            rows +=
                "<row r=\"\(index + 2)\"><c r=\"A\(index + 2)\"><v>\(index)</v></c><c r=\"B\(index + 2)\" t=\"s\"><v>\(index)</v></c></row>"
        }
        let path = try bench.write(WorkbookFile([.init("S", rows)], strings: strings).bytes, "f.xlsx")
        let spec = Self.spec(WorkbookLayout(), [.of(.integer, "id"), .of(.text, "name")])
        let outcome = try await bench.convert(path, spec)
        #expect(outcome.converted == count)
        let loaded = try await bench.loaded(path, spec)
        #expect(loaded.count == count)
        #expect(
            loaded.enumerated().allSatisfy { index, row in
                row[0] == "\(index)" && row[1] == "name \(index) \(String(repeating: "é", count: index % 50))"
                    && row[2] == "S!A\(index + 2)"
            })
    }
}

@Suite struct CellRangeTests {
    @Test(arguments: ["B3", "B3:F100", "B:F", "A1", "XFD1048576", "AA10:AB11"])
    func rangesAreWrittenAsTheyWereRead(text: String) { #expect(CellRange(text)?.description == text) }

    @Test func dollarsAndCaseDoNotCount() { #expect(CellRange("$b$3:$f$100")?.description == "B3:F100") }

    @Test(arguments: [
        "", "B", "3", "B3:", ":B3", "F3:B3", "B9:C8", "B3:C", "B:C8", "XFE1", "A0", "A1048577", "B3:C4:D5",
        "B-3",
    ])
    func whatIsNoRangeIsNone(text: String) { #expect(CellRange(text) == nil) }
}

@Suite struct RecordPlaceTests {
    @Test func thePlaceIsTheLastField() {
        #expect(RecordPlace.of(#""1",,"a, ""b""","Orders!A2""#) == "Orders!A2")
        #expect(RecordPlace.of(#""1","'a,""b'!A2""#) == #"'a,"b'!A2"#)
        #expect(RecordPlace.of(#""1","cut"#) == nil)
        #expect(RecordPlace.of(#""1","#) == nil)
    }
}
