import PulihModel
import PulihPostgres
import PulihTesting
import Testing

@Suite("A later run takes PostgreSQL over", .serialized)
struct PostgresTakeoverTests {
    private let table = customers(.delta)
    /// Opens as the next run while a load of this one stands still in the middle of its rows, as when its process was
    /// stopped and comes back.
    @Test(arguments: [2_000, 200_000])
    func aRunThatStoodStillWritesNothing(_ rows: Int) async throws {
        let (isUnderway, goOn) = (Signal(), Signal())
        let bench = try await WarehouseBench(.postgresql) { engine in
            BentSource(engine: engine) { _ in
                isUnderway.send()
                await goOn.wait()
            }
        }
        let stale = try await bench.warehouse.open(for: lease(epoch: 1))
        try await stale.prepareBronze(table)
        let load = Task { try await stale.loadBronze(large(rows, into: table, batch: 1)) }
        await isUnderway.wait()
        // What the stopped one holds stops nobody: the table can be changed.
        try await bench.session(epoch: 2) { session in
            try await session.prepareBronze(
                customers(.full, extra: [ColumnSpec(source: "N", name: "n", type: .integer)]))
            #expect(try await session.column("SELECT count(*) FROM bronze_client1.crm_cust") == ["0"])
            goOn.send()
            let error = try await failure(.busy) { _ = try await load.value }
            #expect(error.summary == "client1 was taken over by a later run (epoch 2, this one has 1)")
            #expect(error.leftBehind == "nothing was written")
            #expect(try await session.column("SELECT count(*) FROM bronze_client1.crm_cust") == ["0"])
            #expect(try await session.ledger().rows.isEmpty)
        }
        // With connections of its own again it meets the fence.
        for _ in 1...2 {
            _ = try await failure(.busy) { try await stale.prepareBronze(customers(.full)) }
            _ = try await failure(.busy) { try await stale.publish(1) }
            _ = try await failure(.busy) { try await stale.runHook(["CREATE TABLE public.x (id integer)"]) }
        }
        try await stale.close()
        #expect(try await bench.sql("SELECT count(*) FROM bronze_client1.crm_cust") == ["0"])
        try await bench.session(epoch: 3) { _ in }
        let left = "SELECT relname FROM pg_class WHERE relname LIKE '%\\_\\_stage%'"
        #expect(try await bench.sql(left).isEmpty)
    }

    @Test func anEarlierRunEndsNobody() async throws {
        let bench = try await WarehouseBench(.postgresql)
        let session = try await bench.warehouse.open(for: lease(epoch: 5))
        try await session.prepareBronze(table)
        let error = try await failure(.busy) { _ = try await bench.warehouse.open(for: lease(epoch: 4)) }
        #expect(error.summary == "client1 was taken over by a later run (epoch 5, this one has 4)")
        try await session.prepareBronze(customers(.full))
        try await session.close()
    }

    @Test func othersAreLeftAlone() async throws {
        let bench = try await WarehouseBench(.postgresql)
        let other = try await bench.warehouse.open(for: lease(epoch: 1, client: "client11"))
        let first = try await bench.warehouse.open(for: lease(epoch: 1))
        let reader = try await bench.warehouse.openToRead(client: client)
        let pid = try await reader.column("SELECT pg_backend_pid()")
        try await bench.session(epoch: 2) { _ in }
        #expect(try await reader.column("SELECT pg_backend_pid()") == pid)
        try await other.runHook(["SELECT 1"])
        _ = try await failure(.busy) { try await first.runHook(["SELECT 1"]) }
        for session in [other, first] { try await session.close() }
        try await reader.close()
    }

    @Test func aWarehouseOfANewerPulihIsRefused() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { _ in }
        try await bench.sql("INSERT INTO pulih_client1.version VALUES (99)")
        let error = try await failure(.refused) { try await bench.session(epoch: 2) { _ in } }
        #expect(
            error.summary.hasPrefix(
                "the warehouse of client1 was written by a newer Pulih (format 99, this one"))
        #expect(try await bench.sql("SELECT epoch FROM pulih_client1.fence") == ["1"])
    }
}

@Suite("Roles of clients in PostgreSQL", .serialized)
struct PostgresRoleTests {
    /// Roles belong to the whole server: each run of the test has its own.
    private func roles(_ bench: WarehouseBench) async throws -> [String: String] {
        let mark = bench.url.split(separator: "_").last ?? ""
        let roles = ["client1": "a_\(mark)", "client2": "b_\(mark)"]
        let login = "login_\(mark)"
        try await bench.sql("CREATE ROLE \(login) LOGIN NOSUPERUSER NOINHERIT")
        for role in roles.values.sorted() {
            try await bench.sql("CREATE ROLE \(role) NOLOGIN")
            try await bench.sql("GRANT \(role) TO \(login)")
            try await bench.sql(
                "GRANT CREATE ON DATABASE \"\(bench.url.split(separator: "/").last!)\" TO \(role)")
        }
        return roles
    }

    @Test func aClientsRoleCannotReadAnothersSchemas() async throws {
        let plain = try await WarehouseBench(.postgresql)
        let roles = try await roles(plain)
        let mark = plain.url.split(separator: "_").last ?? ""
        let bench = try await WarehouseBench(
            .postgresql, roles: roles, url: plain.url.replacing("pulih@", with: "login_\(mark)@"))
        for name in ["client1", "client2"] {
            // Twice: the second takes over from the first, whose session another role began.
            for epoch in 1...2 {
                let session = try await bench.warehouse.open(for: lease(epoch: epoch, client: name))
                var table = customers(.delta)
                table.name = LayerTable(.bronze, "crm_cust").live(name)
                try await session.prepareBronze(table)
                _ = try await session.loadBronze(large(100_000, into: table, batch: epoch))
                try await session.publish(epoch)
                if epoch == 2 { try await session.close() }
            }
        }
        #expect(
            try await plain.sql(
                "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relname LIKE 'crm\\_cust%' ORDER BY 1"
            )
                == roles.values.sorted())
        let reader = try await bench.warehouse.openToRead(client: "client1")
        #expect(try await reader.column("SELECT count(*) FROM bronze_client1.crm_cust_current") == ["200000"])
        for table in ["bronze_client2.crm_cust", "bronze_client2.crm_cust_current", "pulih_client2.ledger"] {
            let error = try await failure(.configuration) {
                _ = try await reader.rows("SELECT * FROM \(table)")
            }
            #expect(error.summary.contains("permission denied for schema"))
        }
        try await reader.close()
        let session = try await bench.warehouse.open(for: lease(epoch: 3))
        _ = try await failure(.configuration) {
            try await session.runHook(["DROP TABLE bronze_client2.crm_cust"])
        }
        try await session.close()
    }
}
