import PulihModel
import PulihTesting
import Testing

/// What is typed wrongly, configured wrongly, or asked for help.
struct CommandLineTests {
    static let verbs = [
        "init", "infer", "apply", "start", "restart", "reprocess", "replace", "quarantine", "status",
        "batches", "show", "schema",
        "trace", "query", "doctor", "failpoints", "wait", "purge",
    ]

    // MARK: help

    @Test(arguments: verbs) func helpShowsAnExample(_ verb: String) async throws {
        let output = try await PulihProgram.run([verb, "--help"])
        #expect(output.exit == 0)
        #expect(output.stdout.contains("\nExample"))
        #expect(try Golden.difference(output.stdout, "help/\(verb)") == nil)
        #expect(try await PulihProgram.run(["help", verb]).stdout == output.stdout)
    }

    @Test func helpListsEveryVerb() async throws {
        let output = try await PulihProgram.run(["--help"])
        #expect(output.exit == 0)
        #expect(try Golden.difference(output.stdout, "help/pulih") == nil)
        for verb in Self.verbs { #expect(output.stdout.contains("\n  \(verb) "), "\(verb)") }
        let bare = try await PulihProgram.run([])
        #expect(bare.exit == 2)
        #expect(bare.stdout == output.stdout)
        #expect(try await PulihProgram.run(["--version"]).stdout.hasPrefix("pulih "))
    }

    // MARK: usage

    @Test(arguments: [
        (["strat", "client1"], "there is no verb 'strat' (did you mean 'start'?)"),
        (["start"], "pulih start: CLIENT is missing"),
        (["start", "client1", "BATCH000001"], "pulih start: 'BATCH000001' is too much"),
        (["restart", "client1", "fourteen"], "'fourteen' is no batch id"),
        (["restart", "client1", "--form", "convert"], "unknown option '--form' (did you mean '--from'?)"),
        (["restart", "client1", "--from", "convrt"], "'convrt' is no stage (did you mean 'convert'?)"),
        (["start", "clinet1"], "there is no client 'clinet1' (did you mean 'client1'?)"),
        (["show", "BATCH000009"], "client1 has no BATCH000009"),
        (["restart", "client1", "BATCH000009"], "client1 has no BATCH000009"),
        (["trace", "client1", "gols.dim_customers", "true"], "(did you mean 'gold.dim_customers'?)"),
        (["batches", "--limit", "few"], "--limit takes a whole number, not 'few'"),
    ])
    func saysWhatIsWrongWithTheCommand(words: [String], message: String) async throws {
        let shop = try await Shop.loaded()
        let output = try await PulihProgram.run(words, folder: shop.root)
        #expect(output.exit == 2, "\(output.everything)")
        #expect(output.stderr.contains(message), "\(output.everything)")
        #expect(output.stderr.contains("\nHINT: "))
        #expect(output.stdout.isEmpty)
        let json = try await PulihProgram.run(words + ["--json"], folder: shop.root).json()
        #expect(json["error"]?["exit"] == 2)
        #expect(json["error"]?["summary"]?.string?.contains(message) == true)
    }

    @Test func outsideAWorkspaceItSaysHowToMakeOne() async throws {
        let output = try await PulihProgram.run(["status"], folder: "/")
        #expect(output.exit == 2)
        #expect(output.stderr.contains("there is no pulih.yml here or in a folder above"))
    }

    // MARK: configuration

    @Test func everyConfigurationErrorIsToldWithItsLine() async throws {
        let configuration = Shop.configuration
            .replacing("delivery: delta", with: "delivry: delta")
            .replacing("- unique: id", with: "- unique: idd")
        let shop = try await TestWorkspace(
            configuration, models: ["gold/a.sql": "SELECT * FROM {{ bronze }}.shop_custmers_current"])
        let output = try await shop.must("apply", "--yes", exit: 3)
        let lines = configuration.split(separator: "\n", omittingEmptySubsequences: false)
        let delivery = try #require(lines.firstIndex { $0.contains("delivry") }) + 1
        let rule = try #require(lines.firstIndex { $0.contains("idd") }) + 1
        #expect(
            output.stderr.contains("pulih.yml:\(delivery): unknown key 'delivry' (did you mean 'delivery'?)"))
        #expect(
            output.stderr.contains(
                "pulih.yml:\(rule): unknown column 'idd' in rule unique (did you mean 'id'?)"))
        #expect(output.stderr.contains("sql/gold/a.sql:1: unknown table bronze.shop_custmers_current"))
        #expect(!shop.exists("data/catalog.sqlite"))
        let doctor = try await shop.json("doctor", exit: 3)
        #expect(doctor.array?.first?["verdict"] == "fail")
    }

    @Test func nothingRunsBeforeApply() async throws {
        let shop = try await TestWorkspace(Shop.configuration, models: Shop.models)
        let output = try await shop.must("start", "client1", exit: 6)
        #expect(output.stderr.contains("run 'pulih apply'"))
    }

    @Test func applyShowsTheDifferenceAndIsRepeatable() async throws {
        let shop = try await Shop.make()
        #expect(
            try await shop.must("apply", "--yes").stdout
                == "nothing to apply: the catalog has what the files say\n")
        try shop.edit(
            "pulih.yml", "{id: integer, name: text, city: text}", "{id: bigint, name: text, city: text}")
        let checked = try await shop.must("apply", "--check", exit: 3)
        #expect(
            checked.stdout.contains("~ column_mapping client1 shop customers id: data_type integer -> bigint")
        )
        let unasked = try await shop.must("apply", exit: 2)
        #expect(unasked.stderr.contains("nothing was applied"))
        let json = try await shop.json("apply", "--yes")
        #expect(json["applied"] == true)
        #expect(try await shop.json("apply", "--check")["changes"] == [])
    }

    @Test func aModelThatReadsInACircleIsRefused() async throws {
        let shop = try await TestWorkspace(
            Shop.configuration,
            models: ["gold/a.sql": "SELECT * FROM {{ gold }}.b", "gold/b.sql": "SELECT * FROM {{ gold }}.a"])
        let output = try await shop.must("apply", "--yes", exit: 3)
        #expect(output.stderr.contains("gold.a") && output.stderr.contains("gold.b"))
    }

    // MARK: a workspace of one's own

    @Test func initMakesAWorkspaceThatApplies() async throws {
        let parent = try await TestWorkspace("pulih: 1\n")
        let made = try await parent.json("init", "own")
        #expect(made["files"]?.array?.first == "pulih.yml")
        try await parent.must("apply", "--yes", "-w", "own")
        let again = try await parent.must("init", "own", exit: 1)
        #expect(again.stderr.contains("is not empty"))
        try await parent.must("init", "shop", "--example", "retail")
        try await parent.must("apply", "--yes", "-w", "shop")
        let unknown = try await parent.must("init", "x", "--example", "retial", exit: 2)
        #expect(unknown.stderr.contains("examples: health, retail"))
    }

    @Test func initWritesWhereCatalogAndWarehouseAre() async throws {
        let parent = try await TestWorkspace("pulih: 1\n")
        let (catalog, warehouse) = ("postgresql://pulih@db1:5432/dwh", "postgresql://pulih@db2/dwh")
        try await parent.must("init", "plain", "--example", "retail")
        let plain = try parent.read("plain/pulih.yml")
        try await parent.must("init", "own", "--catalog", catalog, "--warehouse", warehouse)
        try await parent.must(
            "init", "shop", "--example", "retail", "--catalog", catalog, "--warehouse", warehouse)
        #expect(
            try parent.read("shop/pulih.yml")
                == plain.replacing("catalog: sqlite\n", with: "catalog: \(catalog)\n")
                .replacing("warehouse: duckdb\n", with: "warehouse: \(warehouse)\n"))
        #expect(try parent.read("own/pulih.yml").contains("\ncatalog: \(catalog)\nwarehouse: \(warehouse)\n"))

        let secret = try await parent.must(
            "init", "x", "--catalog", "postgresql://pulih:s3cret@db1/dwh", exit: 2)
        #expect(secret.stderr.contains("pulih init: --catalog: a password does not stand in an address"))
        #expect(!secret.everything.contains("s3cret"))
        #expect(!parent.exists("x"))
    }

    @Test func whatInferProposesCanBeLoaded() async throws {
        let shop = try await TestWorkspace("pulih: 1\n")
        try shop.write(
            "people.csv",
            "id;name;born;salary;phone\n1;Ann;2001-02-03;1234.50;0815\n2;Ben;1999-12-31;99.00;0816\n")
        let proposal = try await shop.must("infer", "people.csv", "--source", "hr").stdout
        #expect(proposal.hasPrefix("sources:\n  hr:\n    files:\n"))
        let delivery =
            proposal.contains("delivery: full")
            ? proposal : proposal.replacing("delivery:", with: "delivery: full #")
        try shop.write(
            "pulih.yml", "pulih: 1\nsettings: {settle_seconds: 0}\nclients: {client1: {id: 1}}\n\(delivery)")
        try await shop.must("apply", "--yes")
        try shop.drop("people.csv", try shop.read("people.csv"), source: "hr")
        try await shop.must("start", "client1")
        #expect(
            try await shop.rows(
                "SELECT id, name, born, salary, phone FROM bronze_client1.hr_people ORDER BY id")
                == ["1,Ann,2001-02-03,1234.50,0815", "2,Ben,1999-12-31,99.00,0816"])
    }
}
