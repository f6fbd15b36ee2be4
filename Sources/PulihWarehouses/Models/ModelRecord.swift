import PulihModel

// Pulih's table `builds`: what stands built and not yet published.
extension ModelBuild {
    private var identity: [SQLValue] { [.text(model.table.layer.rawValue), .text(model.table.name)] }

    func rememberBuilt(_ rows: Int, in session: some ModelSession) throws {
        try session.run(
            """
            INSERT INTO \(session.names(of: self).builds.sql) (layer, name, batch_id, fingerprint, row_count)
            VALUES ($1, $2, $3, $4, $5)
            """, identity + [.text(entry.batch.description), .text(entry.fingerprint), .int(rows)])
    }

    func forgetBuilt(in session: some ModelSession) throws {
        try session.run(
            "DELETE FROM \(session.names(of: self).builds.sql) WHERE layer = $1 AND name = $2", identity)
    }

    /// What is published must be what was built for this batch from this SQL.
    func rowsBuilt(in session: some ModelSession) throws -> Int {
        let rows = try session.rows(
            """
            SELECT row_count FROM \(session.names(of: self).builds.sql)
            WHERE layer = $1 AND name = $2 AND batch_id = $3 AND fingerprint = $4
            """, identity + [.text(entry.batch.description), .text(entry.fingerprint)])
        guard let row = rows.first else {
            throw PulihError(
                .bug, "\(model.table) was not built for \(entry.batch) as it is to be published",
                object: model.table.description, leftBehind: Self.nothingPublished)
        }
        return try row[0].number
    }

    /// The last of a model's publication.
    func finishPublishing(in session: some ModelSession) throws {
        try runHooks("post_hook", postHooks, leftBehind: Self.nothingPublished, in: session)
        try forgetBuilt(in: session)
    }
}
