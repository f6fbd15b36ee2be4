import PulihModel
import PulihPostgres
import PulihSystem
import Synchronization

/// Rows on their way from the engine to a COPY, as bytes in a pipe.
final class RowStream: Sendable {
    private let pipe: BytePipe
    private let outcome = Mutex<Result<Int, any Error>?>(nil)

    private init(_ pipe: BytePipe) {
        self.pipe = pipe
    }

    /// Runs the body while the rows of a DuckDB SELECT are being made. Have the connection that takes them first:
    /// an engine that waits for a reader must not be what the reader waits for.
    static func from<T: Sendable>(
        _ source: any BinaryCopySource, _ relation: String, _ body: (RowStream) async throws -> T
    ) async throws -> T {
        let stream = RowStream(try BytePipe())
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await stream.produce(source, relation) }
            do {
                let value = try await body(stream)
                try await group.waitForAll()
                return value
            } catch {
                stream.pipe.closeRead()
                group.cancelAll()
                throw error
            }
        }
    }

    /// Passes all rows on.
    /// - Throws: `RowsNotMade` when their making stopped: the COPY must not end well then, since a part came.
    func pump(into writer: PostgresCopyWriter) throws {
        try writer.pump(from: pipe.readEnd)
        try checkOutcome()
    }

    /// All bytes, of a relation that gives few. Blocks.
    func bytes() throws -> [UInt8] {
        let bytes = try pipe.readAll()
        try checkOutcome()
        return bytes
    }

    private func checkOutcome() throws {
        // The end is closed only after the outcome was noted.
        guard case .failure(let error) = outcome.withLock({ $0 }) else { return }
        throw error is CancellationError ? error : RowsNotMade(error: error)
    }

    private func produce(_ source: any BinaryCopySource, _ relation: String) async {
        let result: Result<Int, any Error>
        do {
            result = .success(try await source.writeBinaryCopy(relation, to: pipe.writeEnd))
        } catch {
            result = .failure(error)
        }
        outcome.withLock { $0 = result }
        pipe.closeWrite()
    }
}

/// The engine could not make the rows.
struct RowsNotMade: Error {
    let error: any Error
}
