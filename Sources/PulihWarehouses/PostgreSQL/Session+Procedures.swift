import PulihModel
import PulihPostgres
import PulihSystem

extension PostgresWarehouseSession {
    func call(_ call: ProcedureCall) async throws -> ProcedureOutcome {
        let name = call.procedure.name
        let context = FailureContext(
            "call \(name)", object: name.description,
            leftBehind: "what the procedure committed by itself stands",
            hint: "run 'pulih restart \(lease.client)', which calls it again")
        let ledgerStore = ledgerStore
        let outcome: ProcedureOutcome
        do {
            outcome = try await pool.withConnection { connection in
                let result: Result<ProcedureOutcome, any Error>
                do {
                    result = .success(
                        try await connection.run { session in
                            // A run that lost its lease calls nothing any more.
                            try ledgerStore.checkFence(in: session)
                            return try ProcedureCaller(session: session).callAlone(call)
                        })
                } catch {
                    result = .failure(error)
                }
                // What the procedure has set must not reach the next one who gets this connection.
                await connection.close()
                return try result.get()
            }
        } catch {
            throw await explained(error, context)
        }
        guard outcome.status == .succeeded else { return outcome }
        do { try Failpoints.hit(.procedureBeforeLedger) } catch { throw context.error(error) }
        try await write(context) { try ledgerStore.replace(call.entry, rows: 0, in: $0) }
        return outcome
    }
}

/// The procedures of a publication, inside its transaction.
struct PublishedProcedures {
    private let publication: Publication

    init(_ publication: Publication) {
        self.publication = publication
    }

    var isEmpty: Bool { publication.procedures.isEmpty }

    /// Calls them when the models are applied and the ledger holds the publication, so that the `_current` views show
    /// the batch; writes their rows into the ledger when all succeeded.
    /// - Throws: `ProceduresFailed` when one failed, to end the transaction; what ends it for other reasons.
    func call(_ ledger: PostgresLedger, in session: PostgresSession) throws -> [ProcedureOutcome] {
        var sequence = ProcedureSequence(publication.procedures, failFast: publication.failFast)
        let caller = ProcedureCaller(session: session)
        try sequence.run { call in
            publication.began(call.procedure.name)
            return try caller.callInTransaction(call)
        }
        guard sequence.failed == nil else { throw ProceduresFailed(outcomes: sequence.outcomes) }
        for call in publication.procedures { try ledger.replace(call.entry, rows: 0, in: session) }
        return sequence.outcomes
    }
}

/// A publication whose procedures did not all succeed; thrown so that everything is rolled back.
struct ProceduresFailed: Error {
    let outcomes: [ProcedureOutcome]
}
