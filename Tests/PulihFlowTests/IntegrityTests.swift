import Foundation
import PulihModel
import PulihTesting
import Testing

/// What was written and is not what it was: noticed when it is touched, and never spread.
@Suite(.everyCombination) struct IntegrityTests {
    private func twice() async throws -> TestWorkspace {
        try await IntegrityTests.bases[Place.current]!.value.copy()
    }

    private static let bases = Shop.everywhere {
        let shop = try await Shop.loaded()
        try shop.dropNext()
        try await shop.must("start", "client1")
        return shop
    }

    // MARK: manifest

    enum Damage: String, CaseIterable, Sendable { case cut, edited, unsealed, gone, exchanged }

    private func manifest(_ batch: Int) -> String {
        "batch_info/client1/refreshed/batch_output_client1_BATCH00000\(batch).json"
    }

    private func bring(_ damage: Damage, to shop: TestWorkspace) throws {
        let path = manifest(2)
        let text = try shop.read(path)
        switch damage {
        case .cut: try shop.write(path, String(text.prefix(text.count / 2)))
        case .edited:
            try shop.write(
                path,
                text.replacing("\"target_table\": \"shop_orders\"", with: "\"target_table\": \"shop_prices\"")
            )
        case .unsealed:
            let lines = text.split(separator: "\n").filter { !$0.contains("\"seal\"") }
            try shop.write(path, lines.joined(separator: "\n").replacing("],\n}", with: "]\n}"))
        case .gone: try FileManager.default.removeItem(atPath: shop.path(path))
        case .exchanged: try shop.write(path, try shop.read(manifest(1)))
        }
    }

    @Test(arguments: Damage.allCases) func aDamagedManifestBlocksTheClient(_ damage: Damage) async throws {
        let shop = try await twice()
        let before = try await shop.fingerprint()
        try bring(damage, to: shop)
        let found = try await shop.must("restart", "client1", exit: 1)
        let words =
            switch damage {
            case .cut: "is damaged: it is no JSON document"
            case .edited: "is damaged: its content does not fit its seal"
            case .unsealed: "is damaged: its seal is missing"
            case .gone: "the manifest of BATCH000002 is gone"
            case .exchanged: "BATCH000002.json names client1 BATCH000001"
            }
        #expect(found.stderr.contains(words), "\(found.everything)")
        #expect(try await shop.fingerprint() == before)

        try shop.drop("orders.csv", "id,customer_id,amount,day\n20,4,5.00,2026-03-01\n")
        for verb in ["start", "restart", "reprocess"] {
            let refused = try await shop.must(verb, "client1", "--json", exit: 1)
            let error = try refused.json()["error"]
            #expect(error?["code"] == "damaged")
            #expect(error?["summary"]?.string?.contains("client1 is blocked") == true)
            #expect(error?["hint"]?.string?.contains("pulih resolve client1 --reason") == true)
        }
        #expect(try shop.names(in: "raw/client1/shop/incoming") == ["orders.csv"])
        let status = try await shop.json("status").array?.first
        #expect(status?["blocks"]?.array?.count == 1)
        #expect(status?["next"] == "pulih resolve client1 --reason \"…\"")
        #expect(try await shop.must("doctor", exit: 1).stdout.contains("client1-1 blocks it"))

        try await shop.must("resolve", "client1", exit: 2)
        try await shop.must("resolve", "client1", "--reason", "x", "--block", "client1-7", exit: 2)
        let resolved = try await shop.must("resolve", "client1", "--reason", "looked at it")
        #expect(resolved.stdout.contains("it is made again from the catalog"), "\(resolved.everything)")
        try await shop.must("restart", "client1")
        #expect(try await shop.fingerprint() == before)
        try await shop.must("doctor")
        try await shop.must("start", "client1")
        #expect(try await shop.revenue().last == "3,Dewi,35.00,2")
        let audit = try shop.read(try #require(try shop.files(below: "audit").first))
        #expect(audit.contains("looked at it"))
    }

    @Test func aRestoredManifestIsTakenAsItIs() async throws {
        let shop = try await twice()
        let whole = try shop.read(manifest(1))
        try shop.edit(manifest(1), "\"client_id\": 1,\n  \"batch_id\"", "\"client_id\": 2,\n  \"batch_id\"")
        try await shop.must("reprocess", "client1", "1", exit: 1)
        try shop.write(manifest(1), whole)
        #expect(
            try await shop.must("resolve", "client1", "--reason", "restored").stdout.contains(
                "it is whole again"))
        try await shop.must("reprocess", "client1", "1")
    }

    // MARK: Parquet

    enum Loss: String, CaseIterable, Sendable { case flipped, cut, gone }

