import PulihModel
import PulihPostgres

struct PostgresCatalogSession: CatalogSession {
    let session: PostgresSession

    func execute(_ sql: String, _ values: [CatalogValue]) throws -> Int {
        try session.execute(sql, values.map(\.postgres))
    }

    func query(_ sql: String, _ values: [CatalogValue]) throws -> [CatalogRow] {
        let table = try session.query(sql, values.map(\.postgres))
        let places = Dictionary(zip(table.columns.map(\.name), 0...)) { first, _ in first }
        return table.rows.map { row in
            CatalogRow(places: places, values: table.columns.indices.map { CatalogValue(row[$0]) })
        }
    }

    /// The server's clock: hosts that share a catalog need not agree on the time.
    func leaseTime(_ caller: Int64) throws -> Int64 {
        guard let time = try session.scalar("SELECT clock_timestamp()").microseconds else {
            throw PulihError(.bug, "the server does not tell the time")
        }
        return time
    }

    /// The client's row is there before it is locked, so that of two that come first one waits.
    func lockLease(of client: String) throws {
        try session.execute(
            """
            INSERT INTO run_lease (\(SQLText.identifiers(LeaseRow.columns)))
            VALUES ($1, 0, FALSE, '', '', '', 0, 0, '', clock_timestamp(), clock_timestamp(), '')
            ON CONFLICT (client_schema) DO NOTHING
            """, [.text(client)])
        try session.execute("SELECT 1 FROM run_lease WHERE client_schema = $1 FOR UPDATE", [.text(client)])
    }

    var sharedLock: String { " FOR SHARE" }

    /// Only others that apply wait for this.
    func lockConfiguration() throws {
        try session.execute("LOCK TABLE schema_registry IN SHARE ROW EXCLUSIVE MODE")
    }
}

extension CatalogValue {
    fileprivate var postgres: PostgresValue {
        switch self {
        case .null: .null
        case .int(let number): .int(number)
        case .double(let number): .double(number)
        // The server takes the type from where it stands: text or json. It cannot hold NUL characters.
        case .text(let text): .untyped(text.replacing("\0", with: "\u{2400}"))
        case .flag(let flag): .bool(flag)
        case .time(let time): .timestamp(microseconds: time)
        }
    }

    fileprivate init(_ value: PostgresValue) {
        self =
            switch value {
            case .null: .null
            case .bool(let flag): .flag(flag)
            case .int(let number): .int(number)
            case .double(let number): .double(number)
            case .text(let text), .untyped(let text): .text(text)
            case .timestamp(let time): .time(time)
            // No column holds bytes; a reader of one tells what it found.
            case .bytes(let bytes): .text("\(bytes.count) bytes")
            }
    }
}
