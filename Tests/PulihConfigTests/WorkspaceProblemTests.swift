import PulihConfig
import PulihModel
import Testing

@Suite struct WorkspaceProblemTests {
    @Test func allProblemsAreReportedAtOnce() throws {
        let yaml = """
            pulih: 1
            clients:
              client1: {id: 1, sorces: [crm]}
            sources:
              crm:
                files:
                  cust_info:
                    pattern: "cust_info*.csv"
                    delivery: full
                    csv:
                      delimeter: ";"
                    columns:
                      id: integr
                    rules:
                      - unique: idd
            """
        let models = [
            "gold/dim.sql": "/* ---\nmaterialised: view\n--- */\nSELECT *\nFROM {{ bronze }}.crm_cust_inf",
            "silver/Sale.sql": "SELECT 1",
        ]
        #expect(
            try Workspace(yaml: yaml, models: models).problems() == [
                "pulih.yml:3: unknown key 'sorces' (did you mean 'sources'?)",
                "pulih.yml:11: unknown key 'delimeter' (did you mean 'delimiter'?)",
                "pulih.yml:13: unknown type 'integr' of column id (did you mean 'integer'?)",
                "pulih.yml:15: unknown column 'idd' in rule unique (did you mean 'id'?)",
                "sql/gold/dim.sql:2: unknown key 'materialised' (did you mean 'materialized'?)",
                "sql/gold/dim.sql:5: unknown table bronze.crm_cust_inf (did you mean 'crm_cust_info'?)",
                "sql/silver/Sale.sql: 'Sale' cannot be the name of a model "
                    + "(names are lower-case letters, digits and _, and begin with a letter)",
            ])
    }

    @Test func theErrorForPeopleListsThemAll() throws {
        let errors = ConfigurationErrors([
            ConfigurationProblem(at: SourceLine(file: "sql/gold/a.sql", line: 1), message: "second"),
            ConfigurationProblem(at: SourceLine(file: "pulih.yml", line: 12), message: "first", hint: "h"),
        ])
        let error = errors.pulihError
        #expect(error.code == .configuration)
        #expect(error.summary == "pulih.yml:12: first (h)\nsql/gold/a.sql:1: second")
        #expect(error.object == "pulih.yml")
        #expect(error.hint.hasPrefix("correct them and run the command again"))
    }

    @Test func aFolderWithoutConfigurationIsNamed() throws {
        let workspace = try Workspace(["sql/silver/a.sql": "SELECT 1 FROM {{ bronze }}.x"])
        #expect(
            try workspace.problems() == [
                "pulih.yml: there is none in \(workspace.folder) ('pulih init DIR' makes a workspace)"
            ])
    }

    @Test func brokenYAMLHasItsLineAndModelsAreReadAllTheSame() throws {
        let problems = try Workspace(
            yaml: "pulih: 1\n\nclients: a: b", models: ["silver/a.sql": "SELECT {{ x }}"]
        ).problems()
        #expect(problems.count == 2)
        #expect(problems.first?.hasPrefix("pulih.yml:3: ") == true)
        #expect(problems.last?.hasPrefix("sql/silver/a.sql:1: unknown variable 'x'") == true)
    }

    @Test func anEmptyFileSaysWhatIsMissing() throws {
        #expect(
            try Workspace(yaml: "# nothing\n").problems() == [
                "pulih.yml:1: pulih.yml has no 'pulih' (begin with 'pulih: 1')",
                "pulih.yml:1: no source file is declared ('pulih infer FILE' proposes one)",
                "pulih.yml:1: no client is declared (write clients: {client1: {id: 1}})",
            ])
    }

    static let topLevel = [
        Case("pulih: 2", "format 2 is not known; this version reads format 1"),
        Case(
            "pulih: 1\ncatalog: postgres",
            "unknown catalog 'postgres' (there is sqlite, embedded: 'catalog: sqlite' or 'catalog: {sqlite: PATH}', "
                + "and postgresql: 'catalog: postgresql://USER@HOST:PORT/DATABASE' or "
                + "'catalog: {postgresql: \"service=NAME\"}')"),
        Case(
            "pulih: 1\nwarehouse: {spark: x}",
            "unknown warehouse 'spark' (there is duckdb, embedded: 'warehouse: duckdb' or 'warehouse: {duckdb: PATH}', "
                + "and postgresql: 'warehouse: postgresql://USER@HOST:PORT/DATABASE' or "
                + "'warehouse: {postgresql: \"service=NAME\"}')"),
        Case("pulih: 1\ncatalog: {sqlite: }", "'sqlite' must be a path, not empty"),
        Case(
            "pulih: 1\nsettings: {memory_limit: 12MB}",
            "'memory_limit' must be a size of 32MB or more, not '12MB' (write a number and KB, MB or GB)"),
        Case(
            "pulih: 1\nsettings: {memory_limit: 512}",
            "'memory_limit' must be a size of 32MB or more, not '512' (write a number and KB, MB or GB)"),
        Case("pulih: 1\nsettings: {threads: 0}", "'threads' must be a whole number from 1 to 1024, not '0'"),
        Case(
            "pulih: 1\nsettings: {threads: many}",
            "'threads' must be a whole number from 1 to 1024, not 'many'"),
        Case(
            "pulih: 1\nsettings: {settle_seconds: -1}",
            "'settle_seconds' must be a number from 0 to 86400, not '-1'"),
        Case(
            "pulih: 1\nsettings: {lease_expiry: 1s}",
            "'lease_expiry' must be a time from 5s to 1h, not '1s' (write a number and s, min or h)"),
        Case(
            "pulih: 1\nsettings: [2]",
            "settings must be a mapping, not a list (keys are memory_limit, threads, parallel_steps, settle_seconds, lease_expiry, disk_reserve, process_memory, retry, auto_restart, time_zone, retention)"
        ),
        Case("pulih: 1\nhooks: {on_sucess: x}", "unknown key 'on_sucess' (did you mean 'on_success'?)"),
        Case(
            "pulih: 1\nhooks: {on_start: 'SELECT {{ clent }}'}",
            "unknown variable 'clent' (did you mean 'client'?)"),
        Case(
            "pulih: 1\nhooks: {on_start: 'ANALYZE {{ this }}'}",
            "'{{ this }}' is no table in a hook of the run"),
        Case(
            "pulih: 1\nhooks: {on_start: {a: b}}",
            "'on_start' must be a text or a list of texts, not a mapping"),
    ]

    @Test(arguments: topLevel) func topLevelProblem(_ example: Case) throws {
        let yaml = Workspace.yaml().replacing("pulih: 1", with: example.text)
        let line = example.text.count { $0 == "\n" } + 1
        #expect(try Workspace(yaml: yaml).problems() == ["pulih.yml:\(line): \(example.problem)"])
    }

    static let clients = [
        Case("client1: {}", "client client1 has no 'id' (a whole number of its own)"),
        Case("client1: {id: 0}", "'id' must be a whole number from 1 to 2147483647, not '0'"),
        Case("Client-1: {id: 1}", "'Client-1' cannot be the name of a client (\(rule))"),
        Case("client1: {id: 1, sources: [crm, cmr]}", "unknown source 'cmr' (did you mean 'crm'?)"),
        Case("client1: {id: 1, sources: [crm, crm]}", "source 'crm' stands twice in the list"),
        Case("client1: {id: 1, sources: []}", "'sources' is an empty list"),
        Case(
            "client1: {id: 1, severity: quarantin}",
            "'severity' must be fail, quarantine or warn, not 'quarantin' (did you mean 'quarantine'?)"),
        Case(
            "client1: 1",
            "client client1 must be a mapping, not '1' (keys are id, sources, severity, role, time_zone, expected)"
        ),
        Case(
            "client1: {id: 1, role: etl_client1}",
            "a duckdb warehouse has no roles (roles are for 'warehouse: postgresql://USER@HOST:PORT/DATABASE')"
        ),
        Case("client1: {id: 1}\n  client2: {id: 1}", "id 1 is taken by the client in line 3"),
    ]
    static let rule = "names are lower-case letters, digits and _, and begin with a letter"

    @Test(arguments: clients) func clientProblem(_ example: Case) throws {
        let yaml = Workspace.yaml().replacing("client1:\n    id: 1", with: example.text)
        let line = example.text.count { $0 == "\n" } + 3
        #expect(try Workspace(yaml: yaml).problems() == ["pulih.yml:\(line): \(example.problem)"])
    }

    static let sources = [
        Case("sources:", "pulih.yml:3: no source file is declared ('pulih infer FILE' proposes one)"),
        Case("sources: {CRM: {files: {}}}", "pulih.yml:3: 'CRM' cannot be the name of a source (\(rule))"),
        Case(
            "sources: {crm: {files: {}}}",
            "pulih.yml:3: source crm has no 'files' ('pulih infer FILE' proposes one)"),
        Case("sources: {crm: {file: {}}}", "pulih.yml:3: unknown key 'file' (did you mean 'files'?)"),
        Case("sources: [crm]", "pulih.yml:3: sources must be a mapping, not a list"),
        Case(
            "sources:\n  crm:\n    files:\n      a: {pattern: a, delivery: full, columns: {x: text}}\n"
                + "      b: {pattern: A, delivery: full, columns: {x: text}}",
            "pulih.yml:7: crm.b has the pattern of crm.a (a file name must lead to one of them, or to different tables of a workbook)"
        ),
        Case(
            "sources:\n  crm:\n    files:\n      a: {pattern: a, delivery: full, columns: {x: text}}\n"
                + "      b: {pattern: b, delivery: full, target: crm_a, columns: {x: text}}",
            "pulih.yml:7: the bronze table crm_a of crm.b belongs to crm.a (give one of them another 'target')"
        ),
        Case(
            "sources:\n  crm:\n    files:\n      a_current: {pattern: b, delivery: full, columns: {x: text}}\n"
                + "      a: {pattern: a, delivery: full, columns: {x: text}}",
            "pulih.yml:7: the view crm_a_current of crm.a has the name of the table of crm.a_current "
                + "(give one of them another 'target')"),
        Case(
            "sources: {crm: {files: {A-b: {pattern: a, delivery: full, columns: {x: text}}}}}",
            "pulih.yml:3: 'A-b' cannot be the name of a file (\(rule))"),
    ]

    @Test(arguments: sources) func sourceProblem(_ example: Case) throws {
        let problems = try Workspace(yaml: "pulih: 1\nclients: {client1: {id: 1}}\n\(example.text)\n")
            .problems()
        #expect(problems.contains(example.problem), "\(problems)")
    }
}