    private let parquet = "data/client1/shop/archive/orders_BATCH000002.parquet"

    private func lose(_ loss: Loss, in shop: TestWorkspace) throws {
        switch loss {
        case .flipped: try shop.flip(parquet)
        case .cut: try shop.cut(parquet)
        case .gone: try FileManager.default.removeItem(atPath: shop.path(parquet))
        }
    }

    @Test(arguments: Loss.allCases) func damagedParquetIsMadeAgain(_ loss: Loss) async throws {
        let shop = try await twice()
        let before = try await shop.fingerprint()
        try lose(loss, in: shop)
        let output = try await shop.must("reprocess", "client1")
        #expect(output.stderr.contains("orders_BATCH000002.parquet: its Parquet is "), "\(output.everything)")
        #expect(output.stderr.contains("it is made again from orders_BATCH000002.csv"))
        #expect(try await shop.fingerprint() == before)
        let audit = try shop.read(try #require(try shop.files(below: "audit").first))
        #expect(audit.contains("\"integrity\""))
        #expect(try await shop.json("status").array?.first?["blocks"] == [])
    }

    @Test(arguments: ["convert", "validate_row"])
    func aDamagedQuarantineIsMadeAgain(_ stage: String) async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        try shop.drop("orders.csv", Shop.orders + "x13,2,1.00,2026-01-04\n14,,1.00,2026-01-05\n")
        // Dies with everything converted and checked, and this file not loaded.
        _ = try await shop.run("start", "client1", failpoints: "load_bronze.before_commit=kill:3")
        try await shop.must("restart", "client1")
        let before = try await shop.fingerprint()
        try shop.flip("data/client1/shop/rejected/orders_BATCH000001.\(stage).parquet")
        try await shop.must("restart", "client1", "--from", "load_bronze")
        #expect(try await shop.fingerprint() == before)
        let records = try await shop.json("quarantine", "client1")["records"]?.array
        #expect(records?.count == 2)
    }

    @Test func parquetIsNotMadeAgainFromARawFileThatIsGone() async throws {
        let shop = try await twice()
        let before = try await shop.fingerprint()
        let raw = "raw/client1/shop/success/orders_BATCH000002.csv"
        try shop.flip(parquet)
        try shop.move(raw, to: "kept.csv")
        let output = try await shop.must("reprocess", "client1", exit: 1)
        #expect(output.stderr.contains("the raw file that it was made from is gone too"))
        #expect(try await shop.fingerprint() == before)
        try shop.move("kept.csv", to: raw)
        #expect(try await shop.must("start", "client1", exit: 1).stderr.contains("client1 is blocked"))
        try await shop.must("resolve", "client1", "--reason", "the raw file is back")
        try await shop.must("reprocess", "client1")
        #expect(try await shop.fingerprint() == before)
    }

    // MARK: raw

    @Test func anEditedRawFileBlocksUntilItIsReplacedOrPutBack() async throws {
        let shop = try await twice()
        let before = try await shop.fingerprint()
        let raw = "raw/client1/shop/success/orders_BATCH000002.csv"
        let whole = try shop.read(raw)
        try shop.edit(raw, "6.25", "7.25")
        try await shop.must("restart", "client1", exit: 4)
        #expect(
            try await shop.must("start", "client1", exit: 1).stderr.contains(
                "was changed after it was claimed"))
        // Without mending it the next run finds the same.
        try await shop.must("resolve", "client1", "--reason", "nothing done")
        try await shop.must("restart", "client1", exit: 4)
        try shop.write(raw, whole)
        try await shop.must("resolve", "client1", "--reason", "put back")
        try await shop.must("restart", "client1")
        #expect(try await shop.fingerprint() == before)

        try shop.edit(raw, "6.25", "7.25")
        try await shop.must("restart", "client1", exit: 4)
        try await shop.must("replace", "client1", "2", "orders", raw)
        #expect(try await shop.json("status").array?.first?["blocks"] == [])
        try await shop.must("restart", "client1")
        #expect(
            try await shop.rows("SELECT amount FROM gold_client1.fact_orders WHERE order_id = 12") == ["7.25"]
        )
    }

    // MARK: audit

    @Test func aDamagedLineOfTheAuditIsNamedByTheDoctor() async throws {
        let shop = try await Shop.loaded()
        let path = try #require(try shop.files(below: "audit").first)
        var lines = try shop.read(path).split(separator: "\n").map(String.init)
        lines[2] = String(lines[2].dropFirst(5))
        try shop.write(path, lines.joined(separator: "\n") + "\n")
        #expect(try await shop.must("doctor").stdout.contains("\(path):3 is no line of the audit"))
        try await shop.must("restart", "client1")
    }
}

