import PulihModel
import PulihYAML

/// Reads `json:`, and where the columns of such a file find their values.
struct JSONLayoutReader {
    static let keys = ["records", "nulls", "where", "error_when"]

    let source: YAMLSource
    let isLines: Bool

    /// - Parameter columns: with the nodes that name them.
    func read(_ node: YAMLNode?, _ columns: [(ColumnSpec, YAMLNode)]) -> RecordFormat {
        var dialect = CSVDialect(nulls: [])
        var layout = JSONLayout(isLines: isLines, records: isLines ? [] : [.elements])
        let section = node.flatMap { Section($0, "json", keys: Self.keys, in: source) }
        if let section {
            dialect.nulls = section.texts("nulls")?.map(\.text) ?? []
            readRecords(section, &layout)
        }
        var around: [Wanted] = []
        for (column, node) in columns {
            guard let (path, place) = path(column.source, of: "column \(column.source)", node, in: layout)
            else {
                continue
            }
            layout.columns.append(.init(column.source, path))
            if case .below(let depth, let steps) = place, depth < layout.records.count {
                around.append(Wanted(source: column.source, node: node, depth: depth, steps: steps))
            }
        }
        refuseParts(around)
        if let section {
            layout.condition = condition(section, layout)
            layout.failure = failure(section, layout)
        }
        return RecordFormat(.json(layout), dialect)
    }

    /// A column whose value is not in the records but around them.
    private struct Wanted {
        let source: String
        let node: YAMLNode
        let depth: Int
        let steps: [JSONStep]
    }

    /// Such a value is read once: as a whole, or in parts.
    private func refuseParts(_ columns: [Wanted]) {
        for column in columns {
            let whole = columns.first {
                $0.depth == column.depth && $0.steps.count < column.steps.count
                    && column.steps.starts(with: $0.steps)
            }
            guard let whole else { continue }
            source.report(
                column.node, "'\(column.source)' is a part of '\(whole.source)', which is not in the records")
        }
    }

    /// Records that `where` leaves out are counted under its reason.
    static func skips(of format: RecordFormat) -> [SkipRule] {
        guard case .json(let layout) = format.content, let condition = layout.condition else { return [] }
        return [
            SkipRule(reason: condition.reason, column: Lineage.place, matches: #"(?s).* \(left out\)"#)
        ]
    }

    /// A column without a name of its own has that of its path: `address.city` is `address_city`.
    static func named(_ column: ColumnSpec) -> ColumnSpec {
        var column = column
        if column.name == column.source.lowercased(), column.name.contains(where: { ".[]\"^$".contains($0) })
        {
            let words = column.name.split { ".[]\"^$".contains($0) }
            column.name = words.joined(separator: "_")
        }
        return column
    }

    private func readRecords(_ section: Section, _ layout: inout JSONLayout) {
        guard let text = section.text("records") else { return }
        do throws(JSONPath.Problem) {
            let path = try JSONPath(text)
            if case .around = path.base {
                throw .init(message: "it begins at the document, which is '$' or nothing")
            }
            layout.records = path.steps
        } catch {
            section.report(
                "records", "'\(text)' is no path to the records: \(error.message)",
                hint: #"such as "data[*]", "data[1].data[*]", "variables{}", or "$" for the document itself"#)
        }
    }

    private func path(
        _ text: String, of what: String, _ node: YAMLNode, in layout: JSONLayout, base: JSONPath.Base? = nil
    ) -> (JSONPath, JSONLayout.Place)? {
        do throws(JSONPath.Problem) {
            var path = try JSONPath(text)
            if let base, path.base == .record { path.base = base }
            return (path, try layout.place(of: path))
        } catch {
            source.report(node, "'\(text)' of \(what) is no path: \(error.message)")
            return nil
        }
    }

    private func condition(_ section: Section, _ layout: JSONLayout) -> JSONLayout.Condition? {
        guard let node = section["where"],
            let own = Section(node, "where", keys: ["path", "equals"], in: source)
        else { return nil }
        let values = own.requiredTexts("equals").map(\.text)
        guard let text = own.requiredText("path"), let (path, _) = path(text, of: "where", node, in: layout),
            !values.isEmpty
        else { return nil }
        return .init(path: path, values: values)
    }

    private func failure(_ section: Section, _ layout: JSONLayout) -> JSONLayout.Failure? {
        guard let node = section["error_when"],
            let own = Section(node, "error_when", keys: ["path", "equals", "message"], in: source)
        else { return nil }
        let what = "error_when"
        guard let text = own.requiredText("path"),
            let (path, _) = path(text, of: what, node, in: layout, base: .document),
            let (message, _) = self.path(
                own.text("message") ?? "message", of: what, node, in: layout, base: .document)
        else { return nil }
        return .init(path: path, values: own.texts("equals")?.map(\.text), message: message)
    }
}
