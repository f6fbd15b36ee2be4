/// A condition that the records of a file must meet, checked after conversion.
public struct RowRule: Sendable, Equatable {
    /// Name for messages and logs: `unique(cst_id)` unless configuration names it.
    public var name: String
    public var check: Check
    /// nil: the client's default.
    public var severity: Severity?
    public var at: SourceLine

    public init(name: String, check: Check, severity: Severity?, at: SourceLine) {
        self.name = name
        self.check = check
        self.severity = severity
        self.at = at
    }

    /// Columns are bronze names; bounds are texts that are cast to the column's type.
    public enum Check: Sendable, Equatable {
        case notNull([String])
        /// NULL in any column of the key exempts the record, as in SQL.
        case unique([String], keep: Keep)
        case accepted(column: String, values: [String])
        case range(column: String, min: String?, max: String?)
        /// RE2 expression that the whole value must match; NULL passes.
        case pattern(column: String, expression: String)
        /// Records of the file against the last good batch's, in percent, and absolute bounds.
        case rowCount(minPercent: Double?, maxPercent: Double?, min: Int?, max: Int?)
    }

    /// Which row of a duplicated key stays when the severity is quarantine.
    public enum Keep: Sendable, Equatable {
        case none
        case first
        /// The greatest value of this column; on a tie the later record.
        case newest(column: String)
    }

    /// The severity in force for a client. A row count is about no record, so it is never quarantine: it
    /// fails where that is the client's default.
    public func severity(default client: Severity) -> Severity {
        let severity = self.severity ?? client
        if case .rowCount = check, severity == .quarantine { return .fail }
        return severity
    }

    /// Whether it wants to know how many records the last good batch had.
    public var comparesWithLastBatch: Bool {
        guard case .rowCount(let minPercent, let maxPercent, _, _) = check else { return false }
        return minPercent != nil || maxPercent != nil
    }

    /// Columns that the rule reads.
    public var columns: [String] {
        switch check {
        case .notNull(let columns): columns
        case .unique(let columns, .newest(let newest)): columns + [newest]
        case .unique(let columns, _): columns
        case .accepted(let column, _), .range(let column, _, _), .pattern(let column, _): [column]
        case .rowCount: []
        }
    }
}

public enum Severity: String, Sendable, Codable, CaseIterable { case fail, quarantine, warn }
