import PulihModel
import Testing

@Suite struct TemplateTests {
    static let context = ModelTemplate.Context(
        client: "o'neill", batch: BatchID(number: 14), batchTime: 1_795_140_000_000_000,
        this: TableName(schema: "build_gold_c", table: "dim")
    ) { $0.live("c") }

    static func expand(_ sql: String) throws -> String {
        try ModelTemplate.expand(sql, context, at: SourceLine(file: "sql/gold/dim.sql", line: 10))
    }

    static let expansions = [
        ("{{ client }}", "'o''neill'"),
        ("{{batch_id}}", "'BATCH000014'"),
        ("{{ batch_time }}", "TIMESTAMP '2026-11-20 02:00:00.000000'"),
        ("SELECT * FROM {{ this }}", #"SELECT * FROM "build_gold_c"."dim""#),
        ("{{ bronze }}.t AS x", #""bronze_c"."t" AS x"#),
        ("({{ silver }}.Orders)", #"("silver_c"."orders")"#),
        (#"{{ gold }} . "Big ""T""".id"#, #""gold_c"."Big ""T""".id"#),
        ("{{ silver }}.a.id, {{ gold }}.b_2$,", #""silver_c"."a".id, "gold_c"."b_2$","#),
        // In a text: the value alone.
        ("'in/{{ client }}/{{ batch_id }}'", "'in/o''neill/BATCH000014'"),
        ("'it''s {{ batch_time }}'", "'it''s 2026-11-20 02:00:00.000000'"),
        ("$$ {{ batch_id }} $$ || {{ batch_id }}", "$$ BATCH000014 $$ || 'BATCH000014'"),
        ("$a$ ' $$ {{ batch_id }} $a$", "$a$ ' $$ BATCH000014 $a$"),
        (#"E'\'{{ batch_id }}' || {{ batch_id }}"#, #"E'\'BATCH000014' || 'BATCH000014'"#),
        (#"name'\' || {{ batch_id }}"#, #"name'\' || 'BATCH000014'"#),
        // In a comment: nothing.
        ("-- {{ nothing }} '\n{{ batch_id }}", "-- {{ nothing }} '\n'BATCH000014'"),
        ("/* {{ a }} /* ' */ \" */ {{ batch_id }}", "/* {{ a }} /* ' */ \" */ 'BATCH000014'"),
        // No variable at all.
        (
            "SELECT {'a': {'b': 1}}, $1, a$b, 1 - -1, \"--\", 'é'",
            "SELECT {'a': {'b': 1}}, $1, a$b, 1 - -1, \"--\", 'é'"
        ),
        ("", ""),
    ]

    @Test(arguments: expansions) func expands(_ sql: String, _ expected: String) throws {
        #expect(try Self.expand(sql) == expected)
    }

    static let problems = [
        ("SELECT\n{{ clinet }}", 11, "unknown variable 'clinet'", "did you mean 'client'?"),
        (
            "{{ }}", 10, "unknown variable ''",
            "variables are client, batch_id, batch_time, this, bronze, silver, gold"
        ),
        ("a\n\n{{ silver }} . 1", 12, "'{{ silver }}' is not followed by a table", "write {{ silver }}.name"),
        ("{{ silver }}", 10, "'{{ silver }}' is not followed by a table", "write {{ silver }}.name"),
        ("{{ gold }}.\"\"", 10, "'{{ gold }}' is not followed by a table", "write {{ gold }}.name"),
        ("'{{ this }}'", 10, "'{{ this }}' stands inside a text, where a table cannot be", ""),
        ("'{{ gold }}.x'", 10, "'{{ gold }}' stands inside a text, where a table cannot be", ""),
        (
            "'{{ x }}'", 10, "unknown variable 'x'",
            "variables are client, batch_id, batch_time, this, bronze, silver, gold"
        ),
        ("\"{{ client }}\"", 10, "'{{ client }}' stands inside a quoted name, where no variable can be", ""),
        ("{{ client }", 10, "'{{' is not closed by '}}'", ""),
        ("'a\n{{ client' }}", 11, "'{{' is not closed by '}}'", ""),
    ]

    @Test(arguments: problems)
    func refuses(_ sql: String, _ line: Int, _ message: String, _ hint: String) throws {
        let error = try #require(throws: PulihError.self) { try Self.expand(sql) }
        #expect(error.code == .configuration)
        #expect(error.summary == "sql/gold/dim.sql:\(line): \(message)")
        #expect(error.hint == hint)
    }

    @Test func thereIsNoTableOfItsOwnInAHookOfTheRun() throws {
        var context = Self.context
        context.this = nil
        let at = SourceLine(file: "pulih.yml", line: 4)
        #expect(try ModelTemplate.expand("SELECT {{ batch_id }}", context, at: at) == "SELECT 'BATCH000014'")
        let error = try #require(throws: PulihError.self) {
            try ModelTemplate.expand("ANALYZE {{ this }}", context, at: at)
        }
        #expect(error.summary == "pulih.yml:4: '{{ this }}' is no table here")
    }

    @Test func referencesAreTheTablesInCode() {
        let sql = """
            -- {{ silver }}.old
            SELECT '{{ client }}', {{ gold }}.dim.id FROM {{ silver }}.a JOIN {{ silver }}.A JOIN {{ bronze }}."x_current"
            """
        #expect(
            ModelTemplate.references(in: sql) == [
                LayerTable(.gold, "dim"), LayerTable(.silver, "a"), LayerTable(.bronze, "x_current"),
            ])
        #expect(ModelTemplate(sql).references.map(\.linesBefore) == [1, 1, 1, 1])
        #expect(!ModelTemplate(sql).usesThis)
    }

    static let timestamps: [(Int64, String)] = [
        (0, "1970-01-01 00:00:00.000000"), (-1, "1969-12-31 23:59:59.999999"),
        (951_782_400_000_001, "2000-02-29 00:00:00.000001"),
        (4_107_542_399_999_999, "2100-02-28 23:59:59.999999"),
        (4_107_542_400_000_000, "2100-03-01 00:00:00.000000"),
        (-62_167_219_200_000_000, "0000-01-01 00:00:00.000000"),
    ]

    @Test(arguments: timestamps) func timestampsAreExact(_ microseconds: Int64, _ text: String) {
        #expect(SQLText.timestamp(microseconds) == text)
    }
}

@Suite struct StatementTests {
    @Test func statementsAreSplitAtSemicolonsThatAreCode() {
        let sql =
            "\n-- first; one\nSELECT ';' || \";\" || $$;$$ /* ; */\nFROM a;;\n  DROP TABLE b -- the end;\n"
        let statements = SQLStatement.split(sql)
        #expect(
            statements.map(\.text) == ["SELECT ';' || \";\" || $$;$$ /* ; */\nFROM a", "DROP TABLE b"])
        #expect(statements.map(\.linesBefore) == [2, 4])
    }

    @Test(arguments: ["", ";", " -- a\n;/* b; */ ;"]) func nothingIsNoStatement(_ sql: String) {
        #expect(SQLStatement.split(sql) == [])
    }

    @Test func whatIsNotClosedReachesToTheEnd() {
        #expect(SQLStatement.split("SELECT 'a; b").map(\.text) == ["SELECT 'a; b"])
        #expect(SQLStatement.split("SELECT 1 /* a; b").map(\.text) == ["SELECT 1"])
    }
}

@Suite struct SuggestionTests {
    static let words = ["delimiter", "quote", "header", "ignore_extra", "id"]

    @Test(arguments: [
        ("delimeter", "delimiter"), ("delimitre", "delimiter"), ("Quote", "quote"), ("heder", "header"),
        ("ignore", "ignore_extra"), ("headers", "header"), ("di", "id"), ("ie", "id"), ("qoute", "quote"),
    ])
    func theNearestWordIsFound(_ typed: String, _ meant: String) {
        #expect(Suggestion.nearest(to: typed, among: Self.words) == meant)
        #expect(Suggestion.hint(for: typed, among: Self.words) == "did you mean '\(meant)'?")
    }

    @Test(arguments: ["", "encoding", "xyz", "column", "he", "x"]) func aStrangeWordHasNone(_ typed: String) {
        #expect(Suggestion.nearest(to: typed, among: Self.words) == nil)
        #expect(Suggestion.hint(for: typed, among: Self.words) == "")
    }

    @Test func namesAreFoundWithoutAParser() {
        let sql = #"""
            SELECT a.x, -- silver_c.comment
                'silver_c.text' || $$ silver_c.dollar $$
            FROM Silver_C . Orders AS a, "silver_c"."Big ""T""", ROWS FROM (generate_series(1, 2.5)) AS r,
                silver_c /* between */ . items
            """#
        let names = SQLStatement.qualifiedNames(in: sql).map { "\($0.schema) \($0.table)" }
        #expect(
            names == ["a x", "silver_c orders", "silver_c Big \"T\"", "2 5", "silver_c items"])
    }
}
