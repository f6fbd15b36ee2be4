import PulihModel

/// The lines of a proposal that say how its file is read: what differs from the defaults.
struct FormatLines {
    private(set) var lines: [String] = []

    init(_ format: RecordFormat) {
        switch format.content {
        case .csv:
            add("csv", Self.csv(format.dialect))
            if let members = format.unpacking.members {
                lines.append("        unpack: {members: \(YAMLWriter.quoted(members))}")
            }
        case .xlsx(let layout), .xls(let layout):
            add(format.type.section, Self.workbook(layout, format.dialect))
        case .json(let layout):
            var members: [(String, String)] = []
            let usual: [JSONStep] = layout.isLines ? [] : [.elements]
            if layout.records != usual {
                let path = layout.records.isEmpty ? "$" : JSONPath.text(layout.records)
                members.append(("records", YAMLWriter.quoted(path)))
            }
            if !format.dialect.nulls.isEmpty {
                members.append(("nulls", YAMLWriter.list(format.dialect.nulls)))
            }
            add(format.type.section, members)
        case .parquet:
            if !format.dialect.nulls.isEmpty {
                add("parquet", [("nulls", YAMLWriter.list(format.dialect.nulls))])
            }
        }
    }

    private mutating func add(_ section: String, _ members: [(String, String)]) {
        guard !members.isEmpty else { return }
        lines.append("        \(section):")
        lines += members.map { "          \($0): \($1)" }
    }

    private static func csv(_ dialect: CSVDialect) -> [(String, String)] {
        let standard = CSVDialect()
        var members: [(String, String)] = []
        func add(_ key: String, _ value: String, if differs: Bool) {
            if differs { members.append((key, value)) }
        }
        add("delimiter", YAMLWriter.quoted(dialect.delimiter), if: dialect.delimiter != standard.delimiter)
        add("quote", dialect.quote.map(YAMLWriter.quoted) ?? "none", if: dialect.quote != standard.quote)
        add(
            "escape", YAMLWriter.quoted(dialect.escape ?? ""),
            if: dialect.quote != nil && dialect.escape != dialect.quote)
        add("header", String(dialect.hasHeader), if: dialect.hasHeader != standard.hasHeader)
        add("encoding", dialect.encoding.rawValue, if: dialect.encoding != standard.encoding)
        add("skip_lines", String(dialect.skipLines), if: dialect.skipLines != standard.skipLines)
        add("nulls", YAMLWriter.list(dialect.nulls), if: dialect.nulls != standard.nulls)
        return members
    }

    private static func workbook(_ layout: WorkbookLayout, _ dialect: CSVDialect) -> [(String, String)] {
        var members: [(String, String)] = []
        switch layout.sheet {
        case .position(let position):
            if position != 1 { members.append(("sheet", String(position))) }
        // In quotes it is a name, be it a number.
        case .name(let name): members.append(("sheet", YAMLWriter.quoted(name)))
        }
        if layout.range != CellRange() {
            members.append(("range", YAMLWriter.quoted(layout.range.description)))
        }
        if !dialect.hasHeader { members.append(("header", "false")) }
        if let row = layout.headerRow { members.append(("header_row", String(row))) }
        if dialect.nulls != CSVDialect().nulls {
            members.append(("nulls", YAMLWriter.list(dialect.nulls)))
        }
        return members
    }
}
