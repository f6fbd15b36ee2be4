import PulihModel

/// A history: versions of the rows that a SELECT gives, closed and opened in the transaction that publishes.
struct HistoryMerge<Session: ModelSession>: LiveMerge {
    let build: ModelBuild
    let names: ModelNames
    let session: Session

    init(_ build: ModelBuild, in session: Session) {
        self.build = build
        self.session = session
        names = session.names(of: build)
    }

    /// The SELECT that builds: its rows as they would begin a history.
    /// - Throws: `configuration` when the model's SELECT gives a column that a history adds.
    func firstVersions(of sql: String) throws -> String {
        let select = try build.single(sql)
        let given = try build.run(
            "build \(build.model.table)", linesBefore: 0, leftBehind: ModelBuild.nothingBuilt
        ) { Set(try session.columns(ofSelect: select).map(\.folded)) }
        let twice = Version.all.filter(given.contains)
        guard twice.isEmpty else {
            throw PulihError(
                .configuration,
                "unable to build \(build.model.table): its SELECT gives \(twice.joined(separator: ", ")), which a"
                    + " history adds", object: build.model.table.description,
                leftBehind: ModelBuild.nothingBuilt,
                hint: "give the column another name in \(build.model.at.file)")
        }
        return HistoryStatements.firstVersions(of: select, from: build.batchTime)
    }

    /// Told when the versions of the batch cannot begin at its own time.
    func warnings() throws -> [String] {
        guard let state = try state() else { return [] }
        let moment = try moment(after: state.versions)
        guard moment != build.batchTime else { return [] }
        return [
            "the time of \(build.entry.batch), \(SQLText.timestamp(build.batchTime)), is not after the newest"
                + " in \(build.model.table): its versions begin at \(SQLText.timestamp(moment)); was the clock"
                + " set back?"
        ]
    }

    func selectBefore() throws -> String? {
        guard try session.kind(of: names.live) == .table else { return nil }
        guard let state = try state() else { return try selectNothing() }
        return state.undoneFrom.map(state.statements.before)
    }

    func preview() throws -> String {
        guard let state = try state() else { return "SELECT * FROM \(names.physical.sql)" }
        try checkSchema()
        return state.statements.preview(
            of: state.versions, at: try moment(after: state.versions))
    }

    func publish() throws {
        guard let state = try state() else {
            try begin(moment: build.batchTime)
            return
        }
        try checkSchema()
        if let moment = state.undoneFrom {
            for statement in state.statements.takeBack(from: moment) { try session.run(statement) }
            for entry in state.undone { try log.remove(entry.batchNumber) }
        }
        let moment = try moment(after: names.live.sql)
        for statement in state.statements.apply(at: moment) { try session.run(statement) }
        try log.remember(build.entry.batch, created: false, moment: moment)
        try session.run("DROP TABLE \(names.physical.sql)")
    }

    // MARK: what is there

    private struct State {
        /// What this batch and later ones did.
        let undone: [MergeEntry]
        /// The earliest moment of these. Moments need not grow with the batches: one that changed nothing leaves
        /// no time in the table that the next would have to be after.
        let undoneFrom: Int64?
        let statements: HistoryStatements

        /// The versions before this batch: the live table or a `(SELECT …)`.
        var versions: String { undoneFrom.map { "(\(statements.before($0)))" } ?? statements.live }
    }

    /// nil: this batch begins the history. A table that has the columns of a history is gone on with, wherever
    /// it came from; any other is replaced, as always when a model changes its kind.
    private func state() throws -> State? {
        guard try session.kind(of: names.live) == .table, try log.isOf(history: true) else {
            return nil
        }
        let columns = try session.givenColumns(of: names.live)
        let selected = columns.filter { !Version.all.contains($0.folded) }
        let undone = try log.entries(from: build.entry.batch)
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
    private func moment(after versions: String) throws -> Int64 {
        let newest = try session.value(HistoryStatements.newestTime(in: versions)).moment
        return newest.map { max(build.batchTime, $0 + 1) } ?? build.batchTime
    }

    private func checkSchema() throws {
        try SchemaChange(
            live: try session.givenColumns(of: names.live), delta: try session.givenColumns(of: names.physical)
        ).check(build)
    }
}
