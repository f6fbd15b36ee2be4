// swift-tools-version: 6.2
import PackageDescription

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// SwiftPM strips -rpath from pkg-config files, so the one target that links
/// DuckDB carries the search paths: an installed prefix, then the build tree.
let duckdbLinking: [LinkerSetting] = [
    .unsafeFlags([
        "-L\(Context.packageDirectory)/.deps/lib",
        "-Xlinker", "--no-as-needed",
        "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../lib/pulih",
        "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../../../.deps/lib",
    ])
]

func library(
    _ name: String, _ dependencies: [Target.Dependency], linker: [LinkerSetting] = [], wraps: Bool = false,
    exclude: [String] = []
)
    -> Target
{
    .target(
        name: name,
        dependencies: dependencies,
        exclude: exclude,
        swiftSettings: house + (wraps ? [.strictMemorySafety()] : []),
        linkerSettings: linker)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: house)
}

let package = Package(
    name: "pulih",
    products: [
        .executable(name: "pulih", targets: ["pulih"]),
        .executable(name: "pulih-fault", targets: ["PulihFault"]),
    ],
    targets: [
        .systemLibrary(name: "CDuckDB"),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3"),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq"),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1"),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .systemLibrary(name: "CExpat", pkgConfig: "expat"),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto"),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl"),
        .systemLibrary(name: "CSystem"),

        library("PulihDuckDB", ["CDuckDB", "PulihSystem"], linker: duckdbLinking, wraps: true),
        library("PulihSQLite", ["CSQLite", "PulihSystem"], wraps: true),
        library("PulihPostgres", ["CPostgres", "PulihSystem"], wraps: true),
        library("PulihYAML", ["CYAML"], wraps: true),
        library("PulihArchive", ["CArchive", "CZlib"], wraps: true),
        library("PulihXML", ["CExpat"], wraps: true),
        library("PulihCrypto", ["CCrypto"], wraps: true),
        library("PulihCurl", ["CCurl"], wraps: true),
        library("PulihSystem", ["CSystem"], wraps: true),

        // What stands in a workbook, cell by cell; nothing of Pulih's configuration.
        library("PulihWorkbook", ["PulihArchive", "PulihXML", "PulihSystem"]),
        library("PulihJSON", []),

        library("PulihModel", ["PulihJSON"]),
        // What the adapters of PostgreSQL share.
        library("PulihPostgresErrors", ["PulihModel", "PulihPostgres"]),
        library("PulihConfig", ["PulihModel", "PulihSystem", "PulihYAML", "PulihCrypto"]),
        library(
            "PulihEngine",
            [
                "PulihModel", "PulihSystem", "PulihDuckDB", "PulihArchive", "PulihWorkbook", "PulihJSON",
                "PulihCrypto",
            ]),
        library(
            "PulihCatalog",
            ["PulihModel", "PulihSystem", "PulihSQLite", "PulihPostgres", "PulihPostgresErrors"]),
        library(
            "PulihWarehouses",
            [
                "PulihModel", "PulihSystem", "PulihCrypto", "PulihDuckDB", "PulihPostgres",
                "PulihPostgresErrors",
            ]),
        // Stores of objects: S3.
        library("PulihObjects", ["PulihModel", "PulihSystem", "PulihCrypto", "PulihXML", "PulihCurl"]),
        library("PulihPipeline", ["PulihModel", "PulihSystem", "PulihCrypto"]),
        library("PulihReports", ["PulihModel"]),
        library(
            "PulihCommands",
            [
                "PulihModel", "PulihSystem", "PulihConfig", "PulihEngine", "PulihCatalog", "PulihWarehouses",
                "PulihObjects", "PulihPipeline", "PulihReports",
            ]),
        .executableTarget(name: "pulih", dependencies: ["PulihCommands"], swiftSettings: house),

        // Tools of the tests; nothing else may depend on them.
        library("PulihTesting", ["PulihModel", "PulihSystem"], exclude: ["PowerCut/powercut.c"]),
        // Kills the release binary at random places and compares what is left: part of `make fault`.
        .executableTarget(
            name: "PulihFault",
            dependencies: [
                "PulihTesting", "PulihModel", "PulihSystem", "PulihCrypto", "PulihSQLite", "PulihDuckDB",
                "PulihPostgres",
            ],
            swiftSettings: house),

        tests("PulihSystemTests", ["PulihSystem"]),
        tests("PulihDuckDBTests", ["PulihDuckDB"]),
        tests("PulihJSONTests", ["PulihJSON"]),
        tests("PulihYAMLTests", ["PulihYAML"]),
        tests("PulihSQLiteTests", ["PulihSQLite"]),
        tests("PulihPostgresTests", ["PulihPostgres", "PulihTesting"]),
        tests("PulihArchiveTests", ["PulihArchive"]),
        tests("PulihWorkbookTests", ["PulihWorkbook", "PulihTesting"]),
        tests("PulihCryptoTests", ["PulihCrypto"]),
        tests(
            "PulihObjectsTests", ["PulihObjects", "PulihModel", "PulihSystem", "PulihCrypto", "PulihTesting"]),
        tests(
            "PulihConformanceTests",
            [
                "PulihModel", "PulihSystem", "PulihCatalog", "PulihWarehouses", "PulihEngine", "PulihSQLite",
                "PulihDuckDB", "PulihPostgres", "PulihTesting",
            ]),
        tests("PulihPipelineTests", ["PulihPipeline", "PulihModel", "PulihSystem"]),
        tests("PulihConfigTests", ["PulihConfig", "PulihModel"]),
        tests(
            "PulihEngineTests",
            ["PulihEngine", "PulihModel", "PulihSystem", "PulihDuckDB", "PulihPostgres", "PulihTesting"]),
        // "pulih" stands here so that it is built before the tests that run it.
        // Long: `make fault` runs it, `make test` does not.
        tests(
            "PulihFaultTests", ["PulihTesting", "PulihModel", "PulihSystem", "PulihSQLite", "pulih"]),
        tests(
            "PulihFlowTests", ["PulihTesting", "PulihModel", "PulihSystem", "PulihCrypto", "pulih"]),
    ]
)

// Not part of any other build: it links only with -sanitize=fuzzer, as `make fuzz` builds it.
if Context.environment["PULIH_FUZZ"] == "1" {
    package.products.append(.executable(name: "pulih-fuzz", targets: ["PulihFuzz"]))
    package.targets.append(
        .executableTarget(
            name: "PulihFuzz",
            dependencies: ["PulihModel", "PulihConfig", "PulihEngine", "PulihPipeline"],
            swiftSettings: house))
}
