internal import PulihModel
internal import PulihPostgres

/// The failures that ask for different things of the one who reads them. docs/postgresql.md shows them as a table.
enum FailureKind {
    /// Nobody answers, the server refuses the login, or the connection broke off.
    case unreachable
    /// It answers and lets nobody in: too many connections, or it starts or stops.
    case occupied
    /// A lock was not had in time.
    case locked
    /// Deadlock or serialization: another transaction was first.
    case conflict
    /// The server's own time limit, or an administrator.
    case ended
    case diskFull
    case memoryFull
    /// Too many locks at once for the server's table of them.
    case lockTableFull
    case storage
    case damaged
    /// A standby, or a read-only transaction.
    case readOnly
    case permission
    /// The statement.
    case other

    /// nil: the caller knows.
    var code: PulihError.Code? {
        switch self {
        case .unreachable, .occupied: .unreachable
        case .locked, .conflict: .busy
        case .diskFull, .memoryFull, .lockTableFull, .storage: .storage
        case .damaged: .damaged
        case .readOnly: .refused
        case .permission: .configuration
        case .ended: .sql
        case .other: nil
        }
    }

    var isTransient: Bool {
        switch self {
        case .unreachable, .occupied, .locked, .conflict: true
        case .ended, .diskFull, .memoryFull, .lockTableFull, .storage, .damaged, .readOnly, .permission,
            .other:
            false
        }
    }

    func hint(isReading: Bool) -> String? {
        switch self {
        case .unreachable:
            "see that the server runs and that address, user and password are right, then try again;"
                + " 'pulih doctor' tells what it reaches"
        case .occupied:
            "wait until the server takes connections (or raise its max_connections), then try again"
        case .locked:
            "see in pg_stat_activity and pg_locks who holds the lock; when it is given back, try again"
        case .conflict: "try again: another transaction was first"
        case .ended: "statement_timeout or an administrator ended it; raise the limit, then try again"
        case .diskFull: "make room on the server's disk, then try again"
        case .memoryFull: "give the server more memory or lower its work_mem, then try again"
        case .lockTableFull:
            "raise the server's max_locks_per_transaction, restart it, then try again; docs/postgresql.md says by how much"
        case .storage: "look into the server's log, then try again"
        case .damaged:
            "keep the server's files as they are; restore its newest backup that was proven"
        case .readOnly where isReading: "only statements that read can be run here"
        case .readOnly:
            "name the primary server in pulih.yml (this one is a standby, or default_transaction_read_only is on)"
        case .permission: "grant the right that is missing; docs/postgresql.md lists what each role needs"
        case .other: nil
        }
    }
}

extension PostgresFailure {
    var kind: FailureKind {
        switch sqlState {
        case "53300", "57P03": return .occupied
        case "55P03": return .locked
        case "57014": return .ended
        case "53100": return .diskFull
        case "53200":
            // The message may be in any language; the setting's name is in none.
            return hint?.contains("max_locks_per_transaction") == true ? .lockTableFull : .memoryFull
        case "58030", "58P01", "58P02": return .storage
        case "XX001", "XX002": return .damaged
        case "25006": return .readOnly
        case "42501": return .permission
        default: break
        }
        if isConnectionLost { return .unreachable }
        switch sqlState.prefix(2) {
        case "08", "28", "3D": return .unreachable
        case "40": return .conflict
        case "53": return .memoryFull
        case "57": return .unreachable
        default: return .other
        }
    }
}
