import PulihConfig
import PulihModel
import Testing

/// Where the catalog and the warehouse are.
@Suite struct LocationTests {
    static let url = "postgresql://pulih@localhost:5432/dwh"

    static func yaml(_ lines: String) -> String {
        Workspace.yaml().replacing("pulih: 1", with: "pulih: 1\n\(lines)")
    }

    static func load(_ lines: String) throws -> Configuration { try Workspace(yaml: yaml(lines)).load() }

    @Test(arguments: [
        url, "postgres://db1/dwh", "postgresql://",
        "postgresql:///dwh?host=/var/run/postgresql&sslmode=require",
        "postgresql://pulih@[::1]:5432,db2.local:5433/dwh?target_session_attrs=read-write&ssl=true",
        "postgresql://pulih@%2Fvar%2Frun/d%77h",
    ])
    func aURLIsKeptAsWritten(_ url: String) throws {
        let configuration = try Self.load("catalog: \(url)\nwarehouse: \(url)")
        #expect(configuration.catalog == .postgresql(PostgresLocation(url: url)))
        #expect(configuration.warehouse == .postgresql(PostgresLocation(url: url)))
    }

    @Test(arguments: [
        "service=dwh", "host=/tmp port = 5433 dbname='my \\\\'base' user=pulih", "host=a,b port=5432,5433",
    ])
    func pairsAreKeptAsWritten(_ text: String) throws {
        let yaml = "warehouse: {postgresql: \"\(text)\"}"
        let plain = text.replacing("\\\\", with: "\\")
        #expect(try Self.load(yaml).warehouse == .postgresql(PostgresLocation(url: plain)))
        #expect(try Self.load(yaml).catalog == .sqlite(path: "data/catalog.sqlite"))
    }

