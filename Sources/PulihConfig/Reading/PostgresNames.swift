import PulihModel

/// Checks what becomes a name in a PostgreSQL warehouse.
///
/// The server cuts longer names without an error, and two that begin alike would be one.
struct PostgresNames {
    /// Bytes of a name.
    static let limit = 63
    /// Leaves room for what Pulih adds: `build_bronze_` before a client, `__BATCH000014` after a table.
    static let ownLimit = 50

    let problems: ProblemList

    func check(client: String, _ at: SourceLine) { check(client, "client", Self.ownLimit, at) }

    func check(_ file: FileSpec) {
        check(file.target, "bronze table", Self.ownLimit, file.at)
        for column in file.columns {
            check(column.name, "column", Self.limit, file.at)
            if Self.ownColumns.contains(column.name) {
                problems.report(
                    file.at, "PostgreSQL has a column '\(column.name)' of its own in every table",
                    hint: "give it another 'name'")
            }
        }
    }

    func check(_ model: Model) { check(model.table.name, "model", Self.ownLimit, model.at) }

    private func check(_ name: String, _ what: String, _ limit: Int, _ at: SourceLine) {
        guard name.utf8.count > limit else { return }
        problems.report(at, "'\(name)' is too long for a \(what): PostgreSQL leaves room for \(limit) bytes")
    }

    private static let ownColumns: Set<String> = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"]
}
