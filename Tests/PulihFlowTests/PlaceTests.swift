import Foundation
import PulihModel
import PulihTesting
import Testing

/// Files that come from a bucket and rest there.
@Suite(.timeLimit(.minutes(10))) struct PlaceTests {
    @Test func objectsAreFetchedLoadedAndRest() async throws {
        let place = try await PlaceShop.loaded()
        #expect(try await place.shop.fingerprint() == Shop.loaded().fingerprint())
        #expect(try place.keys() == PlaceShop.resting(1))
        #expect(try place.here() == [])
        #expect(try place.object(PlaceShop.success("orders_BATCH000001.csv")) == Shop.orders)
        let doctor = try await place.shop.must("doctor")
        #expect(doctor.stdout.contains("6 object(s) rest in \(place.name)"), "\(doctor.everything)")
        let audit = try place.audit()
        #expect(audit.contains("3 object(s) of \(place.name): customers.csv, orders.csv, prices.csv"))

        // What rests is not needed by a batch that comes after it.
        try place.dropNext()
        try await place.shop.must("start", "client1")
        #expect(try place.keys() == (PlaceShop.resting(1) + PlaceShop.resting(2)).sorted())
        #expect(try place.here() == [])
        #expect(try await place.shop.revenue().last == "3,Dewi,30.00,1")
        // Again: nothing is to do, and nothing is brought.
        let again = try await place.shop.must("restart", "client1")
        #expect(!again.everything.contains("fetching"), "\(again.everything)")
    }

    @Test func anObjectNeedNotSettle() async throws {
        let place = try await PlaceShop(
            PlaceShop.inOrder.replacing("settle_seconds: 0", with: "settle_seconds: 3600"), models: [:])
        try place.drop("orders.csv", Shop.orders)
        let output = try await place.shop.must("start", "client1")
        #expect(output.stdout.contains("BATCH000001 of client1: SUCCESS"), "\(output.everything)")
    }

    @Test func oneBucketForRawFilesAlone() async throws {
        let place = try await PlaceShop(places: ["raw"])
        try place.dropFirst()
        try await place.shop.must("start", "client1")
        #expect(try place.keys() == PlaceShop.resting(1).filter { $0.hasPrefix("raw/") })
        #expect(try place.here() == PlaceShop.resting(1).filter { $0.hasPrefix("data/") })
        try await place.shop.must("reprocess", "client1")
        #expect(try place.here() == PlaceShop.resting(1).filter { $0.hasPrefix("data/") })
    }

    // MARK: incoming

    @Test func explainFetchesNothing() async throws {
        let place = try await PlaceShop()
        try place.dropFirst()
        let told = try await place.shop.must("start", "client1", "--explain")
        #expect(
            told.stdout.contains("customers.csv, orders.csv, prices.csv of \(place.name) would be fetched"),
            "\(told.everything)")
        #expect(try place.here() == [])
        #expect(try place.keys("raw/client1/shop/incoming/").count == 3)
    }

    @Test func whatIsNoFileIsLeftAlone() async throws {
        let place = try await PlaceShop(models: [:])
        try place.drop("orders.csv", Shop.orders)
        try place.drop("deep/orders.csv", Shop.orders)
        try place.drop(".hidden.csv", Shop.orders)
        let long = String(repeating: "x", count: 201)
        try place.drop(long, Shop.orders)
        let output = try await place.shop.must("start", "client1")
        let folder = "\(place.name)/raw/client1/shop/incoming"
        #expect(
            output.stdout.contains(
                "! \(folder)/deep/orders.csv lies in a folder of its own; it is left alone"))
        #expect(output.stdout.contains("! \(folder)/.hidden.csv is hidden; it is left alone"))
        #expect(output.stdout.contains("xxx has a name of more than 200 bytes; it is left alone"))
        #expect(try place.keys("raw/client1/shop/incoming/").count == 3)
        #expect(try place.keys(PlaceShop.success("")) == [PlaceShop.success("orders_BATCH000001.csv")])
    }

    @Test func anotherFileOfTheNameIsWaitedFor() async throws {
        let place = try await PlaceShop(models: [:])
        try place.shop.drop("orders.csv", Shop.orders)
        try place.drop("orders.csv", Shop.nextOrders)
        let first = try await place.shop.must("start", "client1")
        #expect(
            first.stdout.contains(
                "\(place.name)/raw/client1/shop/incoming/orders.csv waits: another file of this name lies in"
            ),
            "\(first.everything)")
        try await place.shop.must("start", "client1")
        let rows = try await place.shop.rows("SELECT count(*) FROM bronze_client1.shop_orders")
        #expect(rows == ["5"])
        #expect(try place.keys("raw/client1/shop/incoming/") == [])
    }

    @Test func refusedFilesAndDuplicatesRestToo() async throws {
        let place = try await PlaceShop.loaded(models: [:])
        try place.drop("unknown.txt", "one")
        try place.drop("orders.csv", Shop.orders)
        let first = try await place.shop.must("start", "client1", exit: 4)
        #expect(first.stdout.contains("unknown.txt was refused"), "\(first.everything)")
        try place.drop("unknown.txt", "two")
        try await place.shop.must("start", "client1", exit: 4)
        #expect(
            try place.keys("raw/").filter { !$0.contains("BATCH") } == [
                "raw/client1/shop/archive/orders.csv", "raw/client1/shop/failed/unknown.2.txt",
                "raw/client1/shop/failed/unknown.txt",
            ])
        #expect(try place.object("raw/client1/shop/failed/unknown.2.txt") == "two")
        #expect(try place.here() == [])
    }

    @Test func sideFilesAndMarksAreObjectsToo() async throws {
        let place = try await PlaceShop(
            PlaceShop.inOrder.replacing(
                "pattern: \"orders*.csv\"",
                with: "pattern: \"orders*.csv\"\n        control: {file: \"{stem}.ctl\", records: count}"),
            models: [:])
        try place.drop("orders.csv", Shop.orders)
        try place.drop("orders.csv.done", "")
        try place.drop("orders.ctl", "count=3\n")
        try await place.shop.must("start", "client1")
        #expect(
            try place.keys("raw/")
                == [
                    PlaceShop.success("orders_BATCH000001.csv"), PlaceShop.success("orders_BATCH000001.ctl"),
                ].sorted())
        #expect(try place.here() == [])
        // It is compared again with what came back.
        try await place.shop.must("restart", "client1", "--from", "convert")
        #expect(try place.here() == [])
        #expect(try place.keys("raw/").count == 2)
    }

    // MARK: waiting

    @Test func statusAndWaitSeeObjects() async throws {
        let place = try await PlaceShop(
            Noon.configuration(["orders": "expected: {by: \"20:00\"}"]), models: [:])
        let missing = try await place.shop.must("start", "client1", "--require-files", exit: 4)
        #expect(missing.stderr.contains("shop.orders"), "\(missing.everything)")
        try place.drop("orders.csv", Shop.orders)
        try place.drop("orders.csv.done", "")
        #expect(try await place.shop.must("status").stdout.contains("1 file in incoming"))
        let waited = try await place.shop.must(
            "wait", "client1", "--until", "20:00", "--then", "nothing")
        #expect(waited.stdout == "the files of client1 are there\n")
        #expect(try place.here() == [])
        try await place.shop.must("start", "client1", "--require-files")
        #expect(try place.keys("raw/") == [PlaceShop.success("orders_BATCH000001.csv")])
    }

    @Test func anObjectThatComesLaterEndsTheWait() async throws {
        let place = try await PlaceShop(
            Noon.configuration(["orders": "expected: {by: \"20:00\"}"]), models: [:])
        _ = try await PulihProgram.runUntil(
            "waiting for shop.orders", ["wait", "client1", "--until", "20:00"], folder: place.shop.root,
            environment: [:]
        ) {
            try place.drop("orders.csv", Shop.orders)
            try await place.shop.waitUntil("the batch is loaded") {
                try await place.shop.json("batches").array?.first?["status"] == "SUCCESS"
            }
        }
    }

    // MARK: trouble

    @Test func aStoreThatDoesNotAnswerKeepsARunFromBeginning() async throws {
        let place = try await PlaceShop(models: [:], server: try await S3Server())
        try place.shop.drop("orders.csv", Shop.orders)
        place.server.stop()
        let failed = try await place.shop.must("start", "client1", exit: 1)
        #expect(failed.stderr.contains("\(place.name)"), "\(failed.everything)")
        #expect(try await place.shop.json("batches") == [])
        #expect(try place.here() == ["raw/client1/shop/incoming/orders.csv"])
        let status = try await place.shop.must("status")
        #expect(status.stderr.contains("files in the storage place are not counted"), "\(status.everything)")
        #expect(status.stdout.contains("1 file in incoming"))
    }

    @Test func whatCannotRestStaysUntilTheNextRun() async throws {
        let place = try await PlaceShop(
            models: [:], places: ["data"], server: try await S3Server())
        place.server.stop()
        try place.shop.drop("orders.csv", Shop.orders)
        let output = try await place.shop.must("start", "client1", "--json")
        let result = try output.json()
        #expect(result["status"] == "WARNING", "\(output.everything)")
        let findings = result["findings"]?.array?.compactMap(\.string) ?? []
        #expect(findings.contains { $0.contains("stay in the workspace until the next run") }, "\(findings)")
        #expect(try place.here().contains(PlaceShop.archive("orders_BATCH000001.parquet")))
        try await place.server.start()
        let again = try await place.shop.must("start", "client1")
        #expect(!again.stdout.contains("stay in the workspace"), "\(again.everything)")
        #expect(try place.keys() == [PlaceShop.archive("orders_BATCH000001.parquet")])
        #expect(!(try place.here().contains(PlaceShop.archive("orders_BATCH000001.parquet"))))
    }

    @Test func aSecretThatIsNotThereIsNamed() async throws {
        let place = try await PlaceShop(models: [:])
        try place.shop.remove("secrets/secret")
        let output = try await place.shop.must("start", "client1", exit: 3)
        #expect(
            output.stderr.contains("unable to read the secret of places.raw from secrets/secret"),
            "\(output.everything)")
    }
}
