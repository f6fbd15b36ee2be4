/// What every failure above an adapter looks like: what, which object, what is left behind, what to do now.
public struct PulihError: Error, Sendable, CustomStringConvertible {
    /// Kinds of failure; each has one exit code, listed in `ExitCode`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case usage, configuration, data, busy, unreachable, storage, sql, damaged, refused, failed, bug
        }
        private let kind: Kind
        public var description: String { kind.rawValue }

        /// The command line makes no sense.
        public static let usage = Code(kind: .usage)
        /// `pulih.yml` or `sql/` is wrong, or was not applied.
        public static let configuration = Code(kind: .configuration)
        /// The data was refused: by mapping, rule, limit, policy or balance.
        public static let data = Code(kind: .data)
        /// Another run holds the client or the warehouse.
        public static let busy = Code(kind: .busy)
        /// Catalog or warehouse cannot be opened.
        public static let unreachable = Code(kind: .unreachable)
        /// A file operation failed: permission, space, missing folder.
        public static let storage = Code(kind: .storage)
        /// The warehouse refused a statement of a model, hook or procedure.
        public static let sql = Code(kind: .sql)
        /// A file of Pulih's own is not what was written.
        public static let damaged = Code(kind: .damaged)
        /// The request is understood and declined, to protect what is there.
        public static let refused = Code(kind: .refused)
        /// A run ended and some step failed; the steps say why.
        public static let failed = Code(kind: .failed)
        /// Pulih broke a rule of its own.
        public static let bug = Code(kind: .bug)

        public var exitCode: ExitCode {
            switch kind {
            case .usage: .usage
            case .configuration: .configuration
            case .data: .refusedData
            case .busy: .busy
            case .unreachable: .unreachable
            case .storage, .sql, .damaged, .refused, .failed: .failed
            case .bug: .bug
            }
        }
    }

    public let code: Code
    /// What happened, lower case, no full stop: `unable to load bronze_client1.crm_cust_info: …`.
    public let summary: String
    /// The object it happened to: a file, a table, a model.
    public let object: String
    /// What state is left: `nothing of this file was loaded`.
    public let leftBehind: String
    /// What to do next, a command where there is one.
    public let hint: String
    public let isTransient: Bool
    /// There was no room where something was to be written.
    public let isDiskFull: Bool
    /// The underlying message, for the log.
    public let cause: String?

    public init(
        _ code: Code, _ summary: String, object: String = "", leftBehind: String = "", hint: String = "",
        isTransient: Bool = false, isDiskFull: Bool = false, cause: String? = nil
    ) {
        self.code = code
        self.summary = summary
        self.object = object
        self.leftBehind = leftBehind
        self.hint = hint
        self.isTransient = isTransient
        self.isDiskFull = isDiskFull
        self.cause = cause
    }

    public var description: String {
        var text = summary
        if !leftBehind.isEmpty { text += "; \(leftBehind)" }
        if !hint.isEmpty { text += "\nHINT: \(hint)" }
        return text
    }
}

/// Exit codes of every verb. The only table of them.
public enum ExitCode: Int32, Sendable, CaseIterable {
    /// Done, also with warnings or quarantined records, also with nothing to do.
    case done = 0
    /// The batch failed.
    case failed = 1
    case usage = 2
    case configuration = 3
    /// Every failure is a refusal of the data.
    case refusedData = 4
    case busy = 5
    /// Warehouse or catalog cannot be reached; every failure of the batch is that.
    case unreachable = 6
    /// A bug of Pulih's own.
    case bug = 70
}
