import Foundation
import PulihConfig
import PulihModel
import Testing

@Suite struct LoadingTests {
    @Test func everyKeyIsRead() throws {
        let workspace = try Workspace(
            yaml: """
                pulih: 1
                catalog: {sqlite: state/catalog.sqlite}
                warehouse: {duckdb: /srv/warehouse}
                settings: {memory_limit: 1.5GB, threads: 4, parallel_steps: 8, settle_seconds: 0.5}
                clients:
                  client1: {id: 1, sources: crm, severity: warn}
                  client2: {id: 7}
                hooks:
                  on_start: []
                  on_success: ["ANALYZE", "CHECKPOINT"]
                  on_failure: "SELECT {{ batch_id }}"
                sources:
                  crm:
                    files:
                      orders:
                        pattern: "orders_*.txt"
                        type: csv
                        delivery: {upsert: [order_id]}
                        target: crm_orders_raw
                        csv: {delimiter: "\\t", quote: none, header: false, encoding: utf-16le, skip_lines: 2, nulls: ["", NULL]}
                        drift: ignore_extra
                        duplicates: refuse
                        empty: accept
                        limits: {records: none, percent: 2.5}
                        skip:
                          - {reason: trailer, column: order_id, matches: "EOF|END"}
                        columns:
                          order_id: bigint
                          ordered: {type: date, name: ordered_on, format: "%d %b %Y", months: indonesian, nulls: "-"}
                          amount: {type: "decimal(12,2)", decimal: ",", thousands: ".", prefix: Rp, suffix: kg, required: false}
                          active: {type: boolean, true: [Y], false: [N]}
                          note: {type: text, trim: true}
                        rules:
                          - not_null: [order_id, note]
                          - {unique: order_id, keep: {newest: ordered_on}, severity: quarantine}
                          - {accepted: note, values: [a, null, 1.0], name: known notes}
                          - {range: amount, min: 0, max: 10.5}
                          - {pattern: note, matches: "(a|b)[)]+"}
                          - row_count: {min_percent: 50, max: 1000}
                  erp:
                    files:
                      cust:
                        pattern: "CUST*.csv"
                        delivery: delta
                        columns: {CID: text}
                """,
            models: [
                "silver/sales/orders.sql": """

                /* ---
                materialized: incremental
                unique_key: order_id
                on_schema_change: append
                description: the newest state of each order
                tests:
                  - not_null: order_id
                  - {unique: [order_id, ordered_on], severity: warn}
                  - {accepted: note, values: [a, b]}
                  - {relationship: order_id, to: bronze.crm_orders_raw, field: dwh_batch_id}
                  - row_count: {min: 1}
                  - sql: SELECT * FROM {{ this }} WHERE amount < 0;
                pre_hook: SET threads = 1
                post_hook: ["ANALYZE {{ this }}"]
                trace:
                  - {to: bronze.crm_orders_raw_current, on: {order_id: "order_id + 0"}, chosen: ordered_on DESC}
                --- */
                -- by day
                SELECT * FROM {{ bronze }}.crm_orders_raw_current;  -- the end
                """,
                "gold/dim_orders.sql": "SELECT * FROM {{ silver }}.orders",
                "gold/README.md": "no model",
                ".git/x.sql": "no model",
            ])
        let configuration = try workspace.load()

        #expect(configuration.catalog == .sqlite(path: "state/catalog.sqlite"))
        #expect(configuration.warehouse == .duckdb(folder: "/srv/warehouse"))
        #expect(
            configuration.settings
                == Settings(memoryLimitBytes: 1_500_000_000, threads: 4, parallelSteps: 8, settleSeconds: 0.5)
        )
        #expect(
            configuration.clients == [
                Client(name: "client1", id: 1, sources: ["crm"], severity: .warn),
                Client(name: "client2", id: 7, sources: ["crm", "erp"], severity: .fail),
            ])
        #expect(
            configuration.hooks
                == RunHooks(onSuccess: ["ANALYZE", "CHECKPOINT"], onFailure: ["SELECT {{ batch_id }}"]))

        let line = { (number: Int) in SourceLine(file: "pulih.yml", line: number) }
        let orders = FileSpec(
            key: FileKey(source: "crm", name: "orders"), pattern: "orders_*.txt",
            delivery: .upsert(key: ["order_id"]), perBatch: .all, target: "crm_orders_raw",
            format: RecordFormat(
                .csv,
                CSVDialect(
                    delimiter: "\t", quote: nil, escape: nil, hasHeader: false, encoding: .utf16LE,
                    skipLines: 2, nulls: ["", "NULL"])),
            columns: [
                ColumnSpec(source: "order_id", name: "order_id", type: .bigint),
                ColumnSpec(
                    source: "ordered", name: "ordered_on", type: .date, format: "%d %b %Y",
                    months: .indonesian,
                    nulls: ["-"]),
                ColumnSpec(
                    source: "amount", name: "amount", type: .decimal(precision: 12, scale: 2),
                    decimalMark: ",",
                    thousandsMark: ".", prefix: "Rp", suffix: "kg", isRequired: false),
                ColumnSpec(
                    source: "active", name: "active", type: .boolean, trueWords: ["Y"], falseWords: ["N"]),
                ColumnSpec(source: "note", name: "note", type: .text, trim: true),
            ],
            drift: .ignoreExtra,
            rules: [
                RowRule(
                    name: "not_null(order_id, note)", check: .notNull(["order_id", "note"]), severity: nil,
                    at: line(34)),
                RowRule(
                    name: "unique(order_id)",
                    check: .unique(["order_id"], keep: .newest(column: "ordered_on")),
                    severity: .quarantine, at: line(35)),
                RowRule(
                    name: "known notes", check: .accepted(column: "note", values: ["a", "null", "1.0"]),
                    severity: nil, at: line(36)),
                RowRule(
                    name: "range(amount)", check: .range(column: "amount", min: "0", max: "10.5"),
                    severity: nil,
                    at: line(37)),
                RowRule(
                    name: "pattern(note)", check: .pattern(column: "note", expression: "(a|b)[)]+"),
                    severity: nil, at: line(38)),
                RowRule(
                    name: "row_count",
                    check: .rowCount(minPercent: 50, maxPercent: nil, min: nil, max: 1_000), severity: nil,
                    at: line(39)),
            ],
            limits: QuarantineLimits(records: nil, percent: 2.5), duplicates: .refuse, empty: .accept,
            skips: [SkipRule(reason: "trailer", column: "order_id", matches: "EOF|END")], at: line(15))
        #expect(configuration.sources.map(\.name) == ["crm", "erp"])
        #expect(configuration.sources[0].files == [orders])

        let at = { (number: Int) in SourceLine(file: "sql/silver/sales/orders.sql", line: number) }
        let model = Model(
            table: LayerTable(.silver, "orders"), materialization: .incremental, uniqueKey: ["order_id"],
            onSchemaChange: .append,
            tests: [
                ModelTest(
                    name: "not_null(order_id)", check: .notNull(["order_id"]), severity: .fail, at: at(8)),
                ModelTest(
                    name: "unique(order_id, ordered_on)", check: .unique(["order_id", "ordered_on"]),
                    severity: .warn, at: at(9)),
                ModelTest(
                    name: "accepted(note)", check: .accepted(column: "note", values: ["a", "b"]),
                    severity: .fail,
                    at: at(10)),
                ModelTest(
                    name: "relationship(order_id)",
                    check: .relationship(
                        column: "order_id", to: LayerTable(.bronze, "crm_orders_raw"), field: "dwh_batch_id"),
                    severity: .fail, at: at(11)),
                ModelTest(name: "row_count", check: .rowCount(min: 1, max: nil), severity: .fail, at: at(12)),
                ModelTest(
                    name: "sql(1)", check: .sql("SELECT * FROM {{ this }} WHERE amount < 0"), severity: .fail,
                    at: at(13)),
            ],
            preHooks: ["SET threads = 1"], postHooks: ["ANALYZE {{ this }}"],
            trace: [
                TraceLink(
                    to: LayerTable(.bronze, "crm_orders_raw_current"),
                    on: [TraceKey(column: "order_id", expression: "order_id + 0")], chosen: "ordered_on DESC")
            ],
            summary: "the newest state of each order",
            sql: "SELECT * FROM {{ bronze }}.crm_orders_raw_current", at: at(20))
        #expect(configuration.models.first == model)
        #expect(configuration.models.map(\.table.description) == ["silver.orders", "gold.dim_orders"])
    }

    @Test func whatIsLeftOutHasItsDefault() throws {
        let configuration = try Workspace().load()
        #expect(configuration.catalog == .sqlite(path: "data/catalog.sqlite"))
        #expect(configuration.warehouse == .duckdb(folder: "warehouse"))
        #expect(
            configuration.settings
                == Settings(memoryLimitBytes: 300_000_000, threads: 3, parallelSteps: 3, settleSeconds: 2))
        let file = try #require(configuration.sources.first?.files.first)
        #expect(file.target == "crm_cust_info")
        #expect(file.format.type == .csv)
        #expect(file.perBatch == .one)
        #expect(file.dialect == CSVDialect())
        #expect(file.drift == .fail)
        #expect(file.duplicates == .skip)
        #expect(file.empty == .refuse)
        #expect(file.limits == QuarantineLimits(records: 1_000, percent: 10))
        #expect(configuration.models.isEmpty)
    }

    @Test func bronzeNamesAreLowerCaseUnlessGiven() throws {
        let yaml = Workspace.yaml(columns: "CID: text\nFULL NAME: {type: text, name: Name}")
        let file = try #require(try Workspace(yaml: yaml).load().sources.first?.files.first)
        #expect(file.columns.map(\.source) == ["CID", "FULL NAME"])
        #expect(file.columns.map(\.name) == ["cid", "Name"])
    }

    @Test func carriageReturnsAndByteOrderMarkChangeNothing() throws {
        let models = ["silver/a.sql": "/* ---\ndescription: d\n--- */\n\nSELECT\n  1;\n"]
        let plain = try Workspace(models: models).load()
        let windows = try Workspace(
            yaml: "\u{feff}" + Workspace.yaml().replacing("\n", with: "\r\n"),
            models: models.mapValues { "\u{feff}" + $0.replacing("\n", with: "\r\n") })
        #expect(try windows.load() == plain)
        #expect(plain.models.first?.sql == "SELECT\n  1")
        #expect(plain.models.first?.at.line == 5)
    }

    /// What the documentation shows must be true.
    @Test func theExampleOfTheDocumentationLoads() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/configuration.md"), encoding: .utf8)
        /// The first of its language after a heading.
        func block(_ language: String, after heading: String = "# Configuration") throws -> String {
            let chapter = try #require(page.range(of: "\(heading)\n"))
            let start = try #require(
                page.range(of: "```\(language)\n", range: chapter.upperBound..<page.endIndex))
            let end = try #require(page[start.upperBound...].range(of: "\n```"))
            return String(page[start.upperBound..<end.lowerBound])
        }
        let workspace = try Workspace(
            yaml: try block("yaml"),
            models: [
                "silver/crm_cust_info.sql": "SELECT * FROM {{ bronze }}.crm_cust_info_current",
                "gold/dim_customers.sql": try block("sql"),
            ])
        #expect(try workspace.problems() == [])
        #expect(try workspace.load().models.last?.tests.count == 6)

        let server = try block("yaml", after: "## PostgreSQL")
        let sources = "sources: {crm: {files: {a: {pattern: a, delivery: full, columns: {x: text}}}}}"
        let configuration = try Workspace(yaml: "pulih: 1\n\(server)\n\(sources)").load()
        #expect(configuration.procedures.count == 4)
        #expect(configuration.clients.first?.role == "etl_client1")
    }

    @Test func theExampleWorkspaceLoads() throws {
        let example = Self.root.appending(path: "examples/retail").path(percentEncoded: false)
        let configuration = try ConfigurationLoader.load(workspace: example)
        #expect(configuration.clients.flatMap { configuration.files(of: $0) }.count == 6)
        #expect(configuration.models.contains { $0.table == LayerTable(.gold, "fact_sales") })
    }

    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
