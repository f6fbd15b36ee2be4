import PulihSQLite

/// Puts writes that wait at the same time into one transaction, since each commit costs a sync of the disk.
actor GroupCommit {
    typealias Write = @Sendable (SQLiteSession) throws -> Void

    private let database: SQLiteDatabase
    private var waiting: [(write: Write, caller: CheckedContinuation<Void, any Error>)] = []
    private var isWriting = false

    init(_ database: SQLiteDatabase) {
        self.database = database
    }

    /// Returns when the write is committed; if it throws, nothing of it is.
    func commit(_ write: @escaping Write) async throws {
        try await withCheckedThrowingContinuation { caller in
            waiting.append((write, caller))
            guard !isWriting else { return }
            isWriting = true
            // A task of its own: the cancellation of one caller must not reach the writes of others.
            Task { await self.writeWaiting() }
        }
    }

    private func writeWaiting() async {
        while !waiting.isEmpty {
            let group = waiting
            waiting = []
            do {
                try await transaction(group.map(\.write))
                for member in group { member.caller.resume() }
            } catch {
                await writeSingly(group)
            }
        }
        isWriting = false
    }

    /// One write of a group failed: each gets its own transaction, so that only the culprit fails.
    private func writeSingly(_ group: [(write: Write, caller: CheckedContinuation<Void, any Error>)]) async {
        for member in group {
            do {
                try await transaction([member.write])
                member.caller.resume()
            } catch {
                member.caller.resume(throwing: error)
            }
        }
    }

    private func transaction(_ writes: [Write]) async throws {
        try await database.transaction { session in
            for write in writes { try write(session) }
        }
    }
}
