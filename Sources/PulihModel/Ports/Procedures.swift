/// A call of one procedure for one batch.
public struct ProcedureCall: Sendable, Equatable {
    public var procedure: Procedure
    /// The client, what the procedure gets as `client_schema`.
    public var client: String
    public var batch: BatchID
    public var entry: LedgerEntry

    public init(procedure: Procedure, client: String, batch: BatchID, entry: LedgerEntry) {
        self.procedure = procedure
        self.client = client
        self.batch = batch
        self.entry = entry
    }
}

/// What became of a procedure.
public struct ProcedureOutcome: Sendable, Equatable {
    public var name: ProcedureName
    public var status: ProcedureStatus
    /// What it told while it ran, as `NOTICE: 12 rows`.
    public var notices: [String]
    public var seconds: Double

    public init(name: ProcedureName, status: ProcedureStatus, notices: [String] = [], seconds: Double = 0) {
        self.name = name
        self.status = status
        self.notices = notices
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

// A warehouse without procedures needs to say no more than its `Capabilities`.
extension Warehouse {
    public func checkProcedures(_ procedures: [Procedure], client: String) async throws -> [ProcedureProblem]
    {
        procedures.map { ProcedureProblem($0, "a \(capabilities.name) warehouse has no procedures") }
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
