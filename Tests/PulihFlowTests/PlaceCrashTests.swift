import Foundation
import PulihModel
import PulihTesting
import Testing

/// Runs that die or fail between the workspace and a bucket: the next one ends as if nothing had happened.
@Suite(.timeLimit(.minutes(10))) struct PlaceCrashTests {
    struct Cell: Sendable, CustomTestStringConvertible {
        let point: String
        let action: String
        let hit: Int
        var testDescription: String { "\(point)=\(action):\(hit)" }
    }

    private static let passages = ["place.after_fetch": 3, "place.after_put": 6, "place.after_mark": 1]

    /// Every passage of every point.
    private static let cells = passages.sorted { $0.key < $1.key }.flatMap { point, count in
        (1...count).flatMap { hit in
            ["kill", "fail"].map { Cell(point: point, action: $0, hit: hit) }
        }
    }

    /// Nothing is lost, nothing is there twice, and all of it rests.
    private func expectWhole(_ place: PlaceShop, _ batches: Int) async throws {
        #expect(try place.keys() == (1...batches).flatMap(PlaceShop.resting).sorted())
        #expect(try place.here() == [])
        #expect(try await place.shop.json("batches").array?.count == batches)
        try await place.shop.must("doctor")
        #expect(
            try await place.shop.rows("SELECT count(*), count(DISTINCT id) FROM bronze_client1.shop_orders")
                == [batches == 1 ? "3,3" : "5,4"])
    }

    @Test(arguments: cells) func aRunThatEndsThereIsFinishedByTheNext(_ cell: Cell) async throws {
        let place = try await PlaceShop(models: [:])
        try place.dropFirst()
        let output = try await place.shop.run(
            "start", "client1", failpoints: "\(cell.point)=\(cell.action):\(cell.hit)")
        if cell.action == "kill" {
            #expect(output.signal == 9, "\(output.everything)")
        } else if cell.point == "place.after_fetch" {
            // Nothing was claimed.
            #expect(output.exit == 1, "\(output.everything)")
            #expect(try await place.shop.json("batches") == [])
        } else {
            #expect(output.exit == 0, "\(output.everything)")
            #expect(
                output.stdout.contains("stay in the workspace until the next run"), "\(output.everything)")
        }
        let again = try await place.shop.must("start", "client1")
        #expect(!again.stdout.contains("!"), "\(again.everything)")
        try await expectWhole(place, 1)
    }

    /// The counts above are those of a run that nothing interrupts.
    @Test func thePassagesAreAsCounted() async throws {
        let place = try await PlaceShop(models: [:])
        try place.dropFirst()
        let file = place.shop.path("counts")
        let output = try await place.shop.run(
            "start", "client1", environment: ["PULIH_FAILPOINTS_COUNT": file])
        #expect(output.exit == 0)
        let counts = try FailpointCounts.read(file)
        for (point, count) in Self.passages { #expect(counts[point] == count, "\(point)") }
        try await expectWhole(place, 1)
    }

    private static let fetched = Once {
        let place = try await PlaceShop(models: [:])
        try place.dropFirst()
        let file = place.shop.path("counts")
        _ = try await place.shop.run("start", "client1", environment: ["PULIH_FAILPOINTS_COUNT": file])
        return try #require(try FailpointCounts.read(file)["any"])
    }

    /// Wherever else: in a write, a sync, a rename, a statement of a database.
    @Test(arguments: 1...24) func aRunThatDiesAnywhereIsFinishedByTheNext(_ part: Int) async throws {
        let place = try await PlaceShop(models: [:])
        try place.dropFirst()
        let hit = try await Self.fetched.value * part / 25
        let killed = try await place.shop.run("start", "client1", failpoints: "any=kill:\(hit)")
        #expect(killed.signal == 9, "\(killed.everything)")
        try await place.shop.must("start", "client1")
        #expect(try place.keys() == PlaceShop.resting(1))
        #expect(try place.here().filter { !$0.contains("/.pulih-tmp-") } == [])
        #expect(
            try await place.shop.rows("SELECT count(*), count(DISTINCT id) FROM bronze_client1.shop_orders")
                == ["3,3"])
        try await place.shop.must("doctor")
    }

    /// Another delivery of the same name comes while the first is here and there.
    @Test func whatCameMeanwhileIsTheNextDelivery() async throws {
        let place = try await PlaceShop(models: [:])
        try place.dropFirst()
        let killed = try await place.shop.run("start", "client1", failpoints: "place.after_fetch=kill:2")
        #expect(killed.signal == 9)
        #expect(try place.here().contains("raw/client1/shop/incoming/orders.csv"))
        try place.drop("orders.csv", Shop.nextOrders)
        let first = try await place.shop.must("start", "client1")
        #expect(first.stdout.contains("waits: another file of this name"), "\(first.everything)")
        #expect(
            try await place.shop.rows("SELECT count(*) FROM bronze_client1.shop_orders") == ["3"])
        try await place.shop.must("start", "client1")
        #expect(
            try await place.shop.rows("SELECT count(*) FROM bronze_client1.shop_orders") == ["5"])
        #expect(try place.here() == [])
    }

    /// Of a batch that runs again, everything is in both places for a while.
    @Test(arguments: [
        "rename.after=kill:1", "rename.after=kill:2", "step.after=kill:1", "place.after_mark=kill:1",
        "finalize.before_move=kill:1", "fsync.after=kill:1", "fsync.after=kill:4",
    ]) func aReprocessThatDiesIsFinished(_ failpoint: String) async throws {
        let place = try await PlaceShop.loaded()
        let before = try await place.shop.fingerprint()
        let killed = try await place.shop.run("reprocess", "client1", "1", failpoints: failpoint)
        #expect(killed.signal == 9, "\(killed.everything)")
        try await place.shop.must("restart", "client1")
        try await place.shop.must("start", "client1")
        #expect(try await place.shop.fingerprint() == before)
        #expect(try place.keys() == PlaceShop.resting(1))
        #expect(try place.here().filter { !$0.contains("/.pulih-tmp-") } == [])
        try await place.shop.must("doctor")
    }

    @Test(arguments: [1, 3, 5]) func aPurgeThatDiesIsFinished(_ hit: Int) async throws {
        let place = try await PlaceShop.loaded(models: [:])
        try place.dropNext()
        try await place.shop.must("start", "client1")
        try place.shop.edit("pulih.yml", "parallel_steps: 1}", "parallel_steps: 1, retention: 0d}")
        let killed = try await place.shop.run("purge", "--yes", failpoints: "fsync.after=kill:\(hit)")
        #expect(killed.signal == 9, "\(killed.everything)")
        try await place.shop.must("doctor")
        try await place.shop.must("purge", "--yes")
        #expect(try place.keys() == PlaceShop.resting(2))
        try await place.shop.must("doctor")
    }
}
