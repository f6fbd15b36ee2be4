import PulihConfig
import PulihModel
import Testing

/// Where files come from and rest.
@Suite struct PlacesTests {
    private static let secrets = "key: {env: PULIH_S3_KEY}, secret: {file: secrets/s3}"

    private func load(_ places: String) throws -> StoragePlaces {
        try LocationTests.load("places: \(places)").places
    }

    @Test func withoutItFilesLieInTheWorkspace() throws {
        #expect(try Workspace().load().places == StoragePlaces())
        #expect(try load("{}") == StoragePlaces())
    }

    @Test func whatIsNotSaidHasADefault() throws {
        let places = try load("{raw: {s3: deliveries, \(Self.secrets)}}")
        let expected = S3Location(
            bucket: "deliveries", prefix: "", endpoint: nil, region: "us-east-1", hasPathStyle: false,
            key: .env("PULIH_S3_KEY"), secret: .file("secrets/s3"))
        #expect(places == StoragePlaces(raw: expected))
    }

    @Test func allOfItCanBeSaid() throws {
        let places = try load(
            """
            {data: {s3: lake.x/pulih/night run, endpoint: "http://minio.example:9000/", region: eu-central-1,
              path_style: false, \(Self.secrets)}}
            """)
        #expect(places.raw == nil)
        let data = try #require(places.data)
        #expect([data.bucket, data.prefix, data.region] == ["lake.x", "pulih/night run", "eu-central-1"])
        #expect(data.endpoint == "http://minio.example:9000")
        #expect(!data.hasPathStyle)
    }

    @Test(arguments: ["https://s3.local", "http://127.0.0.1:9000", "https://[::1]:9000", "http://[fe80::1]"])
    func anEndpointHasPathStyle(_ endpoint: String) throws {
        let places = try load("{raw: {s3: abc, endpoint: \"\(endpoint)\", \(Self.secrets)}}")
        #expect(places.raw?.endpoint == endpoint)
        #expect(places.raw?.hasPathStyle == true)
    }

    /// Moving files elsewhere changes nothing that the catalog holds.
    @Test func itNeedsNoApply() throws {
        let with = try LocationTests.load("places: {raw: {s3: deliveries, \(Self.secrets)}}")
        #expect(with.rows() == (try LocationTests.load("warehouse: duckdb").rows()))
    }

    private static let bucketAdvice = "(write s3: BUCKET or s3: BUCKET/PREFIX)"
    private static let name =
        "is no name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit "
        + "at both ends \(bucketAdvice)"
    private static let prefix =
        "is no prefix: names with a slash between them, none empty, '.' or '..', 512 bytes at most "
        + bucketAdvice
    private static let address =
        "'endpoint' must be http:// or https://, a host and perhaps a port, not"
    private static let advice = "(such as https://minio.example:9000)"

    static let problems = [
        Case("\(secrets)", "places.raw has no 's3' \(bucketAdvice)"),
        Case("s3: s3://deliveries, \(secrets)", "'s3:' \(name)"),
        Case("s3: Deliveries, \(secrets)", "'Deliveries' \(name)"),
        Case("s3: ab, \(secrets)", "'ab' \(name)"),
        Case("s3: -abc, \(secrets)", "'-abc' \(name)"),
        Case("s3: a..bc, \(secrets)", "'a..bc' \(name)"),
        Case("s3: abc/, \(secrets)", "'' \(prefix)"),
        Case("s3: abc/x//y, \(secrets)", "'x//y' \(prefix)"),
        Case("s3: abc/../y, \(secrets)", "'../y' \(prefix)"),
        Case("s3: abc, endpoint: minio.example, \(secrets)", "\(address) 'minio.example' \(advice)"),
        Case("s3: abc, endpoint: \"ftp://x\", \(secrets)", "\(address) 'ftp://x' \(advice)"),
        Case("s3: abc, endpoint: \"http://x:0\", \(secrets)", "\(address) 'http://x:0' \(advice)"),
        Case("s3: abc, endpoint: \"http://x:70000\", \(secrets)", "\(address) 'http://x:70000' \(advice)"),
        Case("s3: abc, endpoint: \"http://x/y\", \(secrets)", "\(address) 'http://x/y' \(advice)"),
        Case("s3: abc, endpoint: \"http://\", \(secrets)", "\(address) 'http://' \(advice)"),
        Case("s3: abc, endpoint: \"http://[::1\", \(secrets)", "\(address) 'http://[::1' \(advice)"),
        Case(
            "s3: abc, endpoint: \"http://k:s3cret@x\", \(secrets)",
            "an address holds neither key nor secret \(advice)"),
        Case(
            "s3: abc, region: \"eu 1\", \(secrets)",
            "'region' must be a name such as eu-central-1, not 'eu 1'"),
        Case(
            "s3: abc, path_style: 7, \(secrets)",
            "'path_style' must be true or false, not '7'"),
        Case(
            "s3: abc, key: {env: K}",
            "places.raw has no 'secret' (secret: {env: NAME} or secret: {file: PATH})"),
        Case(
            "s3: abc, secret: {env: K}",
            "places.raw has no 'key' (key: {env: NAME} or key: {file: PATH})"),
        Case(
            "s3: abc, key: {env: K}, secret: s3cret",
            "'secret' must say where the secret is, and not be it "
                + "(secret: {env: NAME} or secret: {file: PATH})"),
        Case(
            "s3: abc, key: {env: 7K}, secret: {env: S}",
            "'env' must be the name of an environment variable"),
    ]

    @Test(arguments: problems) func whatIsWrongIsToldWithItsLine(_ example: Case) throws {
        let yaml = LocationTests.yaml("places:\n  raw: {\(example.text)}")
        let found = try Workspace(yaml: yaml).problems()
        #expect(found == ["pulih.yml:3: \(example.problem)"])
        #expect(!found.contains { $0.contains("s3cret") })
    }

    @Test func anUnknownPlaceIsTold() throws {
        let found = try Workspace(yaml: LocationTests.yaml("places: {raws: {}}")).problems()
        #expect(found == ["pulih.yml:2: unknown key 'raws' (did you mean 'raw'?)"])
    }
}
