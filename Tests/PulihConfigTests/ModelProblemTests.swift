import PulihConfig
import PulihModel
import Testing

@Suite struct ModelProblemTests {
    static let identifierRule = "names are lower-case letters, digits and _, and begin with a letter"
    static let matter = [
        Case(
            "materialized: tabel",
            "'materialized' must be table, incremental, history, view or materialized_view, not 'tabel' "
                + "(did you mean 'table'?)"),
        Case("materialized: history", "a history needs a 'unique_key' (unique_key: [column, …])"),
        Case(
            "{materialized: history, unique_key: a, on_schema_change: append}",
            "'on_schema_change' of a history must be fail (what a new column held before would be a guess)"),
        Case(
            "materialized: incremental", "an incremental model needs a 'unique_key' (unique_key: [column, …])"
        ),
        Case("deletes: close", "'deletes' has a meaning for a history only"),
        Case(
            "{materialized: history, unique_key: a, deletes: keep}",
            "'deletes' must be close or ignore, not 'keep'"),
        Case("on_schema_change: add", "'on_schema_change' must be fail, append or ignore, not 'add'"),
        Case("test: []", "unknown key 'test' (did you mean 'tests'?)"),
        Case("tests: {not_null: a}", "'tests' must be a list, not a mapping"),
        Case("tests: [{uniq: a}]", "unknown test 'uniq' (did you mean 'unique'?)"),
        Case(
            "tests: [{not_null: a, severity: quarantine}]",
            "'severity' must be fail or warn, not 'quarantine'"),
        Case(
            "tests: [{relationship: a, field: b}]",
            "test relationship has no 'to' (the other table, such as gold.dim_customers)"),
        Case(
            "tests: [{relationship: a, to: silver.other}]",
            "test relationship has no 'field' (the other table's column)"),
        Case(
            "tests: [{relationship: a, to: dim, field: b}]",
            "'dim' is no table (write layer.name, such as gold.dim_customers)"),
        Case(
            "tests: [{relationship: a, to: sliver.b, field: b}]",
            "unknown layer 'sliver' in 'sliver.b' (did you mean 'silver'?)"),
        Case(
            "tests: [{relationship: a, to: gold.bb, field: b}]", "unknown table gold.bb"),
        Case(
            "tests: [{relationship: a, to: gold.other, field: b}]",
            "unknown table gold.other (there is silver.other)"),
        Case(
            "tests: [{relationship: a, to: bronze.crm_cust_info_current, field: nam}]",
            "bronze.crm_cust_info_current has no column 'nam' (did you mean 'name'?)"),
        Case("tests: [row_count: {}]", "row_count has no bound"),
        Case("tests: [row_count: {min: 3, max: 2}]", "'min' is greater than 'max'"),
        Case(
            "tests: [sql: 'SELECT 1; SELECT 2']",
            "the test must be one SELECT, which returns the rows that should not be"),
        Case("tests: [sql: 'SELECT {{ thsi }}']", "unknown variable 'thsi' (did you mean 'this'?)"),
        Case("tests: [sql: 'FROM {{ silver }}.othr']", "unknown table silver.othr (did you mean 'other'?)"),
        Case(
            "tests: [not_null: a, not_null: a]",
            "a test named 'not_null(a)' stands in line 2 already (give one of them a 'name')"),
        Case(
            "pre_hook: 'SELECT {{ silver }}'",
            "'{{ silver }}' is not followed by a table (write {{ silver }}.name)"),
        Case("trace: [{on: {a: b}}]", "trace has no 'to' (the upstream table, such as silver.crm_cust_info)"),
        Case(
            "trace: [{to: silver.other}]",
            "trace has no 'on' (on: {column of this model: expression over the upstream})"),
        Case("trace: [{to: silver.othr, on: {a: b}}]", "unknown table silver.othr (did you mean 'other'?)"),
        Case("trace: [{to: silver.other, on: {a: }}]", "'a' of trace must be an expression, not empty"),
    ]

    @Test(arguments: matter) func frontMatterProblem(_ example: Case) throws {
        let model = "/* ---\n\(example.text)\n--- */\nSELECT 1"
        let models = ["silver/other.sql": "SELECT 1", "silver/a.sql": model]
        #expect(try Workspace(models: models).problems() == ["sql/silver/a.sql:2: \(example.problem)"])
    }

