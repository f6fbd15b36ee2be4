import PulihModel
import PulihPostgres

extension PostgresWarehouse {
    /// Ends what earlier runs of the client left on the server, and waits until it is gone. Their transactions are
    /// rolled back by that; what one of them does later, the fence refuses.
    func endOlderSessions(of own: OwnSchema, before epoch: Int) async throws {
        // The client's role may not end what the one that logs in began.
        let door = try await PostgresConnection.open(
            connecting(own.client, as: own.applicationPrefix + "takeover", asLogin: true))
        do {
            try await door.run { session in
                for pid in try session.sessions(of: own, before: epoch) {
                    try session.execute(
                        "SELECT pg_terminate_backend($1::integer, $2)",
                        [.int(Int64(pid)), .int(Int64(Self.endingSeconds * 1_000))])
                }
                let left = try session.sessions(of: own, before: epoch)
                guard left.isEmpty else {
                    throw PulihError(
                        .busy,
                        "sessions of an earlier run of \(own.client) do not end: server processes "
                            + left.map(String.init).joined(separator: ", "), object: own.client,
                        leftBehind: "nothing was changed",
                        hint: "end them with pg_terminate_backend, then run again", isTransient: true)
                }
            }
        } catch {
            await door.close()
            throw error
        }
        await door.close()
    }

    private static var endingSeconds: Int { 10 }
}

extension PostgresSession {
    /// Server processes of runs with an earlier epoch.
    fileprivate func sessions(of own: OwnSchema, before epoch: Int) throws -> [Int] {
        try query(
            """
            SELECT pid, application_name FROM pg_stat_activity
            WHERE datname = current_database() AND starts_with(application_name, $1)
            """, [.text(own.applicationPrefix)]
        ).rows.compactMap { row in
            let name = try row[1].content
            guard let found = Int(name.dropFirst(own.applicationPrefix.count)), found < epoch else {
                return nil
            }
            return try row[0].number
        }
    }
}