    @Test func aPasswordIsNamedByItsPlace() throws {
        let configuration = try Self.load(
            """
            catalog: {postgresql: "\(Self.url)", password: {env: DWH_PASSWORD}}
            warehouse: {postgresql: "\(Self.url)", password: {file: secrets/dwh}}
            """)
        #expect(
            configuration.catalog
                == .postgresql(PostgresLocation(url: Self.url, password: .env("DWH_PASSWORD"))))
        #expect(
            configuration.warehouse
                == .postgresql(PostgresLocation(url: Self.url, password: .file("secrets/dwh"))))
    }

    @Test func aClientMayHaveARole() throws {
        let yaml = Self.yaml("warehouse: \(Self.url)").replacing(
            "id: 1", with: "id: 1\n    role: etl_client1")
        #expect(try Workspace(yaml: yaml).load().clients.map(\.role) == ["etl_client1"])
        #expect(try Self.load("warehouse: \(Self.url)").clients.map(\.role) == [nil])
    }

    static let inAddress =
        "a password does not stand in an address (libpq finds it in ~/.pgpass, a service file or "
        + "PGPASSWORD, or write {postgresql: URL, password: {env: NAME}} or password: {file: PATH})"
    static let elsewhere =
        "'password' must say where the password is, and not be it "
        + "(password: {env: NAME} or password: {file: PATH})"

    static let problems = [
        Case("warehouse: postgresql://pulih:s3cret@localhost/dwh", inAddress),
        Case("warehouse: postgresql://:s3cret@localhost/dwh", inAddress),
        Case("warehouse: postgresql://localhost/dwh?user=pulih&password=s3cret", inAddress),
        Case("warehouse: postgresql://localhost/dwh?p%61ssword=s3cret", inAddress),
        Case("warehouse: {postgresql: \"host=a password = 's3cret x'\"}", inAddress),
        Case(
            "warehouse: postgresql://localhost/dwh?sslpassword=s3cret",
            "'sslpassword' does not stand in an address (put it into a service file)"),
        // A slash ends what libpq takes for user and password, so this is a port.
        Case(
            "warehouse: postgresql://pulih:s3c/ret@localhost/dwh",
            "the address has a port that is no number from 1 to 65535"),
        Case(
            "warehouse: postgresql://db:65536/dwh", "the address has a port that is no number from 1 to 65535"
        ),
        Case(
            "warehouse: postgresql://db/dwh?application_name=me",
            "'application_name' cannot be chosen (Pulih finds its own sessions by that name)"),
        Case(
            "warehouse: postgresql://db/dwh?sslmod=require",
            "the address has an unknown keyword 'sslmod' (did you mean 'sslmode'?)"),
        Case(
            "warehouse: postgresql://db/dwh?s3cret_of_mine=1",
            "the address has a keyword that libpq does not know"),
        Case(
            "warehouse: postgresql://db/dwh?sslmode",
            "the address has something after '?' that is no keyword=value"),
        Case(
            "warehouse: postgresql://db/d%zz",
            "the address has a '%' that is not followed by two hexadecimal digits (a '%' itself is written %25)"
        ),
        Case("warehouse: postgresql://[::1/dwh", "the address has a '[' without its ']'"),
        Case("warehouse: postgresql://[::1]5432/dwh", "the address has something after ']' that is no port"),
        Case("warehouse: postgresql://db/dwh?client_encoding=latin1", "'client_encoding' must be UTF8"),
        Case("warehouse: {postgresql: \"host='a\"}", "the address has a quote without its end"),
        Case(
            "warehouse: {postgresql: dwh}",
            "the address is neither a URL nor keyword=value pairs "
                + "(such as postgresql://pulih@localhost:5432/dwh or service=dwh)"),
        Case(
            "warehouse: {postgresql: }",
            "'postgresql' must be an address, not empty (such as postgresql://pulih@localhost:5432/dwh or service=dwh)"
        ),
        Case(
            "warehouse: {postgresql: [a]}",
            "'postgresql' must be an address, not a list (such as postgresql://pulih@localhost:5432/dwh or service=dwh)"
        ),
        Case(
            "warehouse: {postgresql: service=dwh, pasword: {env: A}}",
            "unknown key 'pasword' (did you mean 'password'?)"),
        Case("warehouse: {postgresql: service=dwh, password: s3cret}", elsewhere),
        Case("warehouse: {postgresql: service=dwh, password: }", elsewhere),
        Case("warehouse: {postgresql: service=dwh, password: {env: A, file: b}}", elsewhere),
        Case(
            "warehouse: {postgresql: service=dwh, password: {evn: A}}",
            "unknown key 'evn' (did you mean 'env'?)"),
        Case(
            "warehouse: {postgresql: service=dwh, password: {env: s3cret!}}",
            "'env' must be the name of an environment variable"),
        Case("warehouse: {postgresql: service=dwh, password: {file: }}", "'file' must be the path of a file"),
    ]

    @Test(arguments: problems) func problem(_ example: Case) throws {
        let told = try Workspace(yaml: Self.yaml(example.text)).problems()
        #expect(told == ["pulih.yml:2: \(example.problem)"])
        #expect(!told.joined().contains("s3c"))
    }

    @Test func whatIsUnknownIsNamedWithoutWhatMayBeSecret() throws {
        for (place, shown) in [
            ("mysql://me:s3cret@db/x", "mysql://…"), ("service=s3cret", "service…"), ("mysql", "mysql"),
        ] {
            let told = try Workspace(yaml: Self.yaml("catalog: \(place)")).problems().joined()
            #expect(told.hasPrefix("pulih.yml:2: unknown catalog '\(shown)' (there is sqlite"), "\(told)")
            #expect(!told.contains("s3cret"))
        }
    }

    /// One mistake is one problem: what depends on it is not judged.
    @Test func aWarehouseThatIsWrongMakesNoOtherProblems() throws {
        let yaml = Self.yaml("warehouse: oracle\nprocedures: {transform: [load_a]}")
            .replacing("id: 1", with: "id: 1\n    role: r")
        #expect(try Workspace(yaml: yaml).problems().count == 1)
    }

    @Test func namesThatTheServerWouldCutAreRefused() throws {
        let long = String(repeating: "n", count: 51)
        let yaml = Self.yaml("warehouse: \(Self.url)")
            .replacing("client1:", with: "\(long):").replacing("cust_info:", with: "\(long):")
            .replacing("id: integer", with: "xmin: integer\n          \(long)\(long): text")
        let workspace = try Workspace(yaml: yaml, models: ["gold/\(long).sql": "SELECT 1"])
        #expect(
            try workspace.problems() == [
                "pulih.yml:4: '\(long)' is too long for a client: PostgreSQL leaves room for 50 bytes",
                "pulih.yml:9: 'crm_\(long)' is too long for a bronze table: PostgreSQL leaves room for 50 bytes",
                "pulih.yml:9: PostgreSQL has a column 'xmin' of its own in every table (give it another 'name')",
                "pulih.yml:9: '\(long)\(long)' is too long for a column: PostgreSQL leaves room for 63 bytes",
                "sql/gold/\(long).sql:1: '\(long)' is too long for a model: PostgreSQL leaves room for 50 bytes",
            ])
        #expect(
            try Workspace(
                yaml: yaml.replacing(Self.url, with: "duckdb"), models: ["gold/\(long).sql": "SELECT 1"]
            ).problems() == [])
    }
}

