internal import PulihModel

/// Proposes where the records of a document are, which of their values are columns, and of what types.
struct JSONProposal {
    let table: TableProfile

    func make() throws -> FileProposal {
        let outline = try JSONOutlineReader.read(table.path)
        // One document in one line is one a line where the name says so.
        let isLines = outline.isLines || FileNameClaim(table.path).type == .ndjson
        outline.root.settle()
        let search = RecordSearch(outline.root, isLines: isLines)
        guard let best = search.best ?? Self.wholeDocument(outline.root) else {
            throw PulihError(
                .data, "there is no object in \(table.path) that could be a record", object: table.path,
                leftBehind: "nothing was proposed",
                hint: "records are the objects of an array or the members of an object, not lists in lists")
        }
        let columns = JSONColumns(best)
        let layout = JSONLayout(isLines: isLines, records: best.steps, columns: columns.layout)
        var proposal = try table.read(
            RecordFormat(.json(layout), CSVDialect(nulls: [])),
            limits: ColumnProfile.Limits(mostPlaces: 9), remarks: Self.hints(search.found, best))
        var codes: [String] = []
        for (index, column) in proposal.columns.enumerated() {
            if columns.nested.contains(column.source) {
                proposal.columns[index].type = .json
                proposal.columns[index].nulls = nil
            }
            if column.type.isInteger, columns.texts.contains(column.source) { codes.append(column.source) }
            proposal.columns[index].isRequired = !columns.optional.contains(column.source)
        }
        if !codes.isEmpty {
            proposal.remarks.append(
                "\(codes.joined(separator: ", ")): whole numbers that stand as texts; codes keep their form as text"
            )
        }
        return proposal
    }

    private static func wholeDocument(_ root: JSONOutline) -> RecordSearch.Candidate? {
        guard root.counts.objects > 0 else { return nil }
        return .init(steps: [], node: root, rows: 1, map: .none, around: [], outer: nil)
    }

    // MARK: hints

    private static func hints(_ found: [RecordSearch.Candidate], _ best: RecordSearch.Candidate) -> [String] {
        let others = found.filter { $0.steps != best.steps }
        // Records of numbers alone are no maps for that, nor is anything beside them.
        let maps = others.filter {
            $0.isMap
                && ($0.map == .sure
                    || $0.steps.starts(with: best.steps) && $0.steps.count > best.steps.count + 1)
        }
        return arrays(others, best) + maps.prefix(4).map(map) + around(best)
    }

    private static func arrays(
        _ others: [RecordSearch.Candidate], _ best: RecordSearch.Candidate
    ) -> [String] {
        let arrays = others.filter { !$0.isMap }.sorted { $0.rows > $1.rows }
        guard !arrays.isEmpty else { return [] }
        let shown = arrays.prefix(4).map { "'\($0.path)' (\($0.rows))" }.joined(separator: ", ")
        return [
            "the \(best.rows) records are those of '\(best.path)'; they could also be those of \(shown)"
                + (arrays.count > 4 ? ", …" : "")
        ]
    }

    private static func map(_ map: RecordSearch.Candidate) -> String {
        let object = JSONPath.text(map.steps.dropLast())
        let names = (map.around.last?.someNames ?? []).joined(separator: ", ")
        return
            "\(object.isEmpty ? "the document" : "'\(object)'") may be a map whose names (\(names)) are values: "
            + "records '\(map.path)' makes a row of each member"
    }

    private static func around(_ best: RecordSearch.Candidate) -> [String] {
        guard let near = best.around.last(where: { $0.anyMember == nil && !$0.scalars.isEmpty }) else {
            return []
        }
        let level = best.around.reversed().prefix { $0 !== near }.count + 1
        let values = near.scalars.map { "'\(String(repeating: "^", count: level))\($0)'" }
        return [
            "values that stand around the records are columns where they are asked for: "
                + values.prefix(6).joined(separator: ", ") + (values.count > 6 ? ", …" : "")
        ]
    }
}

extension JSONOutline {
    /// Paths of the members that are plain values, to stand behind a base.
    fileprivate var scalars: [String] {
        zip(names, members).filter { $1.counts.scalars > 0 && $1.counts.objects + $1.counts.arrays == 0 }
            .map { JSONPath.text([.member(String(decoding: $0.0, as: UTF8.self))], after: "$").dropFirst() }
            .map(String.init)
    }
}
