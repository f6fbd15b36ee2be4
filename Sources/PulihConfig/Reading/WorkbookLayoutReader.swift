import PulihModel
import PulihYAML

/// Reads `xlsx:` and `xls:`.
struct WorkbookLayoutReader {
    static let keys = ["sheet", "range", "header", "header_row", "nulls"]

    let source: YAMLSource

    /// - Parameters:
    ///   - name: of the section.
    ///   - columns: how many are configured.
    func read(_ node: YAMLNode?, _ name: String, columns: Int) -> (
        layout: WorkbookLayout, dialect: CSVDialect
    ) {
        var layout = WorkbookLayout()
        var dialect = CSVDialect()
        if let node, let section = Section(node, name, keys: Self.keys, in: source) {
            layout.sheet = sheet(section)
            if let text = section.text("range") { layout.range = range(text, section) }
            dialect.hasHeader = section.bool("header") ?? true
            layout.headerRow = section.int("header_row", in: 1...(1 << 20))
            dialect.nulls = section.texts("nulls")?.map(\.text) ?? dialect.nulls
            check(layout, dialect, section)
        }
        if !dialect.hasHeader, layout.range.lastColumn == nil { layout.width = columns }
        return (layout, dialect)
    }

    private func sheet(_ section: Section) -> WorkbookLayout.SheetChoice {
        guard let node = section["sheet"] else { return .position(1) }
        // In quotes it is a name, be it a number.
        if node.intValue != nil { return .position(section.int("sheet", in: 1...10_000) ?? 1) }
        let name = section.text("sheet") ?? ""
        if name.isEmpty { section.report("sheet", "'sheet' is empty") }
        return .name(name)
    }

    private func range(_ text: String, _ section: Section) -> CellRange {
        if let range = CellRange(text) { return range }
        section.report(
            "range", "'\(text)' is no range of cells", hint: "write B3:F100, B:F, or B3 for all from there on"
        )
        return CellRange()
    }

    private func check(_ layout: WorkbookLayout, _ dialect: CSVDialect, _ section: Section) {
        guard let headerRow = layout.headerRow else { return }
        if !dialect.hasHeader {
            section.report("header_row", "'header_row' has no effect where there is no header")
        }
        if let last = layout.range.lastRow, headerRow >= last {
            section.report(
                "header_row", "the header of row \(headerRow) stands behind the range \(layout.range)")
        }
    }
}
