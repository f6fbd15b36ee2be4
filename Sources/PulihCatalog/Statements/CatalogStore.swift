import PulihModel
import PulihSystem

/// A database that holds the catalog's tables. Everything it throws is mapped, or a cancellation.
protocol CatalogStore: Sendable {
    /// All that the body reads is of one moment.
    func reading<T: Sendable>(_ body: @Sendable (any CatalogSession) throws -> T) async throws -> T
    /// One transaction, together with others that wait; cancelling the caller does not stop it.
    func writing(_ body: @escaping @Sendable (any CatalogSession) throws -> Void) async throws
    /// A transaction for itself.
    func writingAlone<T: Sendable>(_ body: @Sendable (any CatalogSession) throws -> T) async throws -> T
    func close() async throws
}

/// A transaction on a store, for the time of a body.
///
/// Statements mark parameters `$1`, `$2`, …, which first appear in that order, so that every store takes them.
protocol CatalogSession {
    /// - Returns: how many rows were changed.
    @discardableResult func execute(_ sql: String, _ values: [CatalogValue]) throws -> Int
    func query(_ sql: String, _ values: [CatalogValue]) throws -> [CatalogRow]
    /// The time by which leases expire.
    /// - Parameter caller: what the caller's clock says.
    func leaseTime(_ caller: Int64) throws -> Int64
    /// Keeps others from the client's lease until the transaction ends.
    func lockLease(of client: String) throws
    /// What a SELECT ends with that keeps others from changing its rows until the transaction ends.
    var sharedLock: String { get }
    /// Keeps others from applying configuration until the transaction ends.
    func lockConfiguration() throws
}

extension CatalogSession {
    func first(_ sql: String, _ values: [CatalogValue]) throws -> CatalogRow? { try query(sql, values).first }
}

/// The catalog in a store: statements that every store understands.
struct SQLCatalog: Catalog {
    let store: any CatalogStore

    init(_ store: any CatalogStore, _ patience: CatalogPatience?) {
        let patient: any CatalogStore =
            patience.map { PatientStore(store: store, patience: $0) } ?? store
        self.store = Timings.path == nil ? patient : TimedStore(store: patient)
    }

    init(store: any CatalogStore) {
        self.store = store
    }

    func close() async throws { try await store.close() }
}

/// Pieces of statements.
enum CatalogSQL {
    /// `$1, $2, $3`
    static func marks(_ count: Int) -> String { (1...count).map { "$\($0)" }.joined(separator: ", ") }

    /// A row that is there takes the new values; its key stays.
    static func upsert(_ table: String, _ columns: [String], key: [String]) -> String {
        let updates = columns.filter { !key.contains($0) }.map(SQLText.identifier)
            .map { "\($0) = excluded.\($0)" }
        return "\(insert(table, columns)) ON CONFLICT (\(SQLText.identifiers(key)))"
            + " DO UPDATE SET \(updates.joined(separator: ", "))"
    }

    static func insert(_ table: String, _ columns: [String]) -> String {
        "INSERT INTO \(SQLText.identifier(table)) (\(SQLText.identifiers(columns)))"
            + " VALUES (\(marks(columns.count)))"
    }
}
