/// A stored procedure, or a function, of the warehouse that a stage calls.
///
/// `CALL schema.name(client_schema, batch_id [, proc_name], OUT is_success, OUT error_message)`.
public struct Procedure: Sendable, Equatable {
    public var name: ProcedureName
    /// `transform`, `integrate` or `refreshMV`.
    public var stage: Stage
    public var kind: ProcedureKind
    /// Procedures that must have succeeded before; none of a later stage.
    public var needs: [ProcedureName]
    public var publish: PublishMode
    /// Tables that it writes; of `step` always told.
    public var writes: [LayerTable]
    /// nil: the server's own limit.
    public var timeoutSeconds: Int?
    /// Where `pulih.yml` names it.
    public var at: SourceLine

    public init(
        name: ProcedureName, stage: Stage, kind: ProcedureKind = .other, needs: [ProcedureName] = [],
        publish: PublishMode = .batch, writes: [LayerTable] = [], timeoutSeconds: Int? = nil, at: SourceLine
    ) {
        self.name = name
        self.stage = stage
        self.kind = kind
        self.needs = needs
        self.publish = publish
        self.writes = writes
        self.timeoutSeconds = timeoutSeconds
        self.at = at
    }

    public var step: StepID { StepID(stage, name.description) }

    /// Everything but its name, stage and type.
    public var optionsJSON: JSONValue {
        [
            "needs": .strings(needs.map(\.description)), "publish": .string(publish.rawValue),
            "writes": .strings(writes.map(\.description)), "timeout_seconds": .optional(timeoutSeconds),
        ]
    }

    /// What its result depends on beside what it reads and what it is in the warehouse. Compact JSON, always written
    /// the same way. Its place in the file is not part of it.
    public var fingerprintText: String {
        let json: JSONValue = [
            "procedure": .string(name.description), "stage": .string(stage.rawValue),
            "options": optionsJSON,
        ]
        return json.compact
    }

    public enum PublishMode: String, Sendable, Codable, CaseIterable {
        /// Called inside the transaction that publishes the batch.
        case batch
        /// Called after it, outside any transaction, because it commits by itself; must be repeatable.
        case step
    }
}

/// A schema-qualified procedure or function: `tools.load_dim_customers_v1`.
public struct ProcedureName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Of a name that is written without one.
    public static let usualSchema = "tools"

    public let schema: String
    public let name: String

    public init(_ schema: String, _ name: String) {
        self.schema = schema
        self.name = name
    }

    /// Quoted, ready for a statement.
    public var sql: String { SQLText.identifier(schema) + "." + SQLText.identifier(name) }
    public var description: String { "\(schema).\(name)" }
    public static func < (left: ProcedureName, right: ProcedureName) -> Bool {
        left.description < right.description
    }
}

/// What a procedure loads. Dimensions come before facts.
public enum ProcedureKind: String, Sendable, Codable, CaseIterable {
    case dimension, fact, other
}

/// A file under `sql/procedures`: statements that make procedures and what they need, and may be run again.
public struct ProcedureScript: Sendable, Equatable {
    /// Relative to the workspace.
    public var path: String
    /// As written; no variables.
    public var sql: String

    public init(path: String, sql: String) {
        self.path = path
        self.sql = sql
    }
}
