import PulihModel

extension ModelBuild {
    static let nothingBuilt = "nothing was built"
    static let nothingPublished = "nothing was published"

    /// Runs SQL that the model's author wrote.
    /// - Parameter linesBefore: lines of the statement that stand before the author's.
    /// - Throws: `sql` naming the model's file and, where the warehouse tells it, the line.
    func run<T>(_ what: String, linesBefore: Int? = nil, leftBehind: String, _ body: () throws -> T) throws
        -> T
    {
        do {
            return try body()
        } catch {
            guard let failure = error as? any StatementFailure, failure.isFaultOfStatement else { throw error }
            var place = model.at
            if let linesBefore, let line = failure.line, line > linesBefore {
                place = SourceLine(file: place.file, line: place.line + line - linesBefore - 1)
            }
            throw PulihError(
                .sql, "unable to \(what): \(failure.told) (\(place))", object: model.table.description,
                leftBehind: leftBehind, hint: "correct \(place.file) and run 'pulih restart \(client)'",
                cause: failure.cause)
        }
    }

    func runHooks(_ kind: String, _ hooks: [String], leftBehind: String, in session: some ModelSession) throws {
        for (number, hook) in zip(1..., hooks) {
            _ = try run("run \(kind) \(number) of \(model.table)", leftBehind: leftBehind) {
                try session.run(hook)
            }
        }
    }

    /// The SELECT of a model as one statement, with its lines where they were.
    /// - Throws: `sql` when it is none or several: what follows the first must not run.
    func single(_ sql: String) throws -> String {
        let count = SQLStatement.split(sql).count
        guard count == 1 else {
            throw PulihError(
                .sql, "unable to build \(model.table): one SELECT was expected, \(model.at.file) holds"
                    + " \(count == 0 ? "none" : "\(count) statements") (\(model.at))",
                object: model.table.description, leftBehind: Self.nothingBuilt,
                hint: "correct \(model.at.file) and run 'pulih restart \(client)'")
        }
        return SQLText.statement(sql)
    }
}
