import PulihDuckDB
import PulihModel

// The one place where a DuckDB failure becomes a `PulihError`.
extension FailureContext {
    static func query(of client: String) -> FailureContext {
        FailureContext(
            "run the query", object: client,
            hint: "check the SQL; 'pulih query \"SHOW ALL TABLES\"' lists what there is")
    }

    func mapped(_ failure: DuckDBFailure, whileOpening: Bool) -> PulihError {
        let text = FailureText(failure.message)
        let code: PulihError.Code
        var hint = hint
        if failure.kind == .permission || failure.isOfLockedSettings {
            return PulihError(
                .refused,
                "unable to \(action): only reading statements: files of the machine and settings of the"
                    + " warehouse cannot be reached", object: object, leftBehind: "nothing was changed",
                hint: "read the tables of the warehouse", cause: failure.message)
        }
        if failure.isDiskFull {
            return PulihError(
                .storage, "unable to \(action): \(text.summary)", object: object, leftBehind: leftBehind,
                hint: "free some space, then \(hint.isEmpty ? "run the command again" : hint)",
                isDiskFull: true, cause: failure.message)
        }
        if failure.isDamage {
            code = .damaged
            hint =
                "nothing was written to it; move it aside with its .wal or put the newest copy in its place:"
                + " 'pulih start' carries again what it lacks, from the raw files"
        } else if failure.isReadOnlyViolation {
            return PulihError(
                .refused, "unable to \(action): the warehouse is open for reading, the statement writes",
                object: object, leftBehind: "nothing was changed",
                hint: "only statements that read can be run here", cause: failure.message)
        } else {
            switch failure.kind {
            case .io: code = whileOpening ? .unreachable : .storage
            case .fatal, .internal:
                code = .storage
                hint = "DuckDB gave the file up; run it again, which opens it anew"
            case .outOfMemory:
                code = .storage
                hint =
                    "raise settings.memory_limit in pulih.yml, or free space on the disk of temporary files"
            default: code = .sql
            }
        }
        return PulihError(
            code, "unable to \(action): \(text.summary)", object: object, leftBehind: leftBehind, hint: hint,
            isTransient: failure.isConflict, cause: failure.message)
    }
}

/// DuckDB's message taken apart: what it says, and the line of the statement where it points.
struct FailureText {
    let summary: String
    /// From 1.
    let line: Int?

    init(_ message: String) {
        var told: [Substring] = []
        var line: Int?
        for part in message.split(separator: "\n", omittingEmptySubsequences: true) {
            if part.hasPrefix("LINE "), let end = part.firstIndex(of: ":") {
                line = Int(part[part.index(part.startIndex, offsetBy: 5)..<end])
                break
            }
            told.append(part)
        }
        summary = told.joined(separator: "; ")
        self.line = line
    }
}

extension DuckDBFailure {
    /// The file is not what DuckDB wrote, or the log beside it is of another file or another time.
    var isDamage: Bool {
        switch kind {
        case .io, .fatal, .internal:
            DuckDBFailure.wordsOfDamage.contains { message.contains($0) }
        default: message.hasPrefix("Serialization Error")
        }
    }

    private static let wordsOfDamage = [
        "not a valid DuckDB database file", "Corrupt database file", "Could not read enough bytes from file",
        "WAL does not match database file", "WAL was created for", "Corrupt WAL file",
        "Failed to read WAL of version",
    ]

    /// Also of a file that DuckDB gave up because of it: its message repeats the first one.
    var isDiskFull: Bool { message.contains("No space left on device") }

    var isReadOnlyViolation: Bool {
        message.contains("attached in read-only mode") || message.contains("launched in read-only mode")
    }

    /// A setting cannot be changed since the configuration was locked.
    var isOfLockedSettings: Bool { message.contains("configuration has been locked") }

    /// Another transaction of this process was first; the same transaction may succeed when it is tried
    /// again.
    var isConflict: Bool {
        kind == .transaction
            && ["onflict", "another transaction", "different transaction"].contains { message.contains($0) }
    }

    /// The statement itself is to blame, not what surrounds it.
    var isFaultOfStatement: Bool {
        !isConflict && !isDamage && !isDiskFull
            && ![.io, .fatal, .internal, .outOfMemory, .interrupted, .connection].contains(kind)
    }
}
