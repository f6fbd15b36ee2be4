import PulihModel

/// How a build goes into a live table that keeps what earlier batches brought.
///
/// Before a batch is merged, its own former merge and those of later batches are taken back; so merging a
/// batch twice, or an earlier batch and then its followers again, ends as if each had been merged once, in
/// order. Changes that hooks made are not taken back.
protocol LiveMerge {
    associatedtype Session: ModelSession
    var build: ModelBuild { get }
    var names: ModelNames { get }
    var session: Session { get }

    /// A SELECT of the live table without what this batch and later ones did to it; nil when that is the
    /// table itself, or when there is none.
    func selectBefore() throws -> String?
    /// A SELECT of the table as it will be once the build is merged: what other models of the batch read.
    /// - Throws: `configuration` as `publish` does.
    func preview() throws -> String
    /// Merges what stands built into the live table. Call inside a transaction.
    /// - Throws: `configuration` when the columns differ in a way that is not allowed.
    func publish() throws
}

extension LiveMerge {
    var log: MergeLog<Session> { MergeLog(build.model, names, in: session) }

    /// A SELECT may read the table that it is merged into (`{{ this }}`, the live table by its quoted name).
    /// When this batch or a later one was merged before, it must see the table without those merges: a view
    /// stands in for it.
    ///
    /// - Parameter body: builds from the SQL it is given.
    func building<T>(_ body: (_ sql: String) throws -> T) throws -> T {
        guard build.buildSQL.contains(names.live.sql), let before = try selectBefore() else {
            return try body(build.buildSQL)
        }
        // Renaming the live table instead would do for any spelling, but not for a table with indexes: DuckDB
        // 1.5.5 ends the process when a transaction drops an index of a file just opened and makes it again.
        try session.run("CREATE VIEW \(names.before.sql) AS \(before)")
        let value = try body(build.buildSQL.replacing(names.live.sql, with: names.before.sql))
        try session.run("DROP VIEW \(names.before.sql)")
        return value
    }

    /// What a batch finds that makes the table.
    func selectNothing() throws -> String {
        let columns = SQLText.identifiers(try session.givenColumns(of: names.live).map(\.name))
        return "SELECT \(columns) FROM \(names.live.sql) WHERE false"
    }

    /// Makes the build itself the live table.
    /// - Parameter moment: of a history.
    func begin(moment: Int64? = nil) throws {
        try log.forget()
        try session.makeLive(build)
        try log.remember(build.entry.batch, created: true, moment: moment)
    }
}
