import PulihModel

/// One model's way from its SELECT to a tested relation of its own. Belongs inside a transaction.
struct ModelBuilding<Session: ModelSession> {
    let build: ModelBuild
    let names: ModelNames
    let session: Session

    init(_ build: ModelBuild, in session: Session) {
        self.build = build
        self.session = session
        names = session.names(of: build)
    }

    func make() throws -> BuildOutcome {
        try build.runHooks("pre_hook", build.preHooks, leftBehind: ModelBuild.nothingBuilt, in: session)
        let rows: Int
        var tested = names.build
        var warnings: [String] = []
        switch build.model.materialization {
        case .view: rows = try createView()
        case .table, .materializedView:
            rows = try createTable(try build.single(build.buildSQL))
            if names.build != names.physical { try show("SELECT * FROM \(names.physical.sql)") }
        case .incremental:
            let merge = IncrementalMerge(build, in: session)
            rows = try merge.building { try createTable(try build.single($0)) }
            try ModelTests(build, of: names.physical, in: session).requireKeys()
            try show(try merge.preview())
        case .history:
            let merge = HistoryMerge(build, in: session)
            rows = try merge.building { try createTable(try merge.firstVersions(of: $0), linesBefore: 2) }
            try ModelTests(build, of: names.physical, in: session).requireKeys()
            try show(try merge.preview())
            warnings = try merge.warnings()
            // What a test says, such as that a key is unique, holds for the present state.
            tested = names.physical
        }
        warnings += try ModelTests(build, of: tested, in: session).run()
        return BuildOutcome(rows: rows, warnings: warnings)
    }

    /// What other models of the batch and the tests read.
    private func show(_ select: String) throws {
        try session.run("CREATE VIEW \(names.build.sql) AS \(select)")
    }

    /// - Parameter linesBefore: lines of the statement before the author's.
    private func createTable(_ select: String, linesBefore: Int = 1) throws -> Int {
        try build.run(
            "build \(build.model.table)", linesBefore: linesBefore, leftBehind: ModelBuild.nothingBuilt
        ) {
            try session.createTable(names.physical, as: select)
        }
    }

    /// - Returns: its rows; counting them also shows that it runs.
    private func createView() throws -> Int {
        let select = try build.single(build.buildSQL)
        _ = try build.run("build \(build.model.table)", linesBefore: 1, leftBehind: ModelBuild.nothingBuilt) {
            try session.run("CREATE VIEW \(names.build.sql) AS\n\(select)")
        }
        return try build.run("read \(build.model.table)", leftBehind: ModelBuild.nothingBuilt) {
            try session.value("SELECT count(*) FROM \(names.build.sql)").number
        }
    }
}
