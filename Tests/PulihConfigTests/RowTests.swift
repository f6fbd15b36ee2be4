import PulihConfig
import PulihModel
import Testing

@Suite struct RowTests {
    static let yaml = """
        pulih: 1
        clients:
          client1: {id: 1, severity: quarantine}
          client2: {id: 2, sources: [erp]}
        hooks: {on_success: [ANALYZE, CHECKPOINT]}
        sources:
          crm:
            files:
              cust_info:
                pattern: "cust_info*.csv"
                delivery: {upsert: [cst_id]}
                csv: {delimiter: ";"}
                limits: {records: none, percent: 2.5}
                skip: [{reason: trailer, column: cst_id, matches: EOF}]
                columns:
                  cst_id: bigint
                  Born: {type: date, format: "%d/%m/%Y", required: false}
                rules:
                  - {unique: cst_id, keep: first, severity: warn}
                  - {range: cst_id, min: 1, name: positive}
                  - row_count: {min_percent: 90}
          erp:
            files:
              cust: {pattern: "CUST*", delivery: delta, columns: {CID: text}}
        """.replacing("keep: first, severity: warn", with: "keep: first")
    static let models = [
        "silver/a.sql": "/* ---\nmaterialized: view\n--- */\nSELECT 1 AS n",
        "silver/mv.sql": "/* ---\nmaterialized: materialized_view\n--- */\nSELECT 2",
        "gold/dim_a.sql": "SELECT 3", "gold/fct_b.sql": "SELECT 4", "gold/report.sql": "SELECT 5",
    ]

    /// `table key… | column=value…`
    static func text(_ row: ConfigurationRow) -> String {
        "\(row.title) | " + row.values.map { "\($0.column)=\($0.value.plain)" }.joined(separator: " ")
    }

    static func rows(_ yaml: String = yaml, models: [String: String] = models) throws -> [ConfigurationRow] {
        try Workspace(yaml: yaml, models: models).load().rows()
    }

