internal import PulihModel
internal import PulihSystem
internal import PulihWorkbook

/// The table of a workbook's sheet as CSV text. Blocks the thread.
final class WorkbookSource: ByteSource {
    private let text: SheetText
    private let reader: any SheetSteps
    private var taken = 0
    private var isAtEnd = false

    init(_ workbook: any Spreadsheet, _ layout: WorkbookLayout, hasHeader: Bool) throws {
        let sheet = try SheetFinder(workbook.sheets).find(layout.sheet)
        var layout = layout
        if !hasHeader, layout.width == nil, layout.range.lastColumn == nil {
            let widest = WidestRow(layout.range)
            let first = try workbook.reader(of: sheet, into: widest)
            while try first.step() { try Task.checkCancellation() }
            layout.width = widest.width
        }
        text = SheetText(layout, hasHeader: hasHeader, sheet: sheet.name)
        reader = try workbook.reader(of: sheet, into: text)
    }

    var remarks: [String] { text.remarks }

    func read(into block: inout [UInt8]) throws -> Int {
        if taken == text.output.count {
            text.output.removeAll(keepingCapacity: true)
            taken = 0
        }
        while text.output.isEmpty, !isAtEnd {
            isAtEnd = try !reader.step()
            if isAtEnd { try text.finish() }
            try Task.checkCancellation()
        }
        let count = min(block.count, text.output.count - taken)
        block.withUnsafeMutableBytes { target in
            text.output.withUnsafeBytes { source in
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[taken..<(taken + count)]))
            }
        }
        taken += count
        return count
    }
}

/// Finds the sheet that is configured.
struct SheetFinder {
    let sheets: [Sheet]

    init(_ sheets: [Sheet]) {
        self.sheets = sheets
    }

    func find(_ choice: WorkbookLayout.SheetChoice) throws -> Sheet {
        switch choice {
        case .position(let position):
            let visible = sheets.filter { !$0.isHidden && $0.isTable }
            guard position <= visible.count else {
                throw failure(
                    visible.isEmpty
                        ? "it has no sheet that a person sees"
                        : "it has \(visible.count) sheet\(visible.count == 1 ? "" : "s") that a person sees, none at position \(position)"
                )
            }
            return visible[position - 1]
        case .name(let name):
            let found =
                sheets.first { $0.name == name }.map { [$0] }
                ?? sheets.filter {
                    Self.matches(Array(name.lowercased())[...], Array($0.name.lowercased())[...])
                }
            guard let sheet = found.first else { throw failure("it has no sheet '\(name)'") }
            guard found.count == 1 else {
                throw failure("'\(name)' means several of its sheets: \(Self.list(found))")
            }
            guard sheet.isTable else {
                throw failure("its sheet '\(sheet.name)' is a chart and has no cells")
            }
            return sheet
        }
    }

    private func failure(_ problem: String) -> WorkbookFailure {
        WorkbookFailure(
            .sheet, problem,
            hint:
                "its sheets are \(Self.list(sheets)); correct 'sheet' in pulih.yml, or have it delivered as agreed"
        )
    }

    private static func list(_ sheets: [Sheet]) -> String {
        sheets.prefix(20).map { "'\($0.name)'\($0.isHidden ? " (hidden)" : "")" }.joined(separator: ", ")
            + (sheets.count > 20 ? ", …" : "")
    }

    /// `*` and `?`; in lower case.
    private static func matches(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
        guard let head = pattern.first else { return name.isEmpty }
        if head == "*" {
            return (name.startIndex...name.endIndex).contains { matches(pattern.dropFirst(), name[$0...]) }
        }
        guard let first = name.first, head == "?" || head == first else { return false }
        return matches(pattern.dropFirst(), name.dropFirst())
    }
}

/// How many columns a table without header has.
private final class WidestRow: CellSink {
    private let range: CellRange
    private var isTaken = false
    private(set) var width = 0

    init(_ range: CellRange) {
        self.range = range
    }

    func beginRow(_ row: Int) throws { isTaken = row >= range.firstRow && row <= range.lastRow ?? .max }

    func cell(_ column: Int, _ text: UnsafeBufferPointer<UInt8>, _ remark: CellRemark?) throws {
        if isTaken, !text.isEmpty { width = max(width, column - range.firstColumn + 1) }
    }

    func missing(_ column: Int, _ remark: CellRemark) throws {}
    func endRow() throws {}
}
