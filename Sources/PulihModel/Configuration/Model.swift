/// One file under `sql/silver` or `sql/gold`: one SELECT and its front matter.
public struct Model: Sendable, Equatable {
    public var table: LayerTable
    public var materialization: Materialization
    public var uniqueKey: [String]
    public var onSchemaChange: SchemaChangePolicy
    /// Of a history.
    public var deletes: DeletePolicy
    public var tests: [ModelTest]
    /// Statements run just before the SELECT, in the transaction that builds.
    public var preHooks: [String]
    /// Statements run on the live table, in the transaction that publishes.
    public var postHooks: [String]
    public var trace: [TraceLink]
    public var summary: String?
    /// The SELECT as written, variables unexpanded.
    public var sql: String
    /// Where the SELECT begins.
    public var at: SourceLine

    public init(
        table: LayerTable, materialization: Materialization, uniqueKey: [String] = [],
        onSchemaChange: SchemaChangePolicy = .fail, deletes: DeletePolicy = .close, tests: [ModelTest] = [],
        preHooks: [String] = [], postHooks: [String] = [], trace: [TraceLink] = [], summary: String? = nil,
        sql: String, at: SourceLine
    ) {
        self.table = table
        self.materialization = materialization
        self.uniqueKey = uniqueKey
        self.onSchemaChange = onSchemaChange
        self.deletes = deletes
        self.tests = tests
        self.preHooks = preHooks
        self.postHooks = postHooks
        self.trace = trace
        self.summary = summary
        self.sql = sql
        self.at = at
    }

    /// The stage that builds it.
    public var stage: Stage {
        switch (materialization, table.layer) {
        case (.materializedView, _): .refreshMV
        case (_, .gold): .integrate
        default: .transform
        }
    }
}

public enum Materialization: String, Sendable, Codable, CaseIterable {
    /// Rebuilt whole in every batch.
    case table
    /// The SELECT gives a delta that is merged by `unique_key`.
    case incremental
    /// The SELECT gives the present state by `unique_key`; the table keeps every state that there was, with
    /// `valid_from`, `valid_to` and `is_current`.
    case history
    /// Nothing is stored.
    case view
    /// Refreshed after publish.
    case materializedView = "materialized_view"
}

/// What happens when an incremental model's SELECT has other columns than the live table.
public enum SchemaChangePolicy: String, Sendable, Codable, CaseIterable {
    case fail
    /// New columns are added; older rows hold NULL there. Missing ones are NULL in new rows.
    case append
    /// New columns are left out.
    case ignore
}

/// What happens to a history's open version whose key the SELECT does not give any more.
public enum DeletePolicy: String, Sendable, Codable, CaseIterable {
    /// It is closed: the SELECT gives the whole present state.
    case close
    /// It stays open: the SELECT gives only some keys, such as those that a batch brought.
    case ignore
}

/// A condition on a built model, checked before it is published.
public struct ModelTest: Sendable, Equatable {
    public var name: String
    public var check: Check
    /// `fail` or `warn`.
    public var severity: Severity
    public var at: SourceLine

    public init(name: String, check: Check, severity: Severity, at: SourceLine) {
        self.name = name
        self.check = check
        self.severity = severity
        self.at = at
    }

    public enum Check: Sendable, Equatable {
        case notNull([String])
        case unique([String])
        case accepted(column: String, values: [String])
        /// Every non-null value exists in the column of the other model or bronze table.
        case relationship(column: String, to: LayerTable, field: String)
        case rowCount(min: Int?, max: Int?)
        /// A SELECT that must return no rows; variables as in a model.
        case sql(String)
    }
}

/// How a row of a model leads to rows of one upstream table.
public struct TraceLink: Sendable, Equatable {
    public var to: LayerTable
    /// Column of this model -> expression over the upstream's columns that equals it.
    public var on: [TraceKey]
    /// ORDER BY terms over the upstream rows; the first row is the one that was chosen. nil: all were used.
    public var chosen: String?

    public init(to: LayerTable, on: [TraceKey], chosen: String?) {
        self.to = to
        self.on = on
        self.chosen = chosen
    }
}

public struct TraceKey: Sendable, Equatable {
    public var column: String
    public var expression: String

    public init(column: String, expression: String) {
        self.column = column
        self.expression = expression
    }
}