    static let texts = [
        Case(
            "\n/* ---\nmaterialized: view\n\nSELECT 1",
            "2: the front matter is not closed (end it with a line '--- */')"),
        Case("", "1: there is no SELECT"),
        Case("/* ---\nmaterialized: view\n--- */\n-- nothing\n;\n", "4: there is no SELECT"),
        Case(
            "SELECT 1;\n-- and\nDROP TABLE x",
            "3: a second statement begins here; a model is one SELECT "
                + "(what runs before or after it is a pre_hook or post_hook)"),
        Case(
            "SELECT 1\nFROM {{ silver }}.b\nJOIN {{ slver }}.c",
            "3: unknown variable 'slver' (did you mean 'silver'?)"),
        Case(
            "SELECT {{ nothing }}",
            "1: unknown variable 'nothing' (variables are client, batch_id, batch_time, this, bronze, silver, gold)"
        ),
        Case("SELECT {{ client", "1: '{{' is not closed by '}}'"),
        Case("/* ---\ntests:\n  - not_null: [a\n--- */\nSELECT 1", "4: "),
        Case(
            "-- a model\n/* ---\nmaterialized: view\n--- */\nSELECT 1",
            "2: front matter has no effect here (it stands once, before anything else in the file)"),
        Case("/* ---\n- a\n--- */\nSELECT 1", "2: front matter must be a mapping, not a list"),
    ]

    @Test(arguments: texts) func textProblem(_ example: Case) throws {
        let models = ["silver/b.sql": "SELECT 1", "silver/a.sql": example.text]
        let problems = try Workspace(models: models).problems()
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("sql/silver/a.sql:\(example.problem)") == true, "\(problems)")
    }

    static let places = [
        Case(
            "bronze/a.sql",
            "sql/bronze/a.sql: bronze has no models; it is loaded from files (models live in sql/silver and sql/gold)"
        ),
        Case(
            "sliver/x/a.sql", "sql/sliver/x/a.sql: 'sliver' is no layer with models (did you mean 'silver'?)"),
        Case(
            "proceduers/a.sql",
            "sql/proceduers/a.sql: 'proceduers' is no layer with models (did you mean 'procedures'?)"),
        Case(
            "procedures/a.sql",
            "sql/procedures/a.sql: a duckdb warehouse has no procedures (models live in sql/silver and sql/gold)"
        ),
        Case("a.sql", "sql/a.sql: a model in no layer (models live in sql/silver and sql/gold)"),
        Case(
            "gold/dim-a.sql", "sql/gold/dim-a.sql: 'dim-a' cannot be the name of a model (\(identifierRule))"),
        Case(
            "silver/z/other.sql",
            "sql/silver/z/other.sql: silver.other is already made by sql/silver/other.sql"),
    ]

    @Test(arguments: places) func placeProblem(_ example: Case) throws {
        let models = ["silver/other.sql": "SELECT 1", example.text: "SELECT 1"]
        #expect(try Workspace(models: models).problems() == [example.problem])
    }

    @Test func otherFilesAreLeftAlone() throws {
        let models = [
            "bronze/notes.md": "", "silver/a.sql.bak": "", "silver/.a.sql": "", "x.py": "",
            "gold/other.sql": "SELECT 1",
            "silver/other.sql": "SELECT 1",
        ]
        #expect(try Workspace(models: models).problems() == [])
    }

    @Test func tablesOfAnUnreadableWorkspaceAreNotCalledUnknown() throws {
        let workspace = try Workspace(
            yaml: "pulih: [", models: ["silver/a.sql": "SELECT * FROM {{ bronze }}.x JOIN {{ silver }}.y"])
        let problems = try workspace.problems()
        #expect(problems.count == 2)
        #expect(problems.last == "sql/silver/a.sql:1: unknown table silver.y")
    }

    @Test func aModelThatIsWrongIsStillThere() throws {
        let models = ["silver/a.sql": "", "silver/b.sql": "SELECT * FROM {{ silver }}.a"]
        #expect(try Workspace(models: models).problems() == ["sql/silver/a.sql:1: there is no SELECT"])
    }
}
