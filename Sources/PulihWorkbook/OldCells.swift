/// Says what stands in a cell of a workbook of old.
final class OldCells {
    private let records: OldRecords
    private let sheet: String
    private let strings: StringStore
    private let kinds: [NumberKind]
    private let is1904: Bool
    private let sink: any CellSink
    private var row: Int?
    private var output: [UInt8] = []

    init(
        _ records: OldRecords, sheet: String, strings: StringStore, kinds: [NumberKind], is1904: Bool,
        sink: any CellSink
    ) {
        self.records = records
        self.sheet = sheet
        self.strings = strings
        self.kinds = kinds
        self.is1904 = is1904
        self.sink = sink
    }

    /// Rows and columns count from 0, as in the file.
    func take(row: Int, column: Int, record at: Int) throws {
        if self.row != row {
            try finish()
            self.row = row
            try sink.beginRow(row + 1)
        }
        let record = try records.record(at)
        let bytes = records.bytes
        output.removeAll(keepingCapacity: true)
        var remark: CellRemark?
        switch record.kind {
        case OldRecords.Kind.shared:
            try records.check(record, has: 10)
            let index = Int(bytes.long(record.at + 6))
            guard index < strings.count else {
                throw WorkbookFailure(
                    .damaged,
                    "sheet '\(sheet)' is damaged: cell \(CellName.column(column + 1))\(row + 1) names shared string \(index), of which there are \(strings.count)"
                )
            }
            return try strings.withText(index) { try sink.cell(column + 1, $0, nil) }
        case OldRecords.Kind.label, OldRecords.Kind.richLabel:
            var text = try OldText(records, record, skipping: 6)
            output = try text.text(lengthBytes: 2)
        case OldRecords.Kind.number:
            try records.check(record, has: 14)
            remark = number(bytes.double(record.at + 6), style: record.at + 4)
        case OldRecords.Kind.short:
            try records.check(record, has: 10)
            remark = number(Self.short(bytes.long(record.at + 6)), style: record.at + 4)
        case OldRecords.Kind.packed:
            let at = record.at + 4 + 6 * (column - Int(bytes.word(record.at + 2)))
            remark = number(Self.short(bytes.long(at + 2)), style: at)
        case OldRecords.Kind.truth: try truth(bytes[record.at + 6], isError: bytes[record.at + 7] != 0)
        case OldRecords.Kind.formula:
            try records.check(record, has: 14)
            remark = try formula(record)
        default: return
        }
        try output.withUnsafeBufferPointer { try sink.cell(column + 1, $0, remark) }
    }

    /// The last row has ended.
    func finish() throws {
        if row != nil { try sink.endRow() }
        row = nil
    }

    /// - Parameter style: where its number stands.
    private func number(_ value: Double, style: Int) -> CellRemark? {
        let style = Int(records.bytes.word(style))
        let kind = style < kinds.count ? kinds[style] : .number
        guard kind != .number else { return CellText.append(value, to: &output) ? .longNumber : nil }
        CellText.append(value, as: kind, is1904: is1904, to: &output)
        return nil
    }

    /// A number in 30 bits: whole, or the upper part of a fraction; maybe a hundredth of it is meant.
    private static func short(_ packed: UInt32) -> Double {
        let value =
            packed & 2 == 0
            ? Double(bitPattern: UInt64(packed & 0xFFFF_FFFC) << 32) : Double(Int32(bitPattern: packed) >> 2)
        return packed & 1 == 0 ? value : value / 100
    }

    private func truth(_ value: UInt8, isError: Bool) throws {
        output.append(contentsOf: Array((isError ? Self.error(value) : value == 0 ? "false" : "true").utf8))
    }

    /// Its value as it was saved.
    private func formula(_ record: OldRecords.Record) throws -> CellRemark? {
        let bytes = records.bytes
        guard bytes.word(record.at + 12) == 0xFFFF else {
            return number(bytes.double(record.at + 6), style: record.at + 4)
        }
        switch bytes[record.at + 6] {
        case 0:
            var next = try records.record(record.next)
            // Formulas that cells share stand between.
            while next.kind != OldRecords.Kind.result {
                guard [0x21, 0x221, 0x236, 0x4BC, 0x3C].contains(next.kind) else {
                    throw OldRecords.damaged("the formula at byte \(record.at - 4) has no text")
                }
                next = try records.record(next.next)
            }
            var text = try OldText(records, next, skipping: 0)
            output = try text.text(lengthBytes: 2)
        case 1: try truth(bytes[record.at + 8], isError: false)
        case 2: try truth(bytes[record.at + 8], isError: true)
        default: break
        }
        return nil
    }

    private static func error(_ code: UInt8) -> String {
        switch code {
        case 0x00: "#NULL!"
        case 0x07: "#DIV/0!"
        case 0x0F: "#VALUE!"
        case 0x17: "#REF!"
        case 0x1D: "#NAME?"
        case 0x24: "#NUM!"
        case 0x2A: "#N/A"
        default: "#ERROR \(code)"
        }
    }
}