/// Files of the embedded place.
@Suite struct FileIntegrityTests {
    // MARK: catalog

    @Test(arguments: [true, false]) func aDamagedCatalogIsNamed(isCut: Bool) async throws {
        let shop = try await Shop.loaded()
        if isCut {
            try shop.cut("data/catalog.sqlite")
        } else {
            try shop.write("data/catalog.sqlite", String(repeating: "no database ", count: 500))
        }
        for verb in [["start", "client1"], ["status"], ["doctor"]] {
            let output = try await PulihProgram.run(verb, folder: shop.root)
            #expect(output.exit == 1, "\(output.everything)")
            #expect((output.stdout + output.stderr).contains("pulih catalog rebuild"), "\(output.everything)")
        }
    }

    // MARK: DuckDB

    enum Damage: String, CaseIterable, Sendable { case header, table, cut, notOne, foreignLog, olderLog }

    private let file = "warehouse/client1.duckdb"

    private func bring(_ damage: Damage, to shop: TestWorkspace) async throws {
        switch damage {
        case .header: try shop.flip(file, at: 4096 + 20)
        case .table: try shop.flip(file)
        case .cut: try shop.cut(file)
        case .notOne: try shop.write(file, String(repeating: "no database ", count: 5000))
        case .foreignLog:
            // A run of another workspace that died after a commit leaves its log.
            let other = try await Shop.make()
            try other.dropFirst()
            _ = try await other.run("start", "client1", failpoints: "load_bronze.after_commit=kill")
            try FileManager.default.copyItem(
                atPath: other.path("\(file).wal"), toPath: shop.path("\(file).wal"))
        case .olderLog:
            let other = try await shop.copy()
            try other.drop("prices.csv", "sku,price\nZ,9.00\n")
            _ = try await other.run("start", "client1", failpoints: "load_bronze.after_commit=kill")
            try FileManager.default.copyItem(
                atPath: other.path("\(file).wal"), toPath: shop.path("\(file).wal"))
            try shop.drop("prices.csv", "sku,price\nY,9.00\n")
            try FileManager.default.moveItem(atPath: shop.path("\(file).wal"), toPath: shop.path("log"))
            try await shop.must("start", "client1")
            try FileManager.default.moveItem(atPath: shop.path("log"), toPath: shop.path("\(file).wal"))
        }
    }

    @Test(arguments: Damage.allCases)
    func aDamagedWarehouseIsNeverWrittenTo(_ damage: Damage) async throws {
        let shop = try await Shop.loaded()
        if damage != .olderLog { try shop.dropNext() }
        try await bring(damage, to: shop)
        let before = try Data(contentsOf: URL(fileURLWithPath: shop.path(file)))
        let output = try await shop.must("start", "client1", "--json", exit: 1)
        #expect(output.stdout.contains("\"damaged\""), "\(output.everything)")
        // Pages in the middle are met by the step that reads them.
        if ![.table, .cut].contains(damage) {
            #expect(try Data(contentsOf: URL(fileURLWithPath: shop.path(file))) == before)
        }
        let refused = try await shop.must("start", "client1", exit: 1)
        #expect(refused.stderr.contains("client1 is blocked"), "\(refused.everything)")

        try FileManager.default.moveItem(atPath: shop.path(file), toPath: shop.path("aside.duckdb"))
        if shop.exists("\(file).wal") {
            try FileManager.default.moveItem(atPath: shop.path("\(file).wal"), toPath: shop.path("aside.wal"))
        }
        try await shop.must("resolve", "client1", "--reason", "moved aside")
        for batch in try await shop.json("batches").array ?? [] where batch["status"] == "FAILED" {
            // First what the new file lacks, then what failed.
            try await shop.must("restart", "client1")
            try await shop.must("restart", "client1")
        }
        try await shop.must("start", "client1")
        let whole = try await Shop.loaded()
        if damage == .olderLog {
            try whole.drop("prices.csv", "sku,price\nY,9.00\n")
        } else {
            try whole.dropNext()
        }
        try await whole.must("start", "client1")
        #expect(try await shop.fingerprint() == whole.fingerprint())
    }
}

extension TestWorkspace {
    /// Changes one bit of a file.
    /// - Parameter at: nil: in the middle.
    func flip(_ relative: String, at: Int? = nil) throws {
        let url = URL(fileURLWithPath: path(relative))
        var bytes = try Data(contentsOf: url)
        bytes[at ?? bytes.count / 2] ^= 4
        try bytes.write(to: url)
    }

    /// Takes away the second half of a file.
    func cut(_ relative: String) throws {
        let url = URL(fileURLWithPath: path(relative))
        let bytes = try Data(contentsOf: url)
        try bytes.prefix(bytes.count / 2).write(to: url)
    }
}
