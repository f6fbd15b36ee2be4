import PulihModel

/// How the columns of a build differ from those of the live table.
struct SchemaChange {
    let added: [RelationColumn]
    let missing: [RelationColumn]
    let shared: [RelationColumn]
    /// `amount is BIGINT, the live table has INTEGER`
    let retyped: [String]

    init(live: [RelationColumn], delta: [RelationColumn]) {
        let types = Dictionary(live.map { ($0.folded, $0.type) }, uniquingKeysWith: { first, _ in first })
        let given = Set(delta.map(\.folded))
        added = delta.filter { types[$0.folded] == nil }
        shared = delta.filter { types[$0.folded] != nil }
        missing = live.filter { !given.contains($0.folded) }
        retyped = shared.compactMap { column in
            let type = types[column.folded]!
            return type == column.type ? nil : "\(column.name) is \(column.type), the live table has \(type)"
        }
    }

    /// - Throws: `configuration` for differences that the model's policy does not allow; a history allows none.
    func check(_ build: ModelBuild) throws {
        let isHistory = build.model.materialization == .history
        var differences = retyped
        if isHistory || build.model.onSchemaChange == .fail {
            differences += added.map { "\($0.name) is new" } + missing.map { "\($0.name) is missing" }
        }
        guard !differences.isEmpty else { return }
        let file = build.model.at.file
        let hint: String
        if isHistory {
            hint =
                "restore the columns in \(file), or bring the table to them by ALTER TABLE in a pre_hook;"
                + " reprocessing the batch that made the table builds it anew"
        } else if retyped.isEmpty {
            hint = "set on_schema_change in \(file) to append or ignore, or restore the columns"
        } else {
            hint = "cast the columns in \(file) to the types of the live table"
        }
        throw PulihError(
            .configuration,
            "unable to merge \(build.model.table): its columns changed: "
                + differences.joined(separator: "; "),
            object: build.model.table.description, leftBehind: "the live table is as it was", hint: hint)
    }
}
