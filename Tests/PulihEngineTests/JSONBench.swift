import PulihModel

@testable import PulihEngine

extension Bench {
    /// As the configuration reader makes it.
    /// - Parameter records: path; nil: each line is one.
    static func json(
        _ records: String?, _ columns: [ColumnSpec], nulls: [String] = [], only: (String, [String])? = nil,
        error: (String, [String]?)? = nil, rules: [RowRule] = []
    ) throws -> FileSpec {
        var layout = JSONLayout(
            isLines: records == nil, records: try records.map { try JSONPath($0).steps } ?? [],
            columns: try columns.map { .init($0.source, try JSONPath($0.source)) })
        var spec = Bench.spec(columns + [RecordPlace.column], rules: rules)
        if let only {
            let condition = JSONLayout.Condition(path: try JSONPath(only.0), values: only.1)
            layout.condition = condition
            spec.skips = [
                SkipRule(reason: condition.reason, column: Lineage.place, matches: #"(?s).* \(left out\)"#)
            ]
        }
        if let error {
            layout.failure = .init(
                path: try JSONPath("$." + error.0), values: error.1, message: try JSONPath("$.message"))
        }
        let dialect = CSVDialect(nulls: nulls)
        spec.format = RecordFormat(.json(layout), dialect)
        return spec
    }

    func json(_ text: String, _ name: String = "f.json") throws -> String {
        try write(Array(text.utf8), name)
    }

    /// What is loaded, a line a record, and what is not; proves the balance.
    func outcome(_ path: String, _ spec: FileSpec) async throws -> [String] {
        let survey = try await engine.survey(path: path, format: spec.format)
        let outcome = try await convert(path, spec)
        let skipped = outcome.skipped.values.reduce(0, +)
        precondition(survey.records == outcome.converted + outcome.quarantined + skipped, "out of balance")
        var lines = try await loaded(path, spec).map { row in
            "\(row.last!!): " + row.dropLast().map { $0 ?? "NULL" }.joined(separator: "|")
        }
        lines += try await quarantined(path, spec).map {
            "\($0.record) \($0.place(spec.format) ?? "?") \($0.rule) \($0.column): \($0.reason)"
        }
        lines += outcome.skipped.sorted { $0.key < $1.key }.map { "\($0.value) skipped: \($0.key)" }
        return lines
    }

    /// Why the file is refused.
    func refusal(_ path: String, _ spec: FileSpec) async throws -> String {
        do {
            _ = try await engine.survey(path: path, format: spec.format)
            return "taken"
        } catch let error as PulihError {
            precondition(error.code == .data)
            return error.summary
        }
    }
}
