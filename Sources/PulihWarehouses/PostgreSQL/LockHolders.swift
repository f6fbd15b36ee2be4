import PulihModel
import PulihPostgres

extension PostgresSession {
    /// Transactions that hold locks on tables and views of the client, the longest first: who lets others wait.
    func lockHolders(_ own: OwnSchema) throws -> [String] {
        let marks = own.schemas.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        return try query(
            """
            SELECT a.pid, a.usename::text, a.application_name, coalesce(a.state, 'active'),
                coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::bigint,
                min(n.nspname || '.' || c.relname), count(DISTINCT c.oid)
            FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.granted AND a.datname = current_database() AND l.pid <> pg_backend_pid()
                AND n.nspname IN (\(marks))
            GROUP BY a.pid, a.usename, a.application_name, a.state, a.xact_start
            ORDER BY a.xact_start LIMIT 3
            """, own.schemas.map { .text($0) }
        ).rows.map { row in
            let more = try row[6].number - 1
            return "server process \(try row[0].number) (\(row[1].string ?? "?"), '\(try row[2].content)',"
                + " \(try row[3].content) for \(try row[4].number) s) holds \(try row[5].content)"
                + (more > 0 ? " and \(more) more" : "")
        }
    }
}

extension FailureContext {
    func waitedTooLong(_ failure: PostgresFailure, holders: [String]) -> PulihError {
        let told = holders.isEmpty ? "another transaction held it" : holders.joined(separator: "; ")
        return PulihError(
            .busy,
            "unable to \(action): a lock was not free within \(PostgresWarehouse.lockSeconds) s: \(told)",
            object: object, leftBehind: leftBehind,
            hint: "run again when that transaction has ended, or end it with pg_terminate_backend",
            isTransient: true, cause: failure.description)
    }
}
