import PulihCrypto
import PulihModel
import PulihPostgres

/// The scripts of `sql/procedures` in the warehouse: which were run, and what they made.
///
/// The schema `pulih` remembers both, so that a file is run again when it or what it made has changed.
struct ProcedureScripts {
    let session: PostgresSession

    private static let memory = TableName(schema: "pulih", table: "procedure_script")
    private static let made = TableName(schema: "pulih", table: "deployed_procedure")

    // MARK: the difference

    func changes(_ scripts: [ProcedureScript]) throws -> [ScriptChange] {
        guard try session.relation(Self.memory) != nil else {
            return scripts.map { ScriptChange(path: $0.path, kind: .new) }
        }
        let run = try texts("SELECT path, sha256 FROM \(Self.memory.sql)")
        let overtaken = try overtaken()
        let present = Set(scripts.map(\.path))
        return scripts.compactMap { script in
            guard let sha256 = run[script.path] else { return ScriptChange(path: script.path, kind: .new) }
            if sha256 != script.sha256 { return ScriptChange(path: script.path, kind: .changed) }
            return overtaken[script.path].map { ScriptChange(path: script.path, kind: .overtaken($0)) }
        } + run.keys.sorted().filter { !present.contains($0) }.map { ScriptChange(path: $0, kind: .removed) }
    }

    /// By path, the first procedure that is not what the script made.
    private func overtaken() throws -> [String: String] {
        try texts(
            """
            SELECT d.path, min(d.schema_name || '.' || d.name)
            FROM \(Self.made.sql) AS d
            LEFT JOIN (
                SELECT n.nspname, p.proname, pg_get_function_identity_arguments(p.oid) AS arguments, p.oid
                FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
                WHERE p.prokind IN ('p', 'f')
            ) AS p ON p.nspname = d.schema_name AND p.proname = d.name AND p.arguments = d.arguments
            WHERE p.oid IS NULL OR \(ProcedureLookup.definitionHash("p.oid")) <> d.definition
            GROUP BY d.path
            """)
    }

    private func texts(_ sql: String) throws -> [String: String] {
        let rows = try session.query(sql).rows.map { (try $0[0].content, try $0[1].content) }
        return Dictionary(rows, uniquingKeysWith: { $1 })
    }

    // MARK: deploying

    /// Runs one script and remembers it. Belongs inside a transaction.
    func run(_ script: ProcedureScript) throws {
        for statement in try statements(script) {
            do {
                try session.execute(statement.text)
            } catch {
                let line = statement.linesBefore + (error.line ?? 1)
                throw ScriptFailure(failure: error, path: script.path, line: line).mapped
            }
        }
        try remember(script)
    }

    func forget(_ path: String) throws {
        try session.execute("DELETE FROM \(Self.memory.sql) WHERE path = $1", [.text(path)])
    }

    /// Makes the schemas and the memory. Belongs inside a transaction of its own.
    func prepare() throws {
        for schema in [Self.memory.schema, ProcedureName.usualSchema] {
            let isThere = try session.scalar(
                "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", [.text(schema)]
            ).bool
            // Not IF NOT EXISTS, which wants the right to create also where nothing is to be created.
            if isThere != true { try session.execute("CREATE SCHEMA \(SQLText.identifier(schema))") }
        }
        guard try session.relation(Self.memory) == nil else { return }
        try session.execute(
            """
            CREATE TABLE \(Self.memory.sql) (
                path text COLLATE "C" PRIMARY KEY,
                sha256 text NOT NULL,
                deployed_at timestamptz NOT NULL DEFAULT now(),
                deployed_by text NOT NULL DEFAULT current_user
            );
            COMMENT ON TABLE \(Self.memory.sql) IS 'Scripts of sql/procedures that pulih apply ran.';
            CREATE TABLE \(Self.made.sql) (
                schema_name text COLLATE "C" NOT NULL,
                name text COLLATE "C" NOT NULL,
                arguments text COLLATE "C" NOT NULL,
                path text COLLATE "C" NOT NULL REFERENCES \(Self.memory.sql) ON DELETE CASCADE,
                definition text NOT NULL,
                PRIMARY KEY (schema_name, name, arguments)
            );
            COMMENT ON TABLE \(Self.made.sql) IS 'Procedures and functions that these scripts made.';
            COMMENT ON COLUMN \(Self.made.sql).definition IS 'SHA-256 of its definition.';
            """)
    }

    private func remember(_ script: ProcedureScript) throws {
        try session.execute("DELETE FROM \(Self.memory.sql) WHERE path = $1", [.text(script.path)])
        try session.execute(
            "INSERT INTO \(Self.memory.sql) (path, sha256) VALUES ($1, $2)",
            [.text(script.path), .text(script.sha256)])
        // What this transaction made or replaced; of two scripts that make the same the last one counts.
        try session.execute(
            """
            INSERT INTO \(Self.made.sql) (schema_name, name, arguments, path, definition)
            SELECT n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), $1,
                \(ProcedureLookup.definitionHash("p.oid"))
            FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
            WHERE p.xmin = pg_current_xact_id()::xid AND p.prokind IN ('p', 'f')
            ON CONFLICT (schema_name, name, arguments) DO UPDATE
                SET path = excluded.path, definition = excluded.definition
            """, [.text(script.path)])
    }

    private func statements(_ script: ProcedureScript) throws -> [(text: String, linesBefore: Int)] {
        let statements = SQLStatement.split(script.sql)
        let ending = ["begin", "start", "commit", "rollback", "abort", "savepoint", "prepare"]
        for statement in statements {
            let word = statement.text.prefix { $0.isLetter }.lowercased()
            guard ending.contains(word) else { continue }
            throw PulihError(
                .configuration,
                "\(script.path):\(statement.linesBefore + 1): \(word.uppercased()) cannot stand in a script",
                object: script.path, leftBehind: Self.leftBehind,
                hint: "take it out: every file is run in one transaction of its own")
        }
        // A body in standard SQL has semicolons that end no statement.
        let isWhole = script.sql.uppercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
            .contains("BEGIN ATOMIC")
        return isWhole ? [(script.sql, 0)] : statements.map { ($0.text, $0.linesBefore) }
    }

    static let leftBehind = "nothing of this file was kept; files before it are deployed"
}

/// A statement of a script that the server refused.
private struct ScriptFailure {
    let failure: PostgresFailure
    let path: String
    let line: Int

    var mapped: any Error {
        let kind = failure.sqlState.prefix(2)
        // Trouble of the server is told as such.
        if failure.isTransient || ["53", "57", "58", "XX"].contains(kind) { return failure }
        return PulihError(
            .configuration, "\(path):\(line): \(failure.message) (SQLSTATE \(failure.sqlState))",
            object: path,
            leftBehind: ProcedureScripts.leftBehind,
            hint: failure.hint ?? "correct the file, then run 'pulih apply'", cause: failure.description)
    }
}

extension ProcedureScript {
    fileprivate var sha256: String { SHA256Digest.of(sql).hex }
}
