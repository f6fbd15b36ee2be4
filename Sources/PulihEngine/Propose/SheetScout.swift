internal import PulihModel
internal import PulihWorkbook

/// Takes the first rows of a sheet.
final class SheetScout: CellSink {
    /// Rows that are looked at.
    static let looked = 200

    struct Row {
        let number: Int
        /// Cells that hold anything, by column.
        var cells: [Int: String] = [:]
    }

    /// Those that hold anything.
    private(set) var rows: [Row] = []
    private var row = Row(number: 0)
    var isFull: Bool { rows.count >= Self.looked }

    func beginRow(_ row: Int) throws { self.row = Row(number: row) }

    func cell(_ column: Int, _ text: UnsafeBufferPointer<UInt8>, _ remark: CellRemark?) throws {
        guard !isFull else { return }
        let text = String(decoding: text, as: UTF8.self)
        if !Blanks.trim(text).isEmpty { row.cells[column] = text }
    }

    func missing(_ column: Int, _ remark: CellRemark) throws {}

    func endRow() throws {
        if !isFull, !row.cells.isEmpty { rows.append(row) }
    }
}

/// Where the table of a sheet stands, from its first rows.
struct SheetGuess {
    /// Of which the sheet is still to be named.
    let layout: WorkbookLayout
    let hasHeader: Bool
    /// See `HeaderGuess`.
    let positional: [String]?
    let columns: Int
    /// Some row stands below the header.
    let hasRecords: Bool
    private(set) var remarks: [String]

    /// - Returns: nil for a sheet that holds nothing.
    init?(_ rows: [SheetScout.Row]) {
        // Titles and notes take fewer cells than half of what a row usually has.
        let usual = rows.map(\.cells.count).sorted().dropFirst(rows.count / 2).first ?? 0
        guard let start = rows.firstIndex(where: { $0.cells.count * 2 > usual }) else { return nil }
        let table = rows[start...]
        let left = table.compactMap { $0.cells.keys.min() }.min()!
        let right = table.compactMap { $0.cells.keys.max() }.max()!
        let header = table[start]
        let named = header.cells.keys.max()!
        let head = HeaderGuess(
            table.enumerated().map { index, row in
                (left...(index == 0 ? named : right)).map { row.cells[$0] ?? "" }
            })
        var layout = WorkbookLayout()
        layout.range.firstColumn = left
        var remarks = head.remarks
        if start > 0 {
            remarks.append(
                "row \(rows[0].number)\(start > 1 ? " to \(rows[start - 1].number)" : "") above the table \(start > 1 ? "are" : "is") no part of it"
            )
        }
        if head.positional != nil {
            layout.range.firstRow = header.number + 1
            layout.range.lastColumn = named
            layout.range.lastRow = CellName.lastRow
        } else if head.isHeader {
            if start > 0 { layout.headerRow = header.number }
            if right > named {
                layout.range.lastColumn = named
                remarks.append(
                    "cells right of column \(CellName.column(named)), which have no name in the header, are left out"
                )
            }
        } else if start > 0 {
            layout.range.firstRow = header.number
        }
        self.layout = layout
        hasHeader = head.isHeader && head.positional == nil
        positional = head.positional
        columns = (head.isHeader ? named : right) - left + 1
        hasRecords = table.count > (head.isHeader ? 1 : 0)
        self.remarks = remarks
    }
}
