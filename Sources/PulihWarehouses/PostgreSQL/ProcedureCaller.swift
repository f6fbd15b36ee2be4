import PulihModel
import PulihPostgres
import PulihSystem

/// Calls procedures of one batch by the contract, and says what became of them.
struct ProcedureCaller {
    let session: PostgresSession

    /// What a procedure may change and the next one must not find changed.
    private static let guarded = [
        "statement_timeout", "lock_timeout", "search_path", "role", "TimeZone", "DateStyle", "IntervalStyle",
        "bytea_output", "extra_float_digits",
    ]

    /// Calls one inside the transaction that publishes: what a failed one did is taken back, the transaction goes on.
    /// - Throws: what ends the transaction as a whole: a lost connection, a conflict with another transaction,
    ///   trouble of the server, cancellation.
    func callInTransaction(_ call: ProcedureCall) throws -> ProcedureOutcome {
        try measured(call) {
            try session.savepoint {
                let kept = try session.settings(Self.guarded)
                try prepare(call, isLocal: true)
                try invoke(call)
                try session.set(kept, isLocal: true)
            }
        }
    }

    /// Calls one of `publish: step` outside any transaction: it may commit. What it sets stays with the connection,
    /// which is closed afterwards.
    func callAlone(_ call: ProcedureCall) throws -> ProcedureOutcome {
        try measured(call) {
            try prepare(call, isLocal: false)
            try invoke(call)
        }
    }

    // MARK: the call

    private func prepare(_ call: ProcedureCall, isLocal: Bool) throws {
        var settings = [
            ("pulih.client", call.client), ("pulih.batch_id", call.batch.description),
            ("pulih.batch_time", SQLText.timestamp(call.batchTime) + "+00"),
        ]
        if let seconds = call.procedure.timeoutSeconds {
            settings.append(("statement_timeout", "\(seconds)s"))
        }
        try session.set(settings, isLocal: isLocal)
    }

    private func invoke(_ call: ProcedureCall) throws {
        let signature = try ProcedureLookup(session: session).callable(call.procedure)
        try Failpoints.hit(.procedureBeforeCall)
        let values = [call.client, call.batch.description, call.procedure.name.name]
        let rows = try session.query(
            signature.statement, values.prefix(signature.inputs.count).map { .text($0) }, once: true
        ).rows
        guard rows.count == 1, rows[0].columns.count >= 2 else {
            throw SaidNo("it returned \(rows.count) rows of is_success and error_message, not one")
        }
        let message = (rows[0][1].string ?? "").trimmed
        guard let isSuccess = rows[0][0].bool else {
            throw SaidNo("it left is_success NULL" + (message.isEmpty ? "" : ": \(message)"))
        }
        guard isSuccess else {
            throw SaidNo(message.isEmpty ? "it set is_success to false, without error_message" : message)
        }
    }

    // MARK: what became of it

    /// The procedure's own word that it failed; what it did is taken back like that of an exception.
    private struct SaidNo: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }

    private func measured(_ call: ProcedureCall, _ body: () throws -> Void) throws -> ProcedureOutcome {
        session.takeNotices()
        let start = ContinuousClock.now
        func outcome(_ status: ProcedureStatus) -> ProcedureOutcome {
            let notices = session.takeNotices()
            return ProcedureOutcome(
                name: call.procedure.name, status: status, notices: notices.map(\.description),
                warnings: notices.filter { $0.sqlState.hasPrefix("01") }.map(\.description),
                seconds: (ContinuousClock.now - start).inSeconds)
        }
        do {
            try body()
            return outcome(.succeeded)
        } catch {
            switch error {
            case let said as SaidNo: return outcome(.failed(said.message))
            case let error as PulihError where error.code == .configuration:
                return outcome(.failed(error.summary))
            case let failure as PostgresFailure where failure.isFaultOfProcedure:
                let seconds = (ContinuousClock.now - start).inSeconds
                return outcome(.failed(failure.told(of: call.procedure, after: seconds)))
            default: throw error
            }
        }
    }
}

extension PostgresFailure {
    /// Its own fault, not that of the server, of the connection, of another transaction or of who cancelled the run.
    fileprivate var isFaultOfProcedure: Bool {
        if isConnectionLost || isConflict || Task.isCancelled { return false }
        return sqlState == "57014" || !["08", "53", "57", "58", "XX"].contains { sqlState.hasPrefix($0) }
    }

    fileprivate func told(of procedure: Procedure, after seconds: Double) -> String {
        if sqlState == "57014", let limit = procedure.timeoutSeconds, seconds >= Double(limit) {
            return "it took longer than its timeout of \(limit) s and was ended"
        }
        var text = "\(message) (SQLSTATE \(sqlState))"
        if let detail { text += "; \(detail)" }
        // The innermost place comes first.
        if let place = context?.split(separator: "\n").first { text += "; at \(place)" }
        guard sqlState == "2D000" else { return text }
        return procedure.publish == .batch
            ? "it ends a transaction, and 'publish: batch' calls it inside the one that publishes: use publish: step;"
                + " \(text)"
            : "it ends a transaction where that cannot be done: in a function, under SECURITY DEFINER, with SET"
                + " clauses or inside a block with EXCEPTION; \(text)"
    }
}

extension PostgresSession {
    fileprivate func settings(_ names: [String]) throws -> [(String, String)] {
        let columns = names.map { "current_setting(\(SQLText.literal($0)))" }.joined(separator: ", ")
        guard let row = try query("SELECT \(columns)").rows.first else { return [] }
        return zip(names, row.texts).compactMap { name, value in value.map { (name, $0) } }
    }

    /// - Parameter isLocal: until the transaction ends.
    fileprivate func set(_ settings: [(String, String)], isLocal: Bool) throws {
        let calls = settings.indices.map { "set_config($\($0 * 2 + 1), $\($0 * 2 + 2), \(isLocal))" }
        _ = try query(
            "SELECT \(calls.joined(separator: ", "))",
            settings.flatMap { [PostgresValue.text($0), .text($1)] })
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}

extension String {
    fileprivate var trimmed: String {
        let blanks = drop { $0.isWhitespace }
        return String(blanks.reversed().drop { $0.isWhitespace }.reversed())
    }
}
