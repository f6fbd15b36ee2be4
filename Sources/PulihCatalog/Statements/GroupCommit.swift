/// Puts writes that wait at the same time into one transaction, since each commit costs a sync of the disk.
actor GroupCommit {
    typealias Write = @Sendable (any CatalogSession) throws -> Void
    typealias Transaction = @Sendable (_ body: Write) async throws -> Void

    private let transaction: Transaction
    private let concernsAll: @Sendable (any Error) -> Bool
    private var waiting: [(write: Write, caller: CheckedContinuation<Void, any Error>)] = []
    private var isWriting = false

    /// - Parameter concernsAll: whether a failure would have met every write of a group, such as a server that
    ///   cannot be reached.
    init(_ transaction: @escaping Transaction, concernsAll: @escaping @Sendable (any Error) -> Bool) {
        self.transaction = transaction
        self.concernsAll = concernsAll
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
                let writes = group.map(\.write)
                try await transaction { session in
                    for write in writes { try write(session) }
                }
                for member in group { member.caller.resume() }
            } catch {
                if group.count == 1 || concernsAll(error) {
                    for member in group { member.caller.resume(throwing: error) }
                } else {
                    await writeSingly(group)
                }
            }
        }
        isWriting = false
    }

    /// One write of a group failed: each gets its own transaction, so that only the culprit fails.
    private func writeSingly(_ group: [(write: Write, caller: CheckedContinuation<Void, any Error>)]) async {
        for member in group {
            do {
                try await transaction(member.write)
                member.caller.resume()
            } catch {
                member.caller.resume(throwing: error)
            }
        }
    }
}
