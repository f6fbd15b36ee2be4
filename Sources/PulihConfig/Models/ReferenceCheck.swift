import PulihModel

/// Checks that every table that a model names is there.
struct ReferenceCheck {
    /// Names by layer; a layer that could not be read whole is missing and not checked.
    private var names: [Layer: [String]] = [:]
    private var bronzeColumns: [String: [String]] = [:]
    private let problems: ProblemList

    /// - Parameters:
    ///   - files: nil when `pulih.yml` could not be read.
    ///   - models: also those whose front matter or SELECT is wrong.
    init(files: [FileSpec]?, models: [LayerTable], problems: ProblemList) {
        self.problems = problems
        for layer in [Layer.silver, .gold] { names[layer] = models.filter { $0.layer == layer }.map(\.name) }
        guard let files else { return }
        names[.bronze] = files.flatMap { [$0.target, "\($0.target)_current"] }
        for file in files {
            let columns = file.columns.map(\.name) + Lineage.all
            bronzeColumns[file.target] = columns
            bronzeColumns["\(file.target)_current"] = columns
        }
    }

    func check(_ references: [PlacedReference]) {
        for reference in references {
            let table = reference.table
            guard let known = names[table.layer] else { continue }
            guard known.contains(table.name) else {
                problems.report(reference.at, "unknown table \(table)", hint: hint(table, known))
                continue
            }
            if table.layer == .bronze, let field = reference.field, let columns = bronzeColumns[table.name],
                !columns.contains(field)
            {
                problems.report(
                    reference.at, "\(table) has no column '\(field)'", hint: Suggestion.hint(for: field, among: columns))
            }
        }
    }

    private func hint(_ table: LayerTable, _ known: [String]) -> String {
        if let layer = Layer.allCases.first(where: { names[$0]?.contains(table.name) ?? false }) {
            return "there is \(layer.rawValue).\(table.name)"
        }
        return Suggestion.hint(for: table.name, among: known)
    }
}
