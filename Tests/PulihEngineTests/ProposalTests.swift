import PulihModel
import Testing

@testable import PulihEngine

@Suite struct ProposalTests {
    private func propose(_ text: String) async throws -> FileProposal {
        try await propose(Array(text.utf8))
    }

    private func propose(_ bytes: [UInt8]) async throws -> FileProposal {
        let bench = try Bench()
        return try await bench.engine.propose(path: try bench.write(bytes))[0]
    }

    private func types(_ proposal: FileProposal) -> [String] {
        proposal.columns.map { "\($0.name) \($0.type)" }
    }

    @Test func typesTakeEveryValueWithoutLoss() async throws {
        let proposal = try await propose(
            """
            Id,Zip Code,card,qty,price,born,at,flag,when,free
            1,00123,4111111111111111,,1.50,2024-01-31,2024-01-31 10:00:00,true,20240131,a
            2,12345,4111111111111112,7,22,1999-12-01,2024-02-01,FALSE,20231201,b
            3,99999,5,NULL,-3.125,2000-01-01,2024-02-01T01:02:03,true,20240229,"x, y"

            """)
        #expect(
            types(proposal) == [
                "id integer", "zip_code text", "card text", "qty integer", "price decimal(12,3)", "born date",
                "at timestamp", "flag boolean", "when integer", "free text",
            ])
        #expect(proposal.columns[3].nulls == ["", "NULL"])
        #expect(proposal.keys == ["id", "zip_code", "card", "price", "born", "at", "when", "free"])
        #expect(proposal.records == 3)
        #expect(proposal.samples[1] == ["00123", "12345", "99999"])
        #expect(
            proposal.remarks.contains(
                "Zip Code holds digits with leading zeros or of 16 places and more: kept as text"))
        #expect(
            proposal.remarks.contains(
                "when looks like a date written as a number: type date with format \"%Y%m%d\" reads it"))
        #expect(proposal.dialect == CSVDialect())
    }

    @Test func whatIsProposedConverts() async throws {
        let bench = try Bench()
        let text =
            "nr;tanggal;jumlah;waktu\n1;31/12/2023;1.234,50;2024-01-05T10:00:00+07:00\n2;01/02/2024;12,5;2024-01-05T10:00:00Z\n"
        let path = try bench.write(Array(text.utf8))
        let proposal = try await bench.engine.propose(path: path)[0]
        #expect(proposal.dialect.delimiter == ";")
        #expect(proposal.columns[1].format == "%d/%m/%Y")
        #expect(proposal.columns[2].decimalMark == ",")
        #expect(proposal.columns[2].thousandsMark == ".")
        let spec = Bench.spec(proposal.columns, proposal.dialect)
        #expect(try await bench.convert(path, spec).quarantined == 0)
        #expect(
            try await bench.loaded(path, spec)[0] == [
                "1", "2023-12-31", "1234.50", "2024-01-05 03:00:00+00", "1",
            ])
    }

    @Test func dialects() async throws {
        var proposal = try await propose("Laporan\n\na|b\n1|'x|y'\n2|'z'\n3|'z'\n")
        #expect(proposal.dialect.delimiter == "|")
        #expect(proposal.dialect.quote == "'")
        #expect(proposal.dialect.skipLines == 2)
        #expect(types(proposal) == ["a integer", "b text"])
        proposal = try await propose("1,x\n2,y\n")
        #expect(!proposal.dialect.hasHeader)
        #expect(types(proposal) == ["column_1 integer", "column_2 text"])
        proposal = try await propose(
            [0xFF, 0xFE] + "a\tb\n1\té\n".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
        #expect(proposal.dialect.encoding == .utf16LE)
        #expect(proposal.dialect.delimiter == "\t")
        proposal = try await propose(Array("a,b\n1,caf".utf8) + [0xE9, 10])
        #expect(proposal.dialect.encoding == .windows1252)
        #expect(proposal.samples[1] == ["café"])
    }

    @Test(arguments: ["", "\u{FEFF}", "\n\n"])
    func nothingToInferFrom(text: String) async throws {
        let failure = await #expect(throws: PulihError.self) { try await propose(text) }
        #expect(failure?.code == .data)
        #expect(failure?.summary.hasSuffix("f.csv is empty: there is nothing to infer from") == true)
    }

    @Test func oddHeadersAreHeaders() async throws {
        var proposal = try await propose("a,b,\n1,x,\n2,y,\n")
        #expect(proposal.dialect.hasHeader)
        #expect(types(proposal) == ["a integer", "b text"])
        #expect(proposal.samples == [["1", "2"], ["x", "y"]])
        #expect(
            proposal.remarks == [
                "field 3 of the header has no name", "what has no name is left out (drift: ignore_extra)",
            ])
        #expect(proposal.drift == .ignoreExtra)
        proposal = try await propose("a,b,b,c\nx,1,2,7\ny,3,4,8\n")
        #expect(types(proposal) == ["a text", "b integer", "b_2 integer", "c integer"])
        #expect(proposal.keys == ["a", "b", "b_2", "c"])
        #expect(proposal.dialect.skipLines == 1)
        #expect(!proposal.dialect.hasHeader)
        #expect(
            proposal.remarks == [
                "the name b is repeated in fields 2, 3 of the header",
                "columns go by position, because a header is only used where every name in it stands once",
            ])
        proposal = try await propose("id,Nama,NAMA\n1,x,y\n")
        #expect(types(proposal) == ["id integer", "nama text", "nama_2 text"])
        #expect(
            proposal.remarks == [
                "the names Nama, NAMA in fields 2, 3 of the header differ in case only",
                "columns go by position, because a header is only used where every name in it stands once",
            ])
        proposal = try await propose("x,,y\nz,q,w\n")
        #expect(!proposal.dialect.hasHeader)
        #expect(
            proposal.remarks == [
                "no header was recognized: columns are named by their position (header: false)"
            ])
    }

    @Test func yearsMayBeNames() async throws {
        let figures = try await propose("Region,2022,2023\nBogor,1.5,2\nSolo,3,\n")
        #expect(types(figures) == ["region text", "c_2022 decimal(12,1)", "c_2023 integer"])
        let births = try await propose("Ann,1999\nBen,2001\n")
        #expect(types(births) == ["column_1 text", "column_2 integer"])
    }

    @Test func pointsBeforeThreeDigitsAreDoubtful() async throws {
        let remark = """
            the points in n may separate thousands or decimals: taken for decimals; \
            with thousands: "." they are thousands
            """
        #expect(try await propose("n\n1.000\n2.500\n12.000\n").remarks.contains(remark))
        #expect(try await !propose("n\n1.000\n2.50\n").remarks.contains(remark))
        #expect(try await !propose("n\n0.125\n2.500\n").remarks.contains(remark))
    }

    @Test func namedMonthsTimesAndRupiahConvert() async throws {
        let bench = try Bench()
        let path = try bench.write(
            Array(
                """
                a;b;c;d;e;f;g
                17 Agustus 2024;17 August 2024;17-Des-2024;5 May 2024;31/12/2023 10:00;01/02/2024 10:00:05;Rp 1.250.000
                5 Mei 2024;5 May 2024;1-Jan-2024;6 May 2024;01/02/2024 23:59;31/12/2023 00:00:00;Rp12,50

                """.utf8))
        let proposal = try await bench.engine.propose(path: path)[0]
        #expect(
            proposal.columns.map(\.format) == [
                "%d %B %Y", "%d %B %Y", "%d-%b-%Y", "%d %b %Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", nil,
            ])
        #expect(
            proposal.columns.map(\.months) == [
                .indonesian, .english, .indonesian, .english, .english, .english, .english,
            ])
        #expect(proposal.columns[6].prefix == "Rp")
        #expect(proposal.columns[6].type == .decimal(precision: 12, scale: 2))
        let spec = Bench.spec(proposal.columns, proposal.dialect)
        #expect(try await bench.convert(path, spec).quarantined == 0)
        #expect(
            try await bench.loaded(path, spec) == [
                [
                    "2024-08-17", "2024-08-17", "2024-12-17", "2024-05-05", "2023-12-31 10:00:00",
                    "2024-02-01 10:00:05", "1250000.00", "1",
                ],
                [
                    "2024-05-05", "2024-05-05", "2024-01-01", "2024-05-06", "2024-02-01 23:59:00",
                    "2023-12-31 00:00:00", "12.50", "2",
                ],
            ])
    }

    @Test func doubtsAreRemarked() async throws {
        var proposal = try await propose("d,e\n01/02/2024,\n03/04/2024,\n")
        #expect(proposal.remarks.contains("d could be day or month first: taken as %d/%m/%Y"))
        #expect(proposal.remarks.contains("e is empty in every record"))
        proposal = try await propose("n\n1e5\n2\n")
        #expect(types(proposal) == ["n double"])
        proposal = try await propose("a,b\n1,2\n3\n4,5\n")
        #expect(proposal.remarks.contains("1 record(s) have not 2 fields or cannot be decoded"))
        proposal = try await propose("a,b\n")
        #expect(proposal.columns.map(\.source) == ["a", "b"])
        #expect(proposal.remarks.contains("there is no record to learn types from"))
    }
}
