import PulihModel
import PulihPostgres

/// What people gave a relation, as statements that give it to another of its name.
struct Keepsake {
    fileprivate let object: Int
    /// Grants and comments; `NAME` stands for the relation.
    fileprivate var statements: [String] = []
    /// Definitions of the indexes of a materialized view.
    fileprivate(set) var indexes: [String] = []
}

extension PostgresSession {
    /// - Returns: empty when there is no such relation.
    func keepsake(of name: TableName) throws -> Keepsake {
        guard let object = try query("SELECT to_regclass($1)::oid", [.text(name.sql)]).rows[0][0].int else {
            return Keepsake(object: 0)
        }
        var keepsake = Keepsake(object: object)
        keepsake.statements = try grants(on: name, object) + comments(of: name, object)
        keepsake.indexes = try query(
            """
            SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
            WHERE i.indrelid = $1 AND c.relkind = 'm' ORDER BY i.indexrelid
            """, [.int(Int64(object))]
        ).rows.map { try $0[0].content }
        return keepsake
    }

    /// Gives grants and comments to a relation; those of columns that it has not are left out.
    func restore(_ keepsake: Keepsake, to name: TableName) throws {
        for statement in keepsake.statements {
            do {
                try savepoint { try execute(statement) }
            } catch {
                guard let failure = error as? PostgresFailure, failure.sqlState == "42703" else { throw error }
            }
        }
    }

    /// What a new table of the schema is granted by `ALTER DEFAULT PRIVILEGES`: one that is moved there is not.
    func defaultGrants(on name: TableName) throws -> [String] {
        try statements(
            """
            SELECT a.privilege_type, NULL, a.grantee, a.is_grantable
            FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
            WHERE n.nspname = $1 AND d.defaclobjtype = 'r' AND d.defaclrole = current_user::regrole
            """, [.text(name.schema)], on: name)
    }

    /// How a view reads, in the server's own words, and the columns that it gives.
    func definition(of view: TableName) throws -> [String] {
        try query(
            """
            SELECT pg_get_viewdef(to_regclass($1))
            UNION ALL
            SELECT line FROM (
                SELECT format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)) AS line FROM pg_attribute a
                WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 ORDER BY a.attnum) AS c
            """, [.text(view.sql)]
        ).rows.map { try $0[0].content }
    }

    /// ` WITH (security_invoker=true)`; empty for a view without options.
    func options(of view: TableName) throws -> String {
        let found = try query(
            "SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = to_regclass($1)", [.text(view.sql)])
        return found.rows.first?[0].string.map { " WITH (\($0))" } ?? ""
    }

    private func grants(on name: TableName, _ object: Int) throws -> [String] {
        try statements(
            """
            SELECT a.privilege_type, NULL, a.grantee, a.is_grantable
            FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = $1 AND a.grantee <> c.relowner
            UNION ALL
            SELECT a.privilege_type, t.attname::text, a.grantee, a.is_grantable
            FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
            WHERE c.oid = $1 AND a.grantee <> c.relowner AND NOT t.attisdropped
            """, [.int(Int64(object))], on: name)
    }

    /// - Parameter sql: gives privilege, column, grantee (0: everybody) and whether it may be passed on.
    private func statements(_ sql: String, _ values: [PostgresValue], on name: TableName) throws -> [String] {
        try query(
            """
            SELECT g.privilege_type, g.attname, CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee)::text END,
                g.is_grantable
            FROM (\(sql)) AS g(privilege_type, attname, grantee, is_grantable)
            """, values
        ).rows.map { row in
            let column = row[1].string.map { " (\(SQLText.identifier($0)))" } ?? ""
            let grantee = row[2].string.map(SQLText.identifier) ?? "PUBLIC"
            return "GRANT \(try row[0].content)\(column) ON TABLE \(name.sql) TO \(grantee)"
                + (row[3].bool == true ? " WITH GRANT OPTION" : "")
        }
    }

    private func comments(of name: TableName, _ object: Int) throws -> [String] {
        guard let kind = try relation(name) else { return [] }
        return try query(
            """
            SELECT d.description, a.attname::text FROM pg_description d
            LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0
            WHERE d.classoid = 'pg_class'::regclass AND d.objoid = $1
            """, [.int(Int64(object))]
        ).rows.map { row in
            let text = SQLText.literal(try row[0].content)
            guard let column = row[1].string else { return "COMMENT ON \(kind.keyword) \(name.sql) IS \(text)" }
            return "COMMENT ON COLUMN \(name.sql).\(SQLText.identifier(column)) IS \(text)"
        }
    }
}
