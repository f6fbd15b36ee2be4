public import PulihModel
internal import PulihSystem

extension DuckDBEngine: BinaryCopySource {
    public func writeBinaryCopy(_ relation: String, to descriptor: Int32) async throws -> Int {
        let postgres = postgres
        // DuckDB is deaf to an interrupt while it waits for a full pipe.
        let drain = PipeDrain(descriptor)
        defer { drain.end() }
        return try await translating(object: "the rows to load") {
            try await withTaskCancellationHandler {
                try await pool.run { session in
                    try postgres.load(session)
                    return try BinaryCopy(session: session, relation: relation, descriptor: descriptor).run()
                }
            } onCancel: {
                drain.begin()
            }
        }
    }
}
