import PulihConfig
import PulihModel
import Testing

@Suite struct ProcedureTests {
    /// The procedures given begin in line 4.
    static func yaml(_ procedures: String, warehouse: String = LocationTests.url) -> String {
        let lines = procedures.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        return LocationTests.yaml("warehouse: \(warehouse)\nprocedures:\n\(lines)")
    }

    static func load(_ procedures: String) throws -> [Procedure] {
        try Workspace(yaml: yaml(procedures)).load().procedures
    }

    @Test func everyKeyIsRead() throws {
        let procedures = try Self.load(
            """
            refresh:
              - refresh_mv_customer_churn: {publish: step, writes: [gold.customer_churn], timeout: 10min}
            transform: tools.load_crm_cust_info_v1
            integrate:
              - etl.load_fact_sales_V1:
                  type: fact
                  needs: [load_dim_customers_v1, tools.load_crm_cust_info_v1]
              - load_dim_customers_v1: {type: dimension, timeout: 30s}
            """)
        let line = { (number: Int) in SourceLine(file: "pulih.yml", line: number) }
        let dimension = ProcedureName("tools", "load_dim_customers_v1")
        #expect(
            procedures == [
                Procedure(
                    name: ProcedureName("tools", "load_crm_cust_info_v1"), stage: .transform, at: line(6)),
                Procedure(
                    name: dimension, stage: .integrate, kind: .dimension, timeoutSeconds: 30, at: line(11)),
                Procedure(
                    name: ProcedureName("etl", "load_fact_sales_V1"), stage: .integrate, kind: .fact,
                    needs: [dimension, ProcedureName("tools", "load_crm_cust_info_v1")], at: line(8)),
                Procedure(
                    name: ProcedureName("tools", "refresh_mv_customer_churn"), stage: .refreshMV,
                    publish: .step, writes: [LayerTable(.gold, "customer_churn")], timeoutSeconds: 600,
                    at: line(5)),
            ])
        #expect(procedures[0].step == StepID(.transform, "tools.load_crm_cust_info_v1"))
    }

    /// Needs first, then dimensions before facts, then as written.
    @Test func theyRunInOrder() throws {
        let procedures = try Self.load(
            """
            integrate:
              - fact_b: {type: fact}
              - other
              - dim_c: {type: dimension, needs: fact_d}
              - dim_b: {type: dimension}
              - fact_d: {type: fact}
              - dim_a: {type: dimension}
            transform:
              - second: {needs: first}
              - first
              - third
            """)
        #expect(
            procedures.map(\.name.name) == [
                "first", "second", "third", "dim_b", "dim_a", "other", "fact_b", "fact_d", "dim_c",
            ])
    }

    static let problems = [
        Case("transfrom: [load_a]", "4: unknown key 'transfrom' (did you mean 'transform'?)"),
        Case(
            "transform: [{load_a: {}, type: fact}]",
            "4: a procedure must be a name, or a name with its options, not a mapping "
                + "(such as - load_dim_customers_v1: {type: dimension})"),
        Case("integrate:\n  - load_a: {tpye: fact}", "5: unknown key 'tpye' (did you mean 'type'?)"),
        Case(
            "transform: ['load a']",
            "4: 'load a' cannot be the name of a procedure (names are letters, digits and _, up to 63, "
                + "with or without schema; without it is tools)"),
        Case(
            "integrate:\n  - load_a: {type: dim}",
            "5: 'type' must be dimension, fact or other, not 'dim' (did you mean 'dimension'?)"),
        Case(
            "transform:\n  - load_a: {type: fact}",
            "5: 'type' has no effect here (it orders the procedures of integrate)"),
        Case(
            "integrate:\n  - load_a\n  - load_b: {needs: [load_aa]}",
            "6: tools.load_b needs an unknown procedure tools.load_aa (did you mean 'tools.load_a'?)"),
        Case("integrate:\n  - load_a: {needs: []}", "5: 'needs' is an empty list"),
        Case(
            "integrate:\n  - load_a\n  - load_b: {needs: [load_a, tools.load_a]}",
            "6: procedure tools.load_a stands twice in the list"),
        Case("integrate:\n  - load_a: {needs: load_a}", "5: tools.load_a needs itself"),
        Case(
            "integrate:\n  - load_a: {needs: load_c}\n  - load_b: {needs: load_a}\n  - load_c: {needs: load_b}",
            "5: procedures need each other in a circle: tools.load_a -> tools.load_c -> tools.load_b -> tools.load_a"
        ),
        Case(
            "transform:\n  - load_a: {needs: [load_b]}\nintegrate: [load_b]",
            "5: tools.load_a needs tools.load_b of a later stage "
                + "(move one of them; transform runs first, then integrate, then refresh)"),
        Case(
            "transform: [load_a]\nintegrate: [tools.load_a]",
            "5: procedure tools.load_a stands in line 4 already (a batch calls it once)"),
        Case(
            "integrate:\n  - load_a: {publish: step, writes: gold.x}\n  - load_b: {needs: load_a}",
            "6: tools.load_b needs tools.load_a, which runs after the batch is published "
                + "(both must be of 'publish: step', or both not)"),
        Case(
            "refresh:\n  - load_a: {publish: step}",
            "5: a procedure of 'publish: step' needs 'writes' (the tables that it writes, such as "
                + "writes: [gold.customer_churn])"),
        Case(
            "refresh:\n  - load_a: {writes: churn}",
            "5: 'churn' is no table (write layer.name, such as gold.dim_customers)"),
        Case(
            "refresh:\n  - load_a: {writes: glod.churn}",
            "5: unknown layer 'glod' in 'glod.churn' (did you mean 'gold'?)"),
        Case(
            "refresh:\n  - load_a: {writes: bronze.crm_cust_info}",
            "5: a procedure cannot write bronze.crm_cust_info (bronze is loaded from files)"),
        Case(
            "refresh:\n  - load_a: {writes: gold.dim}",
            "5: a procedure cannot write gold.dim, which sql/gold/dim.sql makes (every publication would undo it)"
        ),
        Case(
            "refresh: [gold.dim]",
            "4: procedure gold.dim has the name of the model sql/gold/dim.sql "
                + "(they could not be told apart; give one of them another name)"),
    ]

    @Test(arguments: problems) func problem(_ example: Case) throws {
        let workspace = try Workspace(yaml: Self.yaml(example.text), models: ["gold/dim.sql": "SELECT 1"])
        #expect(try workspace.problems() == ["pulih.yml:\(example.problem)"])
    }

    @Test(arguments: [
        "10", "10 m", "0s", "25h30", "1.5h", "-1s", "577h", "99999999999999999999s", "s", "[1s]",
    ])
    func wrongTimeout(_ text: String) throws {
        let problems = try Workspace(yaml: Self.yaml("refresh:\n  - load_a: {timeout: \(text)}")).problems()
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("pulih.yml:5: 'timeout' must be a ") == true, "\(problems)")
    }

    @Test(arguments: [("1s", 1), ("90 min", 5_400), ("576h", 2_073_600)])
    func timeout(_ text: String, _ seconds: Int) throws {
        #expect(try Self.load("refresh:\n  - load_a: {timeout: \(text)}").map(\.timeoutSeconds) == [seconds])
    }

    @Test func allProblemsAreReportedAtOnce() throws {
        let problems = try Workspace(
            yaml: Self.yaml(
                """
                transform:
                  - load_a: {needs: [load_x], timeout: 5}
                  - load_b: {needs: [load_c], publish: now}
                  - load_c: {needs: [load_b]}
                """)
        ).problems()
        #expect(
            problems.map { $0.prefix(12) } == [
                "pulih.yml:5:", "pulih.yml:5:", "pulih.yml:6:", "pulih.yml:6:",
            ])
    }

    @Test func anEmbeddedWarehouseHasNone() throws {
        let problems = try Workspace(yaml: Self.yaml("transform: [load_a]", warehouse: "duckdb")).problems()
        #expect(
            problems == [
                "pulih.yml:4: a duckdb warehouse has no procedures (name a server, "
                    + "'warehouse: postgresql://USER@HOST:PORT/DATABASE', or write them as models)"
            ])
    }

    @Test func scriptsAreReadByPath() throws {
        let workspace = try Workspace(
            yaml: LocationTests.yaml("warehouse: \(LocationTests.url)"),
            models: [
                "procedures/b.sql": "CREATE TABLE x();",
                "procedures/a/z.sql": "SELECT 1;\r\nSELECT '{{ no }}'",
                "procedures/.hidden.sql": "", "procedures/README.md": "",
            ])
        #expect(
            try workspace.load().scripts == [
                ProcedureScript(path: "sql/procedures/a/z.sql", sql: "SELECT 1;\nSELECT '{{ no }}'"),
                ProcedureScript(path: "sql/procedures/b.sql", sql: "CREATE TABLE x();"),
            ])
        let empty = try Workspace(
            yaml: LocationTests.yaml("warehouse: \(LocationTests.url)"),
            models: ["procedures/b.sql": "-- none\n;"])
        #expect(try empty.problems() == ["sql/procedures/b.sql: there is no statement"])
    }

    @Test func theyBecomeRowsOfTheirStageAfterItsModels() throws {
        let yaml = Self.yaml(
            """
            transform: [load_a]
            integrate:
              - load_fact: {type: fact, needs: [load_dim, load_a]}
              - load_dim: {type: dimension, timeout: 2min}
            refresh:
              - refresh_mv: {publish: step, writes: gold.churn}
            """)
        let tables = [
            "transformation_config", "integration_config", "integration_dependencies", "mv_refresh_config",
        ]
        let rows = try Workspace(yaml: yaml, models: ["silver/m.sql": "SELECT 1"]).load().rows()
            .filter { tables.contains($0.table) }
        let options = { (rest: String) in
            "model_path=pulih.yml materialized=procedure run_order=\(rest)"
        }
        #expect(
            rows.map(RowTests.text).dropFirst() == [
                "transformation_config client1 tools.load_a | "
                    + options(
                        #"2 body= options={"needs":[],"publish":"batch","writes":[],"timeout_seconds":null}"#),
                "integration_config client1 tools.load_dim | "
                    + options(
                        #"1 body= options={"needs":[],"publish":"batch","writes":[],"timeout_seconds":120}"#)
                    + " table_type=dimension",
                "integration_config client1 tools.load_fact | "
                    + options(
                        #"2 body= options={"needs":["tools.load_dim","tools.load_a"],"publish":"batch","#)
                    + #""writes":[],"timeout_seconds":null} table_type=fact"#,
                "mv_refresh_config client1 tools.refresh_mv | "
                    + options(
                        #"1 body= options={"needs":[],"publish":"step","writes":["gold.churn"],"timeout_seconds":null}"#
                    ),
                "integration_dependencies client1 tools.load_fact tools.load_dim | ",
            ])
        #expect(rows.first?.key.last?.value == .text("silver.m"))
        #expect(ConfigurationDifference.between(applied: [], wanted: rows).isModelOnly)
    }

    @Test func theFingerprintCoversWhatTheResultDependsOn() {
        let at = SourceLine(file: "pulih.yml", line: 1)
        let procedure = Procedure(name: ProcedureName("tools", "a"), stage: .integrate, at: at)
        var other = procedure
        other.at = SourceLine(file: "pulih.yml", line: 9)
        other.kind = .fact
        #expect(other.fingerprintText == procedure.fingerprintText)
        for change: (inout Procedure) -> Void in [
            { $0.name = ProcedureName("tools", "b") }, { $0.stage = .transform }, { $0.publish = .step },
            { $0.needs = [ProcedureName("tools", "c")] }, { $0.writes = [LayerTable(.gold, "x")] },
        ] {
            var changed = procedure
            change(&changed)
            #expect(changed.fingerprintText != procedure.fingerprintText)
        }
    }
}
