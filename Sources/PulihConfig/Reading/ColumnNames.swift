import PulihModel

/// The bronze columns of a file, to check what names them.
struct ColumnNames {
    let columns: [ColumnSpec]
    let source: YAMLSource

    init(_ columns: [ColumnSpec], source: YAMLSource) {
        self.columns = columns
        self.source = source
    }

    func type(_ name: String) -> ColumnType? { columns.first { $0.name == name }?.type }

    /// Reports names that no column has, and names that stand twice.
    /// - Parameter what: `rule unique`, for messages.
    func check(_ names: [YAMLText], in what: String) {
        for (position, name) in names.enumerated() {
            if type(name.text) == nil {
                source.report(name.node, "unknown column '\(name.text)' in \(what)", hint: hint(name.text))
            } else if names[..<position].contains(where: { $0.text == name.text }) {
                source.report(name.node, "column '\(name.text)' stands twice in \(what)")
            }
        }
    }

    private func hint(_ name: String) -> String {
        if let renamed = columns.first(where: { $0.source == name }) {
            return "its name in bronze is '\(renamed.name)'"
        }
        return Suggestion.hint(for: name, among: columns.map(\.name))
    }
}
