import PulihModel
import PulihPostgres

/// A materialized view and how it is brought up to date: made, filled and tested in one transaction.
///
/// With columns that tell its rows apart it has a unique index on them and is refreshed CONCURRENTLY: readers go on
/// reading. Without, they wait while it is filled.
struct MaterializedView {
    private let build: ModelBuild
    private let models: PostgresModels
    private let names: ModelNames
    private var session: PostgresSession { models.session }

    init(_ build: ModelBuild, in models: PostgresModels) {
        self.build = build
        self.models = models
        names = models.names(of: build)
    }

    func refresh() throws -> BuildOutcome {
        try build.runHooks("pre_hook", build.preHooks, leftBehind: Self.unchanged, in: models)
        var warnings: [String] = []
        let kind = try models.kind(of: names.live)
        if case .other(let told)? = kind { throw models.notOurs(build, told) }
        if kind == .materializedView, try readsTheSame() {
            try fillAgain()
            try models.run("CREATE VIEW \(names.build.sql) AS SELECT * FROM \(names.live.sql)")
            warnings += try test()
            try session.dropRelation(names.build)
        } else {
            try create(at: names.build, filled: true)
            warnings += try test()
            warnings += try replace(kind)
            try ensureKey()
        }
        try MergeLog(build.model, names, in: models).forget()
        try build.finishPublishing(in: models)
        let rows = try models.value("SELECT count(*) FROM \(names.live.sql)").number
        return BuildOutcome(rows: rows, warnings: warnings)
    }

    private static let unchanged = "the view is as it was"

    private var key: [String]? {
        build.model.uniqueKey.isEmpty ? build.model.testedKey : build.model.uniqueKey
    }

    private func create(at name: TableName, filled: Bool) throws {
        let select = try build.single(build.sql)
        _ = try build.run("refresh \(build.model.table)", linesBefore: 1, leftBehind: Self.unchanged) {
            try session.execute(
                "CREATE MATERIALIZED VIEW \(name.sql) AS\n\(select)\nWITH \(filled ? "" : "NO ")DATA")
        }
    }

    private func readsTheSame() throws -> Bool {
        let candidate = models.candidate(build)
        try create(at: candidate, filled: false)
        let isSame = try models.definition(of: candidate) == models.definition(of: names.live)
        try session.dropRelation(candidate)
        return isSame
    }

    private func test() throws -> [String] {
        do {
            return try ModelTests(build, of: names.build, in: models).run()
        } catch let error as PulihError {
            throw PulihError(
                error.code, error.summary, object: error.object, leftBehind: Self.unchanged, hint: error.hint,
                isTransient: error.isTransient, cause: error.cause)
        }
    }

    // MARK: as it is

    private func fillAgain() throws {
        let isFilled = try session.scalar(
            "SELECT relispopulated FROM pg_class WHERE oid = to_regclass($1)", [.text(names.live.sql)]
        ).bool
        if isFilled == true { try ensureKey() }
        let concurrently = try isFilled == true && hasUniqueIndex(on: nil)
        _ = try build.run("refresh \(build.model.table)", leftBehind: Self.unchanged) {
            do {
                try session.execute(
                    "REFRESH MATERIALIZED VIEW \(concurrently ? "CONCURRENTLY " : "")\(names.live.sql)")
            } catch {
                // Said by CONCURRENTLY, and by the index.
                guard let failure = error as? PostgresFailure, ["21000", "23505"].contains(failure.sqlState)
                else { throw error }
                throw notUnique(failure)
            }
        }
        if isFilled != true { try ensureKey() }
    }

    /// Makes the index that refreshing beside readers needs.
    private func ensureKey() throws {
        guard let key, try !hasUniqueIndex(on: key) else { return }
        do {
            try session.execute(
                "CREATE UNIQUE INDEX ON \(names.live.sql) (\(SQLText.identifiers(key)))")
        } catch {
            guard error.sqlState == "23505" else { throw error }
            throw notUnique(error)
        }
    }

    private func notUnique(_ failure: PostgresFailure) -> PulihError {
        PulihError(
            .data,
            "unable to refresh \(build.model.table): its rows are not unique: \(failure.told)",
            object: build.model.table.description, leftBehind: Self.unchanged,
            hint:
                "unique_key in \(build.model.at.file), and unique indexes of the view, must name columns that tell"
                + " its rows apart", cause: failure.description)
    }

    /// Whether there is an index that `CONCURRENTLY` takes: on columns alone, over all rows.
    /// - Parameter key: on just these.
    private func hasUniqueIndex(on key: [String]?) throws -> Bool {
        let found = try session.query(
            """
            SELECT (SELECT string_agg(a.attname::text, chr(10) ORDER BY a.attname)
                FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[]))
            FROM pg_index i WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indimmediate AND i.indisvalid
                AND i.indpred IS NULL AND i.indexprs IS NULL
            """, [.text(names.live.sql)], once: true
        ).rows.map { try $0[0].content }
        return found.contains {
            key == nil || Set($0.split(separator: "\n").map(String.init)) == Set(key ?? [])
        }
    }

    // MARK: made anew

    /// Puts the view that was made aside in the place of what is live.
    /// - Returns: what could not be kept.
    private func replace(_ kind: RelationKind?) throws -> [String] {
        if kind != nil { try models.dropLive(build) }
        let keepsake = models.aside.removeValue(forKey: names.live)
        try session.execute(
            "ALTER MATERIALIZED VIEW \(names.build.sql) SET SCHEMA \(SQLText.identifier(names.live.schema))")
        for grant in try session.defaultGrants(on: names.live) { try session.execute(grant) }
        guard let keepsake else { return [] }
        try session.restore(keepsake, to: names.live)
        var warnings: [String] = []
        for index in keepsake.indexes {
            do {
                try session.savepoint { try session.execute(index) }
            } catch {
                guard let failure = error as? PostgresFailure, failure.isFaultOfStatement else { throw error }
                warnings.append("an index of \(names.live) was not kept: \(failure.told): \(index)")
            }
        }
        return warnings
    }
}
