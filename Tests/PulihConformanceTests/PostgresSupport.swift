import PulihEngine
import PulihModel
import PulihPostgres
import Testing

extension WarehouseBench {
    /// Another connection to a server's database, as people have it.
    func connect(_ name: String = "psql") async throws -> PostgresConnection {
        try await PostgresConnection.open(PostgresSettings(conninfo: url, applicationName: name))
    }

    /// Runs a statement on a connection of its own. - Returns: the first column of its rows.
    @discardableResult
    func sql(_ statement: String) async throws -> [String?] {
        let connection = try await connect()
        let rows = try await connection.run { try $0.query(statement, once: true).rows.map { $0.texts[0] } }
        await connection.close()
        return rows
    }
}

/// Makes the rows of the engine, and stops or breaks on the way.
struct BentSource: BinaryCopySource {
    let engine: DuckDBEngine
    /// Called when the rows of a relation are in the pipe, whose end has not come yet.
    let afterRows: @Sendable (String) async throws -> Void

    func writeBinaryCopy(_ relation: String, to descriptor: Int32) async throws -> Int {
        let rows = try await engine.writeBinaryCopy(relation, to: descriptor)
        try await afterRows(relation)
        return rows
    }
}

/// Something that is waited for once.
final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func send() { continuation.finish() }
    func wait() async { for await _ in stream {} }
}

/// Rows (i, 'n' || i) of records from `first` on, in two parts.
func large(
    _ count: Int, into table: BronzeTable, batch: Int, file: String? = nil, attempt: Int = 1
) -> BronzeLoad {
    let name = file ?? "cust_\(BatchID(batch)).csv"
    func relation(_ from: Int, _ to: Int) -> String {
        "SELECT i::INTEGER AS id, 'n' || i AS name, i + 1 AS dwh_source_row FROM range(\(from), \(to)) AS r(i)"
    }
    return BronzeLoad(
        table: table, physicalName: name, relation: relation(0, count),
        parts: [relation(0, count / 2), relation(count / 2, count)], expectedRows: count,
        entry: entry(.loadBronze, "crm.cust/\(name)", batch: batch, attempt: attempt))
}
