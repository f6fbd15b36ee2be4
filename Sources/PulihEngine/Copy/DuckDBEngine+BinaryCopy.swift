internal import Glibc
internal import PulihDuckDB
public import PulihModel
internal import PulihSystem

extension DuckDBEngine: BinaryCopySource {
    public func writeBinaryCopy(_ relation: String, to descriptor: Int32) async throws -> Int {
        try await translating(object: "the rows to load") {
            try await pool.run { session in
                let pipe = try PipeWriter(descriptor)
                do {
                    return try session.postgresRows(relation) { try pipe.write($0) { Task.isCancelled } }
                } catch let failure as SystemFailure where failure.errno == EPIPE {
                    throw PulihError(
                        .storage, "the rows were not read to the end: the reader closed the pipe",
                        leftBehind: "nothing was loaded", cause: failure.description)
                }
            }
        }
    }
}
