import PulihModel
import PulihPostgres

/// Makes one built model live. Belongs inside the transaction that publishes.
struct PostgresPublishing {
    private let build: ModelBuild
    private let models: PostgresModels
    private let names: ModelNames

    init(_ build: ModelBuild, in models: PostgresModels) {
        self.build = build
        self.models = models
        names = models.names(of: build)
    }

    /// - Returns: rows of the live table or view; of the SELECT for a model that is merged.
    func publish() throws -> Int {
        let built = try build.rowsBuilt(in: models)
        switch build.model.materialization {
        case .view: try publishView()
        case .table, .materializedView:
            try MergeLog(build.model, names, in: models).forget()
            try models.makeLive(build)
        case .incremental: try IncrementalMerge(build, in: models).publish()
        case .history: try HistoryMerge(build, in: models).publish()
        }
        try build.finishPublishing(in: models)
        guard build.model.materialization == .table, !build.postHooks.isEmpty else { return built }
        return try models.value("SELECT count(*) FROM \(names.live.sql)").number
    }

    private func publishView() throws {
        try MergeLog(build.model, names, in: models).forget()
        switch try models.kind(of: names.live) {
        case nil:
            try create(at: names.live)
            try models.giveBack(to: names.live)
        case .view: try replaceView()
        case .table, .materializedView:
            try models.dropLive(build)
            try create(at: names.live)
            try models.giveBack(to: names.live)
        case .other(let told)?: throw models.notOurs(build, told)
        }
    }

    /// Replacing a view waits for all who read it: not when it reads as before.
    private func replaceView() throws {
        let candidate = models.candidate(build)
        try create(at: candidate)
        let isSame = try models.definition(of: candidate) == models.definition(of: names.live)
        try models.session.dropRelation(candidate)
        guard !isSame else { return }
        do {
            try models.session.savepoint { try create(at: names.live, replacing: true) }
        } catch {
            // A view's columns can be added to, not dropped, renamed or given another type.
            guard (error as? ViewColumnsChanged) != nil else { throw error }
            try models.dropLive(build)
            try create(at: names.live)
            try models.giveBack(to: names.live)
        }
    }

    private struct ViewColumnsChanged: Error {}

    private func create(at name: TableName, replacing: Bool = false) throws {
        let select = try build.single(build.sql)
        // Replacing resets options that somebody set, such as security_invoker.
        let options = replacing ? try models.options(of: name) : ""
        let verb = replacing ? "CREATE OR REPLACE VIEW" : "CREATE VIEW"
        _ = try build.run(
            "publish \(build.model.table)", linesBefore: 1, leftBehind: ModelBuild.nothingPublished
        ) {
            do {
                try models.session.execute("\(verb) \(name.sql)\(options) AS\n\(select)")
            } catch {
                guard (error as? PostgresFailure)?.sqlState == "42P16" else { throw error }
                throw ViewColumnsChanged()
            }
        }
    }
}

extension PostgresModels {
    /// Makes what stands built the live table: by moving it where there is none, else by changing the rows that
    /// differ. A live table keeps what people gave it: grants, indexes, comments, columns of their own, views.
    func makeLive(_ build: ModelBuild) throws {
        let names = names(of: build)
        switch try kind(of: names.live) {
        case nil: try move(names)
        case .table:
            let change = try ColumnChange(build, in: self)
            try change.apply()
            try TableDifference(
                live: names.live, built: names.physical, columns: try givenColumns(of: names.physical),
                in: self
            ).publish(try build.rowsBuilt(in: self), key: provenKey(of: build))
            try change.finish()
            try session.execute("DROP TABLE \(names.physical.sql)")
        case .view, .materializedView:
            try dropLive(build)
            try move(names)
            try giveBack(to: names.live)
        case .other(let told)?: throw notOurs(build, told)
        }
    }

    func upsert(_ names: ModelNames, key: [String], columns: [String]) throws {
        try TableDifference(
            live: names.live, built: names.physical, columns: try givenColumns(of: names.live), in: self
        ).upsert(key: key, given: columns)
    }

    private func move(_ names: ModelNames) throws {
        if names.physical.table != names.live.table {
            try session.execute(
                "ALTER TABLE \(names.physical.sql) RENAME TO \(SQLText.identifier(names.live.table))")
        }
        let built = TableName(schema: names.physical.schema, table: names.live.table)
        try session.execute("ALTER TABLE \(built.sql) RESET (autovacuum_enabled)")
        try session.execute("ALTER TABLE \(built.sql) SET SCHEMA \(SQLText.identifier(names.live.schema))")
        for grant in try session.defaultGrants(on: names.live) { try session.execute(grant) }
    }

    /// Drops what stands where something of another kind or shape is to stand, and keeps aside what people gave it.
    /// - Throws: `refused` naming what depends on it.
    func dropLive(_ build: ModelBuild) throws {
        let live = names(of: build).live
        try putAside(
            try session.dependents(of: live), because: "\(build.model.table) changes its kind or columns")
        aside[live] = try session.keepsake(of: live)
        guard let kind = try session.relation(live) else { return }
        try refusing("publish \(build.model.table)", build.model.table) {
            try session.execute("DROP \(kind.keyword) \(live.sql)")
        }
    }

    /// Gives a relation that was made anew what the one before it had.
    func giveBack(to name: TableName) throws {
        guard let keepsake = aside.removeValue(forKey: name) else { return }
        try session.restore(keepsake, to: name)
    }

    func notOurs(_ build: ModelBuild, _ told: String) -> PulihError {
        PulihError(
            .refused,
            "unable to publish \(build.model.table): \(names(of: build).live) is \(told), which Pulih did"
                + " not make", object: build.model.table.description, leftBehind: ModelBuild.nothingPublished,
            hint: "rename or drop it, or give the model another name")
    }
}