/// The lines that `pulih init` writes.
@Suite struct LocationLineTests {
    static let yaml = """
        # catalog: x stays
        pulih: 1
        catalog: sqlite   # goes
        warehouse:
          duckdb: warehouse

        clients: {client1: {id: 1}}  # warehouse: stays\t
        """

    @Test func onlyItsLineChanges() throws {
        let url = LocationTests.url
        let catalog = try LocationLine(.catalog, url)
        let warehouse = try LocationLine(.warehouse, "service=dwh")
        let text = warehouse.replacing(in: catalog.replacing(in: Self.yaml))
        #expect(
            text
                == Self.yaml.replacing("catalog: sqlite   # goes", with: "catalog: \(url)")
                .replacing("warehouse:\n  duckdb: warehouse", with: "warehouse: {postgresql: service=dwh}"))
        let windows = Self.yaml.replacing("\n", with: "\r\n")
        #expect(
            Array(warehouse.replacing(in: catalog.replacing(in: windows)).utf8)
                == Array(text.replacing("\n", with: "\r\n").utf8))
    }

    @Test func whereThereIsNoneItComesAfterTheVersion() throws {
        let line = try LocationLine(.warehouse, "duckdb")
        #expect(
            line.replacing(in: "# a\npulih: 1\nclients:\n") == "# a\npulih: 1\nwarehouse: duckdb\nclients:\n")
    }

    @Test(arguments: [
        "postgresql://pulih@localhost:5432/dwh", "postgresql://[::1]:5432/d%20h?sslmode=require",
        "postgresql://",
        "service=dwh", "host='my host' dbname=\"x\"", "duckdb",
    ])
    func whatIsWrittenIsRead(_ place: String) throws {
        let line = try LocationLine(.warehouse, place)
        let configuration = try Workspace(yaml: line.replacing(in: Workspace.yaml())).load()
        #expect(
            configuration.warehouse
                == (place == "duckdb"
                    ? .duckdb(folder: "warehouse") : .postgresql(PostgresLocation(url: place))))
    }

    @Test func whatTheReaderRefusesIsRefused() throws {
        for place in ["postgresql://a:s3cret@b/c", "mysql://a:s3cret@b", "", "a: b", "x\ncatalog: sqlite"] {
            let errors = #expect(throws: ConfigurationErrors.self, "\(place)") {
                _ = try LocationLine(.warehouse, place)
            }
            let text = errors?.description ?? ""
            #expect(text.hasPrefix("--warehouse: ") && !text.contains("s3cret"), "\(text)")
        }
    }
}
