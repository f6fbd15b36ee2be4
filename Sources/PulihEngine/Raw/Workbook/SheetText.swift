internal import PulihModel
internal import PulihWorkbook

/// Writes the table of a sheet as CSV text: a header record unless there is none, then each row that holds anything,
/// its place behind it. Values stand in quotes; what is missing is an empty field without them.
final class SheetText: CellSink {
    /// Whole records.
    var output: [UInt8] = []
    private let layout: WorkbookLayout
    private let hasHeader: Bool
    private let sheet: String
    private let prefix: String
    /// `"Orders!A`
    private let place: [UInt8]
    /// Columns of the table; nil before the header.
    private var width: Int?

    private var row = 0
    private var isTaken = false
    private var isHeader = false
    private var isHeaderRead = false
    private var line: [UInt8] = []
    private var fields = 0
    private var hasValue = false
    private var names: [String] = []
    private var noted = NotedCells()

    init(_ layout: WorkbookLayout, hasHeader: Bool, sheet: String) {
        self.layout = layout
        self.hasHeader = hasHeader
        self.sheet = sheet
        prefix = CellName.prefix(sheet)
        var place: [UInt8] = [Self.quote]
        var first = prefix + CellName.column(layout.range.firstColumn)
        first.withUTF8 { Self.append($0, to: &place) }
        self.place = place
        width =
            layout.range.lastColumn.map { $0 - layout.range.firstColumn + 1 }
            ?? (hasHeader ? nil : layout.width)
    }

    var remarks: [String] { noted.sentences }

    // MARK: rows

    func beginRow(_ row: Int) throws {
        self.row = row
        isHeader = false
        isTaken = false
        hasValue = false
        fields = 0
        line.removeAll(keepingCapacity: true)
        let range = layout.range
        if hasHeader, !isHeaderRead {
            if let headerRow = layout.headerRow {
                guard row <= headerRow else { throw noHeader(headerRow) }
                isHeader = row == headerRow
            } else {
                isHeader = row >= range.firstRow && row <= range.lastRow ?? .max
            }
            isTaken = isHeader
            names = []
        } else {
            isTaken = row >= range.firstRow && row <= range.lastRow ?? .max
        }
    }

    func cell(_ column: Int, _ text: UnsafeBufferPointer<UInt8>, _ remark: CellRemark?) throws {
        guard isTaken, column >= layout.range.firstColumn, column <= layout.range.lastColumn ?? .max else {
            return
        }
        let field = column - layout.range.firstColumn
        if !text.isEmpty { hasValue = true }
        if isHeader {
            while names.count < field { names.append("") }
            names.append(String(decoding: text, as: UTF8.self))
            return
        }
        if let remark { noted.add(remark, "\(prefix)\(CellName.column(column))\(row)", text) }
        skip(to: field)
        line.append(Self.quote)
        Self.append(text, to: &line)
        line.append(Self.quote)
        fields += 1
    }

    func missing(_ column: Int, _ remark: CellRemark) throws {
        guard isTaken, !isHeader, column >= layout.range.firstColumn,
            column <= layout.range.lastColumn ?? .max
        else { return }
        noted.add(remark, "\(prefix)\(CellName.column(column))\(row)", nil)
    }

    func endRow() throws {
        // Empty texts alone are left by formulas that were drawn down too far.
        guard isTaken, hasValue else { return }
        if isHeader { return endHeader() }
        skip(to: max(fields, width ?? 0))
        line.append(contentsOf: place)
        line.append(contentsOf: Array(String(row).utf8))
        line.append(Self.quote)
        line.append(ASCII.lineFeed)
        output.append(contentsOf: line)
    }

    private func endHeader() {
        isHeaderRead = true
        if width == nil {
            while let last = names.last, Blanks.trim(last).isEmpty { names.removeLast() }
            width = names.count
        }
        for index in 0..<width! {
            var name = index < names.count ? names[index] : ""
            output.append(Self.quote)
            name.withUTF8 { Self.append($0, to: &output) }
            output.append(Self.quote)
            output.append(Self.comma)
        }
        output.append(contentsOf: Array("\"\(Lineage.place)\"\n".utf8))
    }

    /// The sheet has ended.
    func finish() throws {
        if hasHeader, !isHeaderRead, let headerRow = layout.headerRow { throw noHeader(headerRow) }
    }

    private func noHeader(_ row: Int) -> WorkbookFailure {
        WorkbookFailure(
            .layout, "row \(row) of the sheet '\(sheet)', which should hold the header, is empty",
            hint: "correct 'header_row' in pulih.yml, or have the sheet delivered as agreed")
    }

    // MARK: text

    /// Leaves fields out up to this one, which may begin then.
    private func skip(to field: Int) {
        while fields < field {
            if fields > 0 { line.append(Self.comma) }
            fields += 1
        }
        if fields > 0 { line.append(Self.comma) }
    }

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")

    private static func append(_ text: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        guard text.contains(quote) else { return output.append(contentsOf: text) }
        for byte in text {
            output.append(byte)
            if byte == quote { output.append(quote) }
        }
    }
}

/// What is to be said of cells: how many, and where the first one stands.
private struct NotedCells {
    private var found: [CellRemark: (count: Int, first: String)] = [:]

    mutating func add(_ remark: CellRemark, _ cell: String, _ text: UnsafeBufferPointer<UInt8>?) {
        if found[remark] == nil {
            found[remark] = (0, cell + (text.map { " = \(String(decoding: $0, as: UTF8.self))" } ?? ""))
        }
        found[remark]!.count += 1
    }

    var sentences: [String] {
        CellRemark.allCases.compactMap { remark in
            guard let (count, first) = found[remark] else { return nil }
            let cells = count == 1 ? "1 cell holds" : "\(count) cells hold"
            return switch remark {
            case .longNumber:
                "\(cells) a number of 16 digits or more, of which Excel keeps 15: \(first)\(count > 1 ? " is the first" : "")"
            case .uncomputed:
                "\(cells) a formula whose value was not saved, and count\(count == 1 ? "s" : "") as missing: \(first)\(count > 1 ? " is the first" : "")"
            }
        }
    }
}
