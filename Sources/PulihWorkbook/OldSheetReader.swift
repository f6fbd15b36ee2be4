/// Hands the cells of a sheet over in the order of rows and columns, which the stream need not have.
final class OldSheetReader: SheetSteps {
    private static let cellsOfStep = 10_000

    /// Row, column, and where the cell's record begins: 16, 16 and 32 bits.
    private var order: [UInt64] = []
    private var next = 0
    private let cells: OldCells

    init(_ records: OldRecords, at: Int, _ cells: OldCells) throws {
        self.cells = cells
        var at = at
        guard try records.record(at).kind == OldRecords.Kind.begin else {
            throw OldRecords.damaged("no sheet begins at byte \(at)")
        }
        // Charts in a sheet are streams in its stream.
        var depth = 0
        var isSorted = true
        func add(_ record: OldRecords.Record, column: Int) throws {
            guard column < CellName.lastColumn else {
                throw OldRecords.damaged("a cell stands in column \(column + 1)")
            }
            let row = UInt64(records.bytes.word(record.at))
            let key = row << 48 | UInt64(column) << 32 | UInt64(record.at - 4)
            if let last = order.last, last > key { isSorted = false }
            order.append(key)
        }
        while true {
            let record = try records.record(at)
            at = record.next
            switch record.kind {
            case OldRecords.Kind.begin: depth += 1
            case OldRecords.Kind.end: depth -= 1
            case OldRecords.Kind.packed where depth == 1:
                try records.check(record, has: 12)
                let first = Int(records.bytes.word(record.at + 2))
                for index in 0..<((record.count - 6) / 6) { try add(record, column: first + index) }
            case OldRecords.Kind.number, OldRecords.Kind.short, OldRecords.Kind.shared, OldRecords.Kind.label,
                OldRecords.Kind.richLabel, OldRecords.Kind.truth, OldRecords.Kind.formula:
                guard depth == 1 else { break }
                try records.check(record, has: 8)
                try add(record, column: Int(records.bytes.word(record.at + 2)))
            default: break
            }
            if depth <= 0 { break }
        }
        if !isSorted { order.sort() }
    }

    func step() throws -> Bool {
        let end = min(next + Self.cellsOfStep, order.count)
        while next < end {
            let key = order[next]
            let column = Int(key >> 32 & 0xFFFF)
            // Of a cell that stands twice the later record is what Excel shows.
            if next + 1 == order.count || order[next + 1] >> 32 != key >> 32 {
                try cells.take(row: Int(key >> 48), column: column, record: Int(key & 0xFFFF_FFFF))
            }
            next += 1
        }
        guard next == order.count else { return true }
        try cells.finish()
        return false
    }
}