    @Test func filesBecomeRowsOfEachClient() throws {
        let rows = try Self.rows().filter { !$0.table.hasSuffix("_config") || $0.table == "client_config" }
        let dialect = { (delimiter: String) in
            #"dialect={"delimiter":"\#(delimiter)","quote":"\"","escape":"\"","header":true,"encoding":"utf-8","#
                + #""skip_lines":0,"nulls":[""]}"#
        }
        let erp = { (client: String) in
            [
                "client_config \(client) erp cust | source_type=csv file_pattern=CUST* delivery=\"delta\" "
                    + "per_batch=all target_schema=bronze_\(client) target_table=erp_cust \(dialect(",")) drift=fail "
                    + #"duplicates=skip empty_files=refuse limits={"records":1000,"percent":10} skip_rules=[] "#
                    + "expected=null control=null",
                "column_mapping \(client) erp cust CID | target_column=cid position=1 data_type=text options={}",
                "required_columns \(client) erp cust CID | ",
                #"schema_registry \#(client) erp cust | columns=[{"name":"cid","type":"text","required":true}]"#,
            ]
        }
        let crm = [
            #"client_reference client1 | client_id=1 severity=quarantine sources=["crm","erp"]"#,
            #"client_config client1 crm cust_info | source_type=csv file_pattern=cust_info*.csv "#
                + #"delivery={"upsert":["cst_id"]} per_batch=all target_schema=bronze_client1 "#
                + "target_table=crm_cust_info \(dialect(";")) drift=fail duplicates=skip empty_files=refuse "
                + #"limits={"records":null,"percent":2.5} "#
                + #"skip_rules=[{"reason":"trailer","column":"cst_id","matches":"EOF"}] expected=null control=null"#,
            "column_mapping client1 crm cust_info cst_id | target_column=cst_id position=1 data_type=bigint options={}",
            "column_mapping client1 crm cust_info Born | target_column=born position=2 data_type=date "
                + #"options={"format":"%d/%m/%Y","required":false}"#,
            "required_columns client1 crm cust_info cst_id | ",
            #"row_rules client1 crm cust_info unique(cst_id) | rule_check={"unique":["cst_id"],"keep":"first"} "#
                + "severity=quarantine position=1",
            #"row_rules client1 crm cust_info positive | rule_check={"range":"cst_id","min":"1","max":null} "#
                + "severity=quarantine position=2",
            #"row_rules client1 crm cust_info row_count | rule_check={"row_count":{"min_percent":90,"#
                + #""max_percent":null,"min":null,"max":null}} severity=fail position=3"#,
            #"schema_registry client1 crm cust_info | columns=[{"name":"cst_id","type":"bigint","required":true},"#
                + #"{"name":"born","type":"date","required":false}]"#,
        ]
        #expect(
            rows.map(Self.text) == crm + erp("client1") + [
                #"client_reference client2 | client_id=2 severity=fail sources=["erp"]"#
            ] + erp("client2") + [#"run_hooks on_success | statements=["ANALYZE","CHECKPOINT"]"#])
        #expect(rows[1].key.map(\.column) == ["client_schema", "source_system", "logical_source_file"])
    }

    @Test func modelsBecomeRowsOfTheirStage() throws {
        let rows = try Self.rows().filter { $0.table.hasSuffix("_config") && $0.table != "client_config" }
        let options =
            #"options={"description":null,"unique_key":[],"on_schema_change":"fail","tests":[],"#
            + #""pre_hook":[],"post_hook":[],"trace":[]}"#
        let of = { (client: String) in
            [
                "transformation_config \(client) silver.a | model_path=sql/silver/a.sql materialized=view run_order=1 "
                    + "body=SELECT 1 AS n \(options)",
                "integration_config \(client) gold.dim_a | model_path=sql/gold/dim_a.sql materialized=table "
                    + "run_order=1 body=SELECT 3 \(options) table_type=dimension",
                "integration_config \(client) gold.fct_b | model_path=sql/gold/fct_b.sql materialized=table "
                    + "run_order=2 body=SELECT 4 \(options) table_type=fact",
                "integration_config \(client) gold.report | model_path=sql/gold/report.sql materialized=table "
                    + "run_order=3 body=SELECT 5 \(options) table_type=other",
                "mv_refresh_config \(client) silver.mv | model_path=sql/silver/mv.sql materialized=materialized_view "
                    + "run_order=1 body=SELECT 2 \(options)",
            ]
        }
        #expect(rows.map(Self.text) == of("client1") + of("client2"))
    }

    @Test func theDifferenceReadsLikeASentence() throws {
        let applied = try Self.rows()
        let yaml = Self.yaml
            .replacing("cst_id: bigint", with: "cst_id: hugeint")
            .replacing("%d/%m/%Y", with: "%Y%m%d").replacing(", required: false", with: ", name: birthday")
            .replacing("- {range: cst_id, min: 1, name: positive}", with: "- {range: cst_id, min: 1}")
            .replacing("client2: {id: 2, sources: [erp]}", with: "")
        let models = Self.models.merging(["silver/a.sql": "SELECT\n1 AS n"]) { $1 }
        let changes = ConfigurationDifference.between(
            applied: applied, wanted: try Self.rows(yaml, models: models))
        #expect(!changes.isModelOnly)
        #expect(
            changes.map { $0.describe() } == [
                "- client_reference client2",
                "- client_config client2 erp cust",
                "~ column_mapping client1 crm cust_info Born: target_column born -> birthday, "
                    + #"options.format "%d/%m/%Y" -> "%Y%m%d", options.required false -> unset"#,
                "~ column_mapping client1 crm cust_info cst_id: data_type bigint -> hugeint",
                "- column_mapping client2 erp cust CID",
                "+ required_columns client1 crm cust_info Born",
                "- required_columns client2 erp cust CID",
                "- row_rules client1 crm cust_info positive",
                "+ row_rules client1 crm cust_info range(cst_id)",
                "~ schema_registry client1 crm cust_info: columns changed",
                "- schema_registry client2 erp cust",
                "~ transformation_config client1 silver.a: materialized view -> table, body changed",
                "- transformation_config client2 silver.a",
                "- integration_config client2 gold.dim_a",
                "- integration_config client2 gold.fct_b",
                "- integration_config client2 gold.report",
                "- mv_refresh_config client2 silver.mv",
            ])
    }

