import PulihModel
import PulihTesting
import Testing

@Suite("Connections to PostgreSQL that end while nobody uses them")
struct PostgresPoolTests {
    private let ending = """
        SELECT count(*) FROM (SELECT pg_terminate_backend(pid, 60000) AS is_gone FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()) AS ended WHERE is_gone
        """

    @Test func areReplacedByNewOnes() async throws {
        let bench = try await WarehouseBench(.postgresql)
        try await bench.session { session in
            try await session.prepareBronze(customers(.delta))
            #expect(try await bench.sql(ending) == ["1"])
            try await session.prepareBronze(customers(.full))
        }
        let reader = try await bench.warehouse.openToRead(client: client)
        #expect(try await bench.sql(ending) == ["1"])
        #expect(try await reader.column("SELECT count(*) FROM bronze_client1.crm_cust") == ["0"])
        try await reader.close()
    }
}
