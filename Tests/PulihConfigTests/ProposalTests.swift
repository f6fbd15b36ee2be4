import PulihConfig
import PulihModel
import Testing

@Suite struct ProposalTests {
    static let proposal = FileProposal(
        dialect: CSVDialect(
            delimiter: "\t", quote: "'", escape: "\\", encoding: .windows1252, nulls: ["", "-", "NULL"]),
        columns: [
            ColumnSpec(source: "CID", name: "cid", type: .integer),
            ColumnSpec(
                source: "Harga: \"net\"", name: "price", type: .decimal(precision: 12, scale: 2),
                decimalMark: ",",
                thousandsMark: "\u{a0}", prefix: "Rp", suffix: "/kg", isRequired: false),
            ColumnSpec(
                source: "tanggal", name: "tanggal", type: .date, format: "%d %B %Y", months: .indonesian),
            ColumnSpec(
                source: "yes", name: "yes", type: .boolean, trueWords: ["Y"], falseWords: ["N", "no"]),
            ColumnSpec(source: "", name: "", type: .text, nulls: ["#N/A"], trim: true),
            ColumnSpec(source: "Yes", name: "yes", type: .text),
            ColumnSpec(source: "007", name: "007", type: .text),
            ColumnSpec(source: "dwh_row", name: "dwh_row", type: .bigint),
        ],
        samples: [
            ["11000", "11001", "11002", "11003"], ["Rp 1.000"], [], ["Y"], ["a\nb: # c"],
            [String(repeating: "x", count: 99)],
        ],
        keys: ["CID"], records: 18_484, remarks: ["tanggal looks like a date\nwritten out"])

    /// The entry as a workspace reads it.
    static func load(_ proposal: FileProposal, fileName: String) throws -> FileSpec {
        let entry = ProposalWriter.yaml([proposal], fileName: fileName).joined()
        let yaml = "pulih: 1\nclients: {client1: {id: 1}}\nsources:\n  erp:\n    files:\n\(entry)"
        let workspace = try Workspace(yaml: yaml)
        #expect(try workspace.problems() == [])
        return try #require(try workspace.load().sources.first?.files.first)
    }

    @Test func whatIsProposedLoadsAsItWasMeant() throws {
        let file = try Self.load(Self.proposal, fileName: "Harga_2026-11-20.csv.gz")
        var expected = Self.proposal.columns
        expected[4].name = "column_5"
        expected[5].name = "yes_2"
        expected[7].name = "source_dwh_row"
        #expect(file.dialect == Self.proposal.dialect)
        #expect(file.columns == expected)
        #expect(file.key == FileKey(source: "erp", name: "harga"))
        #expect(file.pattern == "Harga*.csv")
        #expect(file.delivery == .full)
    }

    @Test func aPersonSeesWhatToDecide() {
        let proposal = FileProposal(
            dialect: CSVDialect(delimiter: ";", nulls: ["", "NULL"]),
            columns: [
                ColumnSpec(source: "cst_id", name: "cst_id", type: .integer),
                ColumnSpec(
                    source: "cst_create_date", name: "cst_create_date", type: .date, format: "%d/%m/%Y"),
            ],
            samples: [["11000", "11001"], ["06/10/2025"]], keys: ["cst_id"], records: 3,
            remarks: ["cst_create_date could be month first"])
        #expect(
            ProposalWriter.yaml([proposal], fileName: "cust_info.csv").joined()
                == """
                      # proposed from cust_info.csv with 3 records
                      # look at: cst_create_date could be month first
                      cust_info:
                        pattern: "cust_info*.csv"
                        type: csv
                        delivery: full   # full | delta | {upsert: [cst_id]}: choose
                        csv:
                          delimiter: ";"
                          nulls: ["", "NULL"]
                        columns:
                          cst_id: integer                                     # 11000 | 11001
                          cst_create_date: {type: date, format: "%d/%m/%Y"}   # 06/10/2025
                        # unique and filled in every record; without the # these rules keep it so:
                        # rules:
                        #   - not_null: cst_id
                        #   - unique: cst_id

                """)
    }

    @Test(arguments: [
        ("cust_info.csv", "cust_info", "cust_info*.csv"),
        ("CUST_AZ12.csv", "cust_az12", "CUST_AZ12*.csv"),
        ("Sales Report-2026.11.20.csv", "sales_report", "Sales Report*.csv"),
        ("orders_20261120_0200.txt.zst", "orders", "orders*.txt"),
        ("part_7.csv", "part_7", "part_7*.csv"),
        ("2026-11-20.csv", "file_2026", "2026*.csv"),
        ("list[1]*.CSV", "list_1", "list?1??*.CSV"),
        ("überweisung", "berweisung", "überweisung*"),
        ("日本.csv", "file", "日本*.csv"),
    ])
    func namesComeFromTheFile(_ fileName: String, _ name: String, _ pattern: String) throws {
        let file = try Self.load(Self.proposal, fileName: fileName)
        #expect(file.key.name == name)
        #expect(file.pattern == pattern)
    }
}
