import PulihModel
import PulihPostgres

/// Brings the columns of a live table to those that stand built. What the rows hold there follows with the
/// difference of the rows.
struct ColumnChange {
    private let build: ModelBuild
    private let models: PostgresModels
    private let live: TableName
    private let added: [RelationColumn]
    private let gone: [RelationColumn]
    private let retyped: [RelationColumn]
    /// What columns that had to be replaced had: to be restored when the rows are there.
    private let kept: [String]

    init(_ build: ModelBuild, in models: PostgresModels) throws {
        let names = models.names(of: build)
        let (present, wanted) = (try models.givenColumns(of: names.live), try models.givenColumns(of: names.physical))
        let types = Dictionary(present.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
        added = wanted.filter { types[$0.name] == nil }
        retyped = wanted.filter { column in types[column.name].map { $0 != column.type } ?? false }
        let given = Set(wanted.map(\.name))
        gone = present.filter { !given.contains($0.name) }
        (self.build, self.models, live) = (build, models, names.live)
        kept = try retyped.isEmpty ? [] : models.session.belongings(of: retyped.map(\.name), in: names.live)
    }

    /// - Throws: `refused` naming what depends on a column that goes or gets another type.
    func apply() throws {
        let table = build.model.table
        let touched = gone + retyped
        if !touched.isEmpty {
            try models.putAside(
                try models.session.dependents(of: live, columns: touched.map(\.name)),
                because: "\(table) gives \(touched.map(\.name).joined(separator: ", ")) no more or with another type")
        }
        let actions =
            touched.map { "DROP COLUMN \(SQLText.identifier($0.name))" }
            + (added + retyped).map { "ADD COLUMN \(SQLText.identifier($0.name)) \($0.type)" }
        guard !actions.isEmpty else { return }
        try models.refusing("publish \(table)", table) {
            // Not ALTER COLUMN TYPE, which writes the table anew: older snapshots would find no rows in it.
            try models.session.execute("ALTER TABLE \(live.sql) \(actions.joined(separator: ", "))")
        }
    }

    /// Gives replaced columns back what they had. Call when the rows are there.
    func finish() throws {
        for statement in kept {
            _ = try build.run("publish \(build.model.table)", leftBehind: ModelBuild.nothingPublished) {
                try models.session.execute(statement)
            }
        }
    }
}

extension PostgresSession {
    /// Statements that make anew what goes with columns when they are dropped: indexes, constraints, NOT NULL,
    /// comments and grants.
    fileprivate func belongings(of columns: [String], in table: TableName) throws -> [String] {
        let marks = columns.indices.map { "$\($0 + 2)" }.joined(separator: ", ")
        let values: [PostgresValue] = [.text(table.sql)] + columns.map { .text($0) }
        return try query(
            """
            WITH given AS (
                SELECT attrelid, attnum, attname, attnotnull FROM pg_attribute
                WHERE attrelid = to_regclass($1) AND attname IN (\(marks))
            )
            SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i
            WHERE i.indrelid = to_regclass($1)
                AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.conrelid = i.indrelid)
                AND EXISTS (
                    SELECT FROM pg_depend d JOIN given g ON d.refobjid = g.attrelid AND d.refobjsubid = g.attnum
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                        AND d.refclassid = 'pg_class'::regclass)
            UNION ALL
            SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', $1, c.conname, pg_get_constraintdef(c.oid))
            FROM pg_constraint c WHERE c.conrelid = to_regclass($1) AND c.contype IN ('p', 'u', 'c', 'f', 'x')
                AND EXISTS (SELECT FROM given g WHERE g.attnum = ANY (c.conkey))
            UNION ALL
            SELECT format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', $1, attname) FROM given WHERE attnotnull
            UNION ALL
            SELECT format('COMMENT ON COLUMN %s.%I IS %L', $1, g.attname, d.description)
            FROM given g JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = g.attrelid
                AND d.objsubid = g.attnum
            UNION ALL
            SELECT format('GRANT %s (%I) ON TABLE %s TO %s%s', a.privilege_type, g.attname, $1,
                CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM given g JOIN pg_attribute t ON t.attrelid = g.attrelid AND t.attnum = g.attnum, aclexplode(t.attacl) a
            """, values
        ).rows.map { try $0[0].content }
    }
}
