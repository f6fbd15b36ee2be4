/// A call of one procedure for one batch.
public struct ProcedureCall: Sendable, Equatable {
    public var procedure: Procedure
    /// The client, what the procedure gets as `client_schema`.
    public var client: String
    public var batch: BatchID
    /// The same in every run of the batch; what stands in place of the clock.
    public var batchTime: Int64
    public var entry: LedgerEntry

    public init(
        procedure: Procedure, client: String, batch: BatchID, batchTime: Int64, entry: LedgerEntry
    ) {
        self.procedure = procedure
        self.client = client
        self.batch = batch
        self.batchTime = batchTime
        self.entry = entry
    }
}

/// What became of a procedure.
public struct ProcedureOutcome: Sendable, Equatable {
    public var name: ProcedureName
    public var status: ProcedureStatus
    /// What it told while it ran, as `NOTICE: 12 rows`.
    public var notices: [String]
    /// Those of them that somebody should look at although it succeeded.
    public var warnings: [String]
    public var seconds: Double

    public init(
        name: ProcedureName, status: ProcedureStatus, notices: [String] = [], warnings: [String] = [],
        seconds: Double = 0
    ) {
        self.name = name
        self.status = status
        self.notices = notices
        self.warnings = warnings
        self.seconds = seconds
    }
}

public enum ProcedureStatus: Sendable, Equatable {
    case succeeded
    /// It said so, ended in an exception or took too long; the message tells which.
    case failed(String)
    /// It was not called: `load_dim_customers_v1 failed`.
    case skipped(String)
    /// It had succeeded; another one failed, and everything was rolled back.
    case rolledBack(String)

    /// Empty after a success.
    public var message: String {
        switch self {
        case .succeeded: ""
        case .failed(let message), .skipped(let message), .rolledBack(let message): message
        }
    }
}

/// What the warehouse says about procedures before any of them is called.
public struct ProcedureCheck: Sendable, Equatable {
    public var problems: [ProcedureProblem]
    /// A hash of what each one is in the warehouse, of those without problem.
    public var definitions: [ProcedureName: String]

    public init(problems: [ProcedureProblem] = [], definitions: [ProcedureName: String] = [:]) {
        self.problems = problems
        self.definitions = definitions
    }
}

/// Why a procedure cannot be called as it stands in the warehouse.
public struct ProcedureProblem: Sendable, Equatable {
    public var procedure: Procedure
    /// Lower case, no full stop: `there is no procedure tools.load_x_v1`.
    public var message: String
    /// What to do; may be empty.
    public var hint: String

    public init(_ procedure: Procedure, _ message: String, hint: String = "") {
        self.procedure = procedure
        self.message = message
        self.hint = hint
    }
}

/// A script under `sql/procedures` that is not what was run in the warehouse.
public struct ScriptChange: Sendable, Equatable {
    public var path: String
    public var kind: Kind

    public init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    public enum Kind: Sendable, Equatable {
        case new
        case changed
        /// The file is what was run; this procedure is not what it made any more.
        case overtaken(String)
        /// The file is gone. What it made stays.
        case removed
    }

    /// One line, as `ConfigurationChange.describe`.
    public func describe() -> String {
        switch kind {
        case .new: "+ \(path)"
        case .changed: "~ \(path)"
        case .overtaken(let name): "~ \(path): \(name) was changed or dropped in the warehouse since"
        case .removed: "- \(path): what it made stays in the warehouse; drop it there if nobody calls it"
        }
    }
}

// A warehouse without procedures needs to say no more than its `Capabilities`.
extension Warehouse {
    public func checkProcedures(_ procedures: [Procedure], client: String) async throws -> ProcedureCheck {
        ProcedureCheck(
            problems: procedures.map {
                ProcedureProblem($0, "a \(capabilities.name) warehouse has no procedures")
            })
    }

    public func scriptChanges(_ scripts: [ProcedureScript]) async throws -> [ScriptChange] {
        guard let first = scripts.first else { return [] }
        throw PulihError(
            .configuration, "\(first.path): a \(capabilities.name) warehouse has no procedures",
            object: first.path, leftBehind: "nothing was done",
            hint: "remove sql/procedures, or use a PostgreSQL warehouse")
    }

    public func deploy(_ scripts: [ProcedureScript]) async throws -> [ScriptChange] {
        try await scriptChanges(scripts)
    }
}

extension WarehouseSession {
    public func call(_ call: ProcedureCall) async throws -> ProcedureOutcome {
        throw PulihError(
            .configuration, "unable to call \(call.procedure.name): this warehouse has no procedures",
            object: call.procedure.name.description, leftBehind: "nothing was called",
            hint: "remove it from 'procedures:' in pulih.yml, or use a PostgreSQL warehouse")
    }
}
