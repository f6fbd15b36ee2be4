import PulihModel
import PulihPostgres

/// A view that reads a relation, directly or by other views.
struct Dependent: Equatable {
    let name: TableName
    let kind: PostgresRelationKind
}

extension PostgresSession {
    /// Views that read the relation, or these columns of it.
    func dependents(of name: TableName, columns: [String]? = nil) throws -> [Dependent] {
        var values: [PostgresValue] = [.text(name.sql)]
        var condition = ""
        if let columns {
            let marks = columns.indices.map { "$\($0 + 2)" }.joined(separator: ", ")
            condition = """
                AND d.refobjsubid IN (SELECT attnum FROM pg_attribute WHERE attrelid = d.refobjid
                    AND attname IN (\(marks)))
                """
            values += columns.map { .text($0) }
        }
        return try query(
            """
            WITH RECURSIVE reads(view, relation, refobjsubid) AS (
                SELECT r.ev_class, d.refobjid, d.refobjsubid FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
                WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
                    AND r.ev_class <> d.refobjid
            ), dependents(view) AS (
                SELECT d.view FROM (SELECT view, relation AS refobjid, refobjsubid FROM reads) AS d
                WHERE d.refobjid = to_regclass($1) \(condition)
                UNION
                SELECT r.view FROM dependents JOIN reads r ON r.relation = dependents.view
            )
            SELECT n.nspname::text, c.relname::text, c.relkind::text
            FROM dependents JOIN pg_class c ON c.oid = view JOIN pg_namespace n ON n.oid = c.relnamespace
            ORDER BY n.nspname, c.relname
            """, values
        ).rows.map { row in
            Dependent(
                name: TableName(schema: try row[0].content, table: try row[1].content),
                kind: try row[2].named(PostgresRelationKind.self))
        }
    }
}

extension PostgresModels {
    /// Drops views that stand in the way of a change, when this transaction makes all of them anew.
    /// - Throws: `refused` naming the others.
    func putAside(_ dependents: [Dependent], because reason: String) throws {
        let inTheWay = dependents.filter { !ownViews.contains($0.name) }
        guard inTheWay.isEmpty else {
            let told = inTheWay.map { "\($0.kind.keyword.lowercased()) \($0.name)" }.joined(separator: ", ")
            throw PulihError(
                .refused, "unable to publish: \(reason), on which \(told) \(inTheWay.count == 1 ? "depends" : "depend")",
                object: inTheWay[0].name.description, leftBehind: ModelBuild.nothingPublished,
                hint: "drop what depends on it (a materialized view of a model is made anew by the next refresh),"
                    + " then run 'pulih restart \(own.client)'")
        }
        guard !dependents.isEmpty else { return }
        for view in dependents { aside[view.name] = try session.keepsake(of: view.name) }
        try session.execute("DROP VIEW \(dependents.map(\.name.sql).joined(separator: ", "))")
    }

    /// Says what depends on something, in the server's words.
    @discardableResult
    func refusing<T>(_ what: String, _ table: LayerTable, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch {
            guard let failure = error as? PostgresFailure, ["2BP01", "0A000"].contains(failure.sqlState) else {
                throw error
            }
            let detail = failure.detail.map { ": " + $0.split(separator: "\n").joined(separator: "; ") } ?? ""
            throw PulihError(
                .refused, "unable to \(what): \(failure.message)\(detail)", object: table.description,
                leftBehind: ModelBuild.nothingPublished,
                hint: "drop what depends on it, then run 'pulih restart \(own.client)'", cause: failure.description)
        }
    }

    func definition(of view: TableName) throws -> [String] { try session.definition(of: view) }
    func options(of view: TableName) throws -> String { try session.options(of: view) }
}
