internal import PulihArchive

/// A workbook of Excel 97 to 2003 (XLS). Its stream is held in memory; its sheets have 65,536 rows at most. Blocks the
/// thread.
public final class OldWorkbook: Spreadsheet {
    public private(set) var sheets: [Sheet] = []
    private let records: OldRecords
    private let strings = StringStore()
    private var is1904 = false
    private var kinds: [NumberKind] = []

    /// - Throws: `WorkbookFailure`, `SystemFailure`.
    public init(_ path: String) throws {
        try Self.refuseOtherFormats(path)
        guard let stream = try CompoundStream.read(["Workbook", "Book"], of: path) else {
            throw WorkbookFailure(.unsupported, "it has no workbook in it", hint: "look at what it is")
        }
        records = OldRecords(bytes: stream)
        try readGlobals()
    }

    public func reader(of sheet: Sheet, into sink: any CellSink) throws -> any SheetSteps {
        guard let at = Int(sheet.place) else {
            throw OldRecords.damaged("the sheet '\(sheet.name)' lies nowhere")
        }
        let cells = OldCells(
            records, sheet: sheet.name, strings: strings, kinds: kinds, is1904: is1904, sink: sink)
        return try OldSheetReader(records, at: at, cells)
    }

    private func readGlobals() throws {
        let first = try records.record(0)
        guard first.kind == OldRecords.Kind.begin, first.count >= 2, records.bytes.word(first.at) == 0x600
        else {
            throw WorkbookFailure(
                .unsupported, "it is a workbook of Excel 95 or before", hint: "have it saved as XLSX")
        }
        var formats: [Int: NumberKind] = [:]
        var styles: [Int] = []
        var next = first.next
        while true {
            let record = try records.record(next)
            next = record.next
            switch record.kind {
            case OldRecords.Kind.end:
                kinds = styles.map { formats[$0] ?? NumberFormat.builtIn($0) }
                return try strings.finish()
            case OldRecords.Kind.password:
                throw WorkbookFailure(
                    .encrypted, "the workbook is encrypted with a password",
                    hint: "have it saved without a password")
            case OldRecords.Kind.is1904:
                try records.check(record, has: 2)
                is1904 = records.bytes.word(record.at) == 1
            case OldRecords.Kind.format:
                try records.check(record, has: 2)
                var text = try OldText(records, record, skipping: 2)
                let code = String(decoding: try text.text(lengthBytes: 2), as: UTF8.self)
                formats[Int(records.bytes.word(record.at))] = NumberFormat.kind(code)
            case OldRecords.Kind.style:
                try records.check(record, has: 4)
                styles.append(Int(records.bytes.word(record.at + 2)))
            case OldRecords.Kind.sheet: try readSheet(record)
            case OldRecords.Kind.strings: try readStrings(record)
            default: break
            }
        }
    }

    private func readSheet(_ record: OldRecords.Record) throws {
        try records.check(record, has: 8)
        var text = try OldText(records, record, skipping: 6)
        sheets.append(
            Sheet(
                name: String(decoding: try text.text(lengthBytes: 1), as: UTF8.self),
                isHidden: records.bytes[record.at + 4] & 3 != 0, isTable: records.bytes[record.at + 5] == 0,
                place: "\(records.bytes.long(record.at))"))
    }

    private func readStrings(_ record: OldRecords.Record) throws {
        try records.check(record, has: 8)
        var text = try OldText(records, record, skipping: 8)
        for _ in 0..<records.bytes.long(record.at + 4) { try strings.append(try text.text(lengthBytes: 2)) }
    }

    private static func refuseOtherFormats(_ path: String) throws {
        switch try CompoundFile.kind(path) {
        case .encryptedPackage:
            throw WorkbookFailure(
                .encrypted, "the workbook is encrypted with a password",
                hint: "have it saved without a password")
        case .workbook, .other: return
        case nil:
            throw try ArchiveFormat.detect(path) == .zip
                ? WorkbookFailure(.unsupported, "it is a zip archive, as XLSX is", hint: "write type: xlsx")
                : WorkbookFailure(
                    .unsupported,
                    "it is no workbook of old: its first bytes are not those of a compound file",
                    hint: "look at what it is; programs give tables in HTML or CSV this name")
        }
    }
}

@available(*, unavailable, message: "a workbook has one reader")
extension OldWorkbook: Sendable {}
