/// A column of a file whose values are, in a large share of the records, no longer of the type that is registered.
public struct TypeDrift: Sendable, Equatable {
    public struct Example: Sendable, Equatable {
        /// Physical line where the record begins.
        public var line: Int
        public var value: String

        public init(line: Int, value: String) {
            self.line = line
            self.value = value
        }
    }

    /// Name in the file.
    public var column: String
    public var type: ColumnType
    /// Records whose value does not fit; where quarantine keeps a part of them only, as many as that part tells of all.
    public var records: Int
    /// What the values are now: `dates as 31/12/2024`.
    public var now: String
    /// What reads them, as it would stand in `pulih.yml`: `{type: date, format: "%d/%m/%Y"}`.
    public var proposal: String
    public var examples: [Example]

    public init(
        column: String, type: ColumnType, records: Int, now: String, proposal: String, examples: [Example]
    ) {
        self.column = column
        self.type = type
        self.records = records
        self.now = now
        self.proposal = proposal
        self.examples = examples
    }

    /// `column day is date, but 12 of 20 values are now dates as 31/12/2024: '31/12/2024' (line 2), …`
    /// - Parameter total: records of the file.
    public func told(of total: Int) -> String {
        let shown = examples.map { "'\($0.value)' (line \($0.line))" }.joined(separator: ", ")
        return "column \(column) is \(type), but \(records) of \(total) values are now \(now): \(shown)"
    }

    public var json: JSONValue {
        [
            "column": .string(column), "type": .string(type.description), "records": .number(records),
            "now": .string(now), "proposal": .string(proposal),
            "examples": .array(
                examples.map { ["line": .number($0.line), "value": .string($0.value)] }),
        ]
    }
}
