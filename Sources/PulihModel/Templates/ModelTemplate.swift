/// SQL of a model, a test or a hook with its variables found: `{{ client }}`, `{{ silver }}.crm_cust_info`.
///
/// In code `client` and `batch_id` become text literals and `batch_time` a timestamp literal. Inside a text
/// literal they become the bare text, so that `'{{ client }}/in'` reads as it looks. Tables (`this` and the
/// layers) stand in code only; nothing stands in a quoted name; comments are left as they are.
public struct ModelTemplate: Sendable, Equatable {
    public enum Variable: String, Sendable, CaseIterable {
        case client
        case batchID = "batch_id"
        case batchTime = "batch_time"
        case this, bronze, silver, gold

        /// Nil for a variable that is no layer.
        public var layer: Layer? { Layer(rawValue: rawValue) }
    }

    /// Something that cannot be expanded.
    public struct Problem: Sendable, Equatable {
        /// Lines before it in the SQL.
        public let linesBefore: Int
        public let message: String
        public let hint: String
    }

    /// A table of a layer that the SQL names.
    public struct Reference: Sendable, Equatable {
        public let table: LayerTable
        public let linesBefore: Int
    }

    enum Part: Sendable, Equatable {
        case sql(String)
        case literal(Variable)
        case bare(Variable)
        case this
        case table(LayerTable)
    }

    let parts: [Part]
    /// In the order of the SQL; empty for SQL that can be expanded.
    public let problems: [Problem]
    /// In the order of the SQL, each time that it is named. `this` is not among them.
    public let references: [Reference]
    /// Whether `{{ this }}` is used.
    public var usesThis: Bool { parts.contains(.this) }

    public init(_ sql: String) {
        var parser = TemplateParser(sql)
        parser.run()
        parts = parser.parts
        problems = parser.problems
        references = parser.references
    }

    /// The tables of layers that the SQL names through variables. SQL with problems gives what can be read.
    public static func references(in sql: String) -> Set<LayerTable> {
        Set(ModelTemplate(sql).references.map(\.table))
    }

    /// - Parameter at: where the SQL begins, for the message.
    /// - Throws: `configuration` naming file and line of the first problem.
    public static func expand(_ sql: String, _ context: Context, at: SourceLine) throws(PulihError) -> String
    {
        let template = ModelTemplate(sql)
        if let problem = template.problems.first {
            let line = SourceLine(file: at.file, line: at.line + problem.linesBefore)
            throw PulihError(
                .configuration, "\(line): \(problem.message)", object: at.file, hint: problem.hint)
        }
        if template.usesThis, context.this == nil {
            throw PulihError(.configuration, "\(at): '{{ this }}' is no table here", object: at.file)
        }
        return template.parts.map(context.sql).joined()
    }

    /// What the variables stand for.
    public struct Context: Sendable {
        public var client: String
        public var batch: BatchID
        /// Microseconds since 1970 UTC, from the manifest.
        public var batchTime: Int64
        /// The table being built, tested or published; nil in a hook of the run.
        public var this: TableName?
        /// Where a table of a layer is to be read: live, or in its build schema.
        public var table: @Sendable (LayerTable) -> TableName

        public init(
            client: String, batch: BatchID, batchTime: Int64, this: TableName?,
            table: @escaping @Sendable (LayerTable) -> TableName
        ) {
            self.client = client
            self.batch = batch
            self.batchTime = batchTime
            self.this = this
            self.table = table
        }

        func sql(_ part: Part) -> String {
            switch part {
            case .sql(let text): text
            case .literal(.batchTime): "TIMESTAMP " + SQLText.literal(SQLText.timestamp(batchTime))
            case .literal(let variable): SQLText.literal(value(variable))
            // The quotes of the literal are those in the SQL around it.
            case .bare(let variable): String(SQLText.literal(value(variable)).dropFirst().dropLast())
            // Refused by `expand` where there is none.
            case .this: this?.sql ?? ""
            case .table(let table): self.table(table).sql
            }
        }

        private func value(_ variable: Variable) -> String {
            switch variable {
            case .client: client
            case .batchID: batch.description
            case .batchTime: SQLText.timestamp(batchTime)
            case .this, .bronze, .silver, .gold: preconditionFailure("\(variable) is a table, not a value")
            }
        }
    }
}
