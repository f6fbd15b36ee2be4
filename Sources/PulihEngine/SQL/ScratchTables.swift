internal import PulihDuckDB
internal import PulihModel

/// Tables of one call in the engine's own database, dropped when it ends.
final class ScratchTables {
    private let session: DuckDBSession
    private let stem = "t" + String(UInt64.random(in: .min ... .max), radix: 16)
    private var names: [String] = []

    init(_ session: DuckDBSession) {
        self.session = session
    }

    /// A name that no other call uses; the table is made by whoever takes it.
    func name(_ suffix: String) -> String {
        let name = "\(stem)_\(suffix)"
        names.append(name)
        return name
    }

    func dropAll() throws {
        for name in names { try session.execute("DROP TABLE IF EXISTS \(SQLText.identifier(name))") }
        names = []
    }
}
