import PulihDuckDB
import PulihModel

/// A history: versions of the rows that a SELECT gives, closed and opened in the transaction that publishes.
struct HistoryMerge: LiveMerge {
    let build: ModelBuild

    /// The SELECT that builds: its rows as they would begin a history.
    func firstVersions(of sql: String) -> String {
        HistoryStatements.firstVersions(of: SQLText.statement(sql), from: build.batchTime)
    }

    /// - Throws: `configuration` when the SELECT gives a column that a history adds.
    func checkColumns(in session: DuckDBSession) throws {
        let added = Version.all.count
        let taken = Set(try session.columns(of: names.physical).dropLast(added).map(\.folded))
        let twice = Version.all.filter(taken.contains)
        guard !twice.isEmpty else { return }
        throw PulihError(
            .configuration,
            "unable to build \(build.model.table): its SELECT gives \(twice.joined(separator: ", ")), which a"
                + " history adds", object: build.model.table.description, leftBehind: "nothing was built",
            hint: "give the column another name in \(build.model.at.file)")
    }

    /// Told when the versions of the batch cannot begin at its own time.
    func warnings(in session: DuckDBSession) throws -> [String] {
        guard let state = try state(in: session) else { return [] }
        let moment = try moment(after: state.versions, in: session)
        guard moment != build.batchTime else { return [] }
        return [
            "the time of \(build.entry.batch), \(SQLText.timestamp(build.batchTime)), is not after the newest"
                + " in \(build.model.table): its versions begin at \(SQLText.timestamp(moment)); was the clock"
                + " set back?"
        ]
    }

    func selectBefore(in session: DuckDBSession) throws -> String? {
        guard try session.relation(names.live) == .table else { return nil }
        guard let state = try state(in: session) else { return try selectNothing(in: session) }
        return state.undoneFrom.map(state.statements.before)
    }

    func preview(in session: DuckDBSession) throws -> String {
        guard let state = try state(in: session) else { return "SELECT * FROM \(names.physical.sql)" }
        try checkSchema(in: session)
        return state.statements.preview(
            of: state.versions, at: try moment(after: state.versions, in: session))
    }

    func publish(in session: DuckDBSession) throws {
        guard let state = try state(in: session) else {
            try begin(moment: build.batchTime, in: session)
            return
        }
        try checkSchema(in: session)
        if let moment = state.undoneFrom {
            for statement in state.statements.takeBack(from: moment) { try session.execute(statement) }
            for entry in state.undone { try log.remove(entry.batchNumber, in: session) }
        }
        let moment = try moment(after: names.live.sql, in: session)
        for statement in state.statements.apply(at: moment) { try session.execute(statement) }
        try log.remember(build.entry.batch, created: false, moment: moment, in: session)
        try session.execute("DROP TABLE \(names.physical.sql)")
    }

    // MARK: what is there

    private struct State {
        /// What this batch and later ones did.
        let undone: [MergeLog.Entry]
        /// The earliest moment of these. Moments need not grow with the batches: one that changed nothing leaves
        /// no time in the table that the next would have to be after.
        let undoneFrom: Int64?
        let statements: HistoryStatements

        /// The versions before this batch: the live table or a `(SELECT …)`.
        var versions: String { undoneFrom.map { "(\(statements.before($0)))" } ?? statements.live }
    }

    /// nil: this batch begins the history. A table that has the columns of a history is gone on with, wherever
    /// it came from; any other is replaced, as always when a model changes its kind.
    private func state(in session: DuckDBSession) throws -> State? {
        guard try session.relation(names.live) == .table, try log.isOf(history: true, in: session) else {
            return nil
        }
        let columns = try session.columns(of: names.live)
        let selected = columns.filter { !Version.all.contains($0.folded) }
        let undone = try log.entries(from: build.entry.batch, in: session)
        guard columns.count == selected.count + Version.all.count,
            !undone.contains(where: \.created)
        else { return nil }
        return State(
            undone: undone, undoneFrom: undone.compactMap(\.moment).min(),
            statements: HistoryStatements(
                live: names.live.sql, delta: names.physical.sql, key: build.model.uniqueKey,
                selected: selected.map(\.name), deletes: build.model.deletes))
    }

    /// When this batch acts: at its own time, if that is later than all before it, else just after them. So
    /// no version is empty or ends before it began, and each time belongs to one batch.
    private func moment(after versions: String, in session: DuckDBSession) throws -> Int64 {
        let newest = try session.scalar(
            "SELECT epoch_us((\(HistoryStatements.newestTime(in: versions))))")
        return newest.isNull ? build.batchTime : max(build.batchTime, Int64(try newest.number) + 1)
    }

    private func checkSchema(in session: DuckDBSession) throws {
        try SchemaChange(
            live: try session.columns(of: names.live), delta: try session.columns(of: names.physical)
        ).check(build)
    }
}
