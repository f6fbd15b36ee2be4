internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem
internal import Synchronization

/// The layouts of Parquet files that were looked at lately. Safe to use from any thread.
final class ParquetCache: Sendable {
    private struct Key: Hashable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let modified: Int64

        init(_ identity: FileIdentity) {
            device = identity.device
            inode = identity.inode
            size = identity.size
            modified = identity.modifiedNanoseconds
        }
    }

    private static let capacity = 10_000
    private let known = Mutex<[Key: ParquetLayout]>([:])

    func layout(of path: String, _ session: DuckDBSession) throws -> ParquetLayout {
        let identity = try FileIdentity.of(path)
        let key = Key(identity)
        if let layout = known.withLock({ $0[key] }) { return layout }
        let layout = try ParquetLayout(path, bytes: identity.size, session)
        remember(layout, as: key)
        return layout
    }

    /// Of a file that was just written with these columns: asking a small one costs as much as reading it.
    func remember(_ path: String, columns: [String]) throws {
        let identity = try FileIdentity.of(path)
        guard let layout = ParquetLayout(columns: columns, bytes: identity.size) else { return }
        remember(layout, as: Key(identity))
    }

    private func remember(_ layout: ParquetLayout, as key: Key) {
        known.withLock {
            if $0.count >= Self.capacity { $0.removeAll() }
            $0[key] = layout
        }
    }
}
