import PulihDuckDB
import PulihModel

/// Where a model is while it is built and after it is published.
///
/// DuckDB cannot move a table to another schema. So it is built in the live schema under a name of its own,
/// with a view of it in the build schema, and published by renaming.
struct ModelNames {
    static let physicalPrefix = "__build__"

    let live: TableName
    /// The table being built, in the live schema.
    let physical: TableName
    /// What other builds and tests read: a view.
    let build: TableName
    /// A view of the live table as it was before a batch, while that batch is built again.
    let before: TableName
    /// Rows that merges into an incremental model replaced.
    let undo: TableName

    init(_ table: LayerTable, client: String) {
        live = table.live(client)
        build = table.build(client)
        physical = TableName(schema: live.schema, table: Self.physicalPrefix + table.name)
        before = TableName(schema: build.schema, table: Self.physicalPrefix + "before__" + table.name)
        undo = TableName(schema: "pulih", table: "undo_\(table.layer.rawValue)_\(table.name)")
    }
}

extension ModelBuild {
    var names: ModelNames { ModelNames(model.table, client: client) }

    /// Runs SQL that the model's author wrote.
    /// - Parameter linesBefore: lines of the statement that stand before the author's.
    /// - Throws: `sql` naming the model's file and, where DuckDB tells it, the line.
    func run<T>(_ what: String, linesBefore: Int? = nil, leftBehind: String, _ body: () throws -> T) throws
        -> T
    {
        do {
            return try body()
        } catch let failure as DuckDBFailure where failure.isFaultOfStatement {
            let text = FailureText(failure.message)
            var place = model.at
            if let linesBefore, let line = text.line, line > linesBefore {
                place = SourceLine(file: place.file, line: place.line + line - linesBefore - 1)
            }
            throw PulihError(
                .sql, "unable to \(what): \(text.summary) (\(place))", object: model.table.description,
                leftBehind: leftBehind, hint: "correct \(place.file) and run 'pulih restart \(client)'",
                cause: failure.message)
        }
    }
}
