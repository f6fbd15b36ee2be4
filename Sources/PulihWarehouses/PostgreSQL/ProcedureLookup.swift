import PulihModel
import PulihPostgres

/// Finds procedures in `pg_proc` as the connection's role sees them.
struct ProcedureLookup {
    let session: PostgresSession

    /// The one that is called for a name.
    /// - Throws: `configuration` when there is none, or none that can be called.
    func callable(_ procedure: Procedure) throws -> ProcedureSignature {
        switch try find(procedure) {
        case .success(let signature): return signature
        case .failure(let failure):
            throw PulihError(
                .configuration, failure.problem.message, object: procedure.name.description,
                leftBehind: "nothing was called", hint: failure.problem.hint)
        }
    }

    func check(_ procedures: [Procedure]) throws -> ProcedureCheck {
        var check = ProcedureCheck()
        for procedure in procedures {
            switch try find(procedure) {
            case .success(let signature): check.definitions[procedure.name] = signature.definition
            case .failure(let failure): check.problems.append(failure.problem)
            }
        }
        return check
    }

    private struct Failure: Error {
        let problem: ProcedureProblem
    }

    private func find(_ procedure: Procedure) throws -> Result<ProcedureSignature, Failure> {
        let name = procedure.name
        let all = try signatures(name)
        let fitting = all.filter(\.fits)
        func problem(_ message: String, _ hint: String) -> Result<ProcedureSignature, Failure> {
            .failure(Failure(problem: ProcedureProblem(procedure, message, hint: hint)))
        }
        guard !all.isEmpty else {
            return problem(
                "there is no procedure \(name) in the warehouse" + (try guess(name)),
                "put it into a file under sql/procedures and run 'pulih apply', or correct the name")
        }
        guard let signature = fitting.first else {
            let found = all.map { "found is \($0.shown)" }.joined(separator: "; ")
            return problem(
                "\(name) cannot be called: \(found); wanted is \(ProcedureSignature.wanted(name))",
                "change its arguments; docs/procedures.md has a template")
        }
        guard fitting.count == 1 else {
            let found = fitting.map(\.shown).joined(separator: " and ")
            return problem("\(name) is there more than once: \(found)", "drop all of them but one")
        }
        if !signature.mayUseSchema || !signature.mayExecute {
            let role = try session.scalar("SELECT current_user::text").string ?? "the role"
            let grant =
                signature.mayUseSchema
                ? "EXECUTE ON ROUTINE \(name.sql)" : "USAGE ON SCHEMA \(SQLText.identifier(name.schema))"
            return problem(
                "\(role) may not call \(name)", "GRANT \(grant) TO \(SQLText.identifier(role))")
        }
        return .success(signature)
    }

    private func guess(_ name: ProcedureName) throws -> String {
        let names = try session.query(
            """
            SELECT DISTINCT p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = $1
            """, [.text(name.schema)]
        ).rows.compactMap { $0[0].string }
        return Suggestion.nearest(to: name.name, among: names).map { " (did you mean \(name.schema).\($0)?)" }
            ?? ""
    }

    /// All of this name, whatever their arguments.
    func signatures(_ name: ProcedureName) throws -> [ProcedureSignature] {
        try session.query(
            """
            SELECT p.prokind::text AS kind,
                pg_get_function_arguments(p.oid) AS arguments,
                pg_get_function_result(p.oid) AS result,
                p.prorettype = 'record'::regtype AND p.proallargtypes IS NULL AS is_anonymous_record,
                coalesce((
                    SELECT json_agg(
                        json_build_array(coalesce(a.mode, 'i'), format_type(a.type, NULL)) ORDER BY a.position)
                    FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargmodes)
                        WITH ORDINALITY AS a(type, mode, position)), '[]')::text AS types,
                coalesce((
                    SELECT json_agg(format_type(a.atttypid, NULL) ORDER BY a.attnum)
                    FROM pg_type t JOIN pg_attribute a ON a.attrelid = t.typrelid
                    WHERE t.oid = p.prorettype AND a.attnum > 0 AND NOT a.attisdropped), '[]')::text AS composite,
                CASE WHEN p.prokind IN ('p', 'f') THEN \(Self.definitionHash("p.oid")) END AS definition,
                has_schema_privilege(n.oid, 'USAGE') AS may_use_schema,
                has_function_privilege(p.oid, 'EXECUTE') AS may_execute
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = $1 AND p.proname = $2
            ORDER BY p.oid
            """, [.text(name.schema), .text(name.name)]
        ).rows.map { try signature($0, name) }
    }

    /// An SQL expression.
    static func definitionHash(_ oid: String) -> String {
        "encode(sha256(convert_to(pg_get_functiondef(\(oid)), 'UTF8')), 'hex')"
    }

    private func signature(_ row: PostgresRow, _ name: ProcedureName) throws -> ProcedureSignature {
        let types = try list(row["types"]).map { pair in
            (mode: pair.array?.first?.string ?? "", type: pair.array?.last?.string ?? "")
        }
        let returned = types.filter { ["o", "b", "t"].contains($0.mode) }.map(\.type)
        let composite = try list(row["composite"]).compactMap(\.string)
        return ProcedureSignature(
            name: name, kind: try row["kind"].named(ProcedureSignature.Kind.self),
            inputs: types.filter { ["i", "v"].contains($0.mode) }.map(\.type),
            outputs: returned.isEmpty ? composite : returned,
            isAnonymousRecord: row["is_anonymous_record"].bool == true,
            arguments: try row["arguments"].content, result: row["result"].string,
            definition: row["definition"].string, mayUseSchema: row["may_use_schema"].bool == true,
            mayExecute: row["may_execute"].bool == true)
    }

    private func list(_ value: PostgresValue) throws -> [JSONValue] {
        try JSONValue.parse(Array((value.string ?? "[]").utf8)).array ?? []
    }
}