    /// When a file is expected and what its sender says are shown; neither is waited for.
    @Test func whatIsExpectedOfSendersIsShownAndNeedsNoApply() throws {
        let applied = try Self.rows()
        let yaml = Self.yaml.replacing(
            "cust: {pattern: \"CUST*\",",
            with:
                "cust: {pattern: \"CUST*\", expected: {by: \"06:00\", from: \"18:30\", days: [mon], together: t},"
                + " control: {file: \"{stem}.ctl\", records: n},"
        ).replacing("client2: {id: 2,", with: "client2: {id: 2, expected: {erp.cust: none},")
        let wanted = try Self.rows(yaml)
        let changes = ConfigurationDifference.between(applied: applied, wanted: wanted)
        #expect(
            changes.map { $0.describe() } == [
                #"~ client_config client1 erp cust: expected null -> {"by":"06:00","from":"18:30","days":["mon"],"together":"t"}, "#
                    + #"control null -> {"file":"{stem}.ctl","records":"n","sums":{}}"#,
                #"~ client_config client2 erp cust: control null -> {"file":"{stem}.ctl","records":"n","sums":{}}"#,
            ])
        #expect(
            wanted.flatMap(\.values).contains {
                $0.value.plain == #"{"by":"06:00","from":"18:30","days":["mon"],"together":"t"}"#
            })
        #expect(changes.needsNoApply)
        #expect(!changes.isModelOnly)
        // Beside something that has to be applied they have to be too.
        let more = ConfigurationDifference.between(
            applied: applied, wanted: try Self.rows(yaml.replacing("delivery: delta", with: "delivery: full"))
        )
        #expect(!more.needsNoApply)
        #expect(!ConfigurationDifference.between(applied: [], wanted: wanted).needsNoApply)
    }

    @Test func nothingChangedIsNoDifference() throws {
        let rows = try Self.rows()
        #expect(ConfigurationDifference.between(applied: rows.reversed(), wanted: rows) == [])
        #expect([ConfigurationChange]().isModelOnly)
    }

    /// A catalog keeps more about a row, and may list its columns in another order.
    @Test func onlyWhatIsWantedIsCompared() {
        let wanted = ConfigurationRow(
            table: "client_reference", key: [ConfigurationField("client_schema", .text("a"))],
            values: [ConfigurationField("client_id", .int(1)), ConfigurationField("severity", .text("fail"))])
        let applied = ConfigurationRow(
            table: "client_reference", key: wanted.key,
            values: wanted.values.reversed() + [ConfigurationField("last_batch_id", .int(14))])
        #expect(ConfigurationDifference.between(applied: [applied], wanted: [wanted]) == [])
        let without = ConfigurationRow(table: "client_reference", key: wanted.key, values: [wanted.values[0]])
        #expect(
            ConfigurationDifference.between(applied: [without], wanted: [wanted]).map { $0.describe() } == [
                "~ client_reference a: severity unset -> fail"
            ])
    }

    @Test func changesOfModelsAndHooksAloneAreKnown() throws {
        let applied = try Self.rows()
        let yaml = Self.yaml.replacing("CHECKPOINT", with: "VACUUM")
        let models = Self.models.merging(["gold/dim_a.sql": "SELECT 33", "silver/b.sql": "SELECT 6"]) { $1 }
        let changes = ConfigurationDifference.between(
            applied: applied, wanted: try Self.rows(yaml, models: models))
        #expect(changes.isModelOnly)
        #expect(
            Set(changes.map(\.row.table)) == ["transformation_config", "integration_config", "run_hooks"])
    }
}

@Suite struct FingerprintTextTests {
    static func file(_ change: (String) -> String = { $0 }) throws -> FileSpec {
        try #require(try Workspace(yaml: change(RowTests.yaml)).load().sources.first?.files.first)
    }

    /// Which of the three texts a change of the configuration touches.
    @Test(arguments: [
        (#"delimiter: ";""#, #"delimiter: "|""#, "r"),
        ("%d/%m/%Y", "%m/%d/%Y", "r"),
        ("matches: EOF", "matches: END", "r"),
        ("cst_id: bigint", "cst_id: integer", "r"),
        ("required: false", "required: true", "m"),
        ("delivery: {upsert", "drift: ignore_extra\n        delivery: {upsert", "m"),
        ("percent: 2.5", "percent: 5", "c"),
        ("min: 1", "min: 2", "c"),
        ("name: positive", "name: above zero", "c"),
        ("cust_info*.csv", "CUST*.csv", ""),
    ])
    func aChangeTouchesWhatItDecides(_ old: String, _ new: String, _ touched: String) throws {
        let before = try Self.file()
        let after = try Self.file { $0.replacing(old, with: new) }
        #expect(before != after)
        #expect((before.readingText != after.readingText) == touched.contains("r"))
        #expect((before.mappingText != after.mappingText) == touched.contains("m"))
        #expect(
            (before.rulesText(severity: .fail) != after.rulesText(severity: .fail)) == touched.contains("c"))
    }

    @Test func theClientsSeverityDecidesForRulesWithoutOne() throws {
        let file = try Self.file()
        #expect(file.rulesText(severity: .fail) != file.rulesText(severity: .warn))
        #expect(
            file.mappingText
                == #"{"drift":"fail","columns":[{"source":"cst_id","required":true},"#
                + #"{"source":"Born","required":false}]}"#)
    }

    @Test func aModelsTextIsWhatItsTableDependsOn() {
        let at = SourceLine(file: "sql/silver/a.sql", line: 1)
        let model = Model(table: LayerTable(.silver, "a"), materialization: .table, sql: "SELECT 1", at: at)
        var other = model
        other.at = SourceLine(file: "sql/silver/x/a.sql", line: 9)
        other.summary = "text"
        other.trace = [TraceLink(to: LayerTable(.bronze, "b"), on: [], chosen: nil)]
        #expect(other.fingerprintText == model.fingerprintText)
        for change: (inout Model) -> Void in [
            { $0.sql = "SELECT 2" }, { $0.materialization = .view }, { $0.uniqueKey = ["n"] },
            { $0.onSchemaChange = .append }, { $0.preHooks = ["x"] }, { $0.postHooks = ["x"] },
            { $0.tests = [ModelTest(name: "t", check: .notNull(["n"]), severity: .warn, at: at)] },
        ] {
            var changed = model
            change(&changed)
            #expect(changed.fingerprintText != model.fingerprintText)
        }
        // Of a history it also counts what happens to keys that are gone.
        other.deletes = .ignore
        #expect(other.fingerprintText == model.fingerprintText)
        var history = model
        history.materialization = .history
        other = history
        other.deletes = .ignore
        #expect(other.fingerprintText != history.fingerprintText)
    }
}
