internal import PulihXML

/// Reads the rows of a sheet's part and hands their cells over.
final class SheetParser: XMLHandler {
    /// Excel takes 32,767 characters.
    static let longestText = 4 << 20
    static let tooLong = WorkbookFailure(.limit, "a text in it is longer than \(longestText) bytes")

    private enum Place { case outside, rows, row, cell, value, formula, inline, inlineText }
    private enum CellType { case number, shared, text, boolean, error, date }

    private let sink: any CellSink
    private let strings: StringStore
    private let kinds: [NumberKind]
    private let is1904: Bool
    private let sheet: String

    private var place = Place.outside
    /// Elements that stand inside one that says nothing here.
    private var skipped = 0
    private var row = 0
    private var column = 0
    private var type = CellType.number
    private var style = 0
    private var hasValue = false
    private var hasFormula = false
    private var text: [UInt8] = []
    private var output: [UInt8] = []

    init(_ sink: any CellSink, sheet: String, strings: StringStore, kinds: [NumberKind], is1904: Bool) {
        self.sink = sink
        self.sheet = sheet
        self.strings = strings
        self.kinds = kinds
        self.is1904 = is1904
    }

    // MARK: elements

    func begin(_ element: XMLName, _ attributes: XMLAttributes) throws {
        guard skipped == 0 else {
            skipped += 1
            return
        }
        switch (place, element) {
        case (.outside, "sheetData"): place = .rows
        case (.outside, _): break
        case (.rows, "row"): try beginRow(attributes)
        case (.row, "c"): try beginCell(attributes)
        case (.cell, "v"):
            hasValue = true
            place = .value
        case (.cell, "f"):
            hasFormula = true
            place = .formula
        case (.cell, "is"):
            hasValue = true
            place = .inline
        case (.inline, "t"): place = .inlineText
        // A run of rich text has its own t.
        case (.inline, "r"): break
        default: skipped = 1
        }
    }

    func end(_ element: XMLName) throws {
        guard skipped == 0 else {
            skipped -= 1
            return
        }
        switch place {
        case .outside: break
        case .rows: place = .outside
        case .row:
            try sink.endRow()
            place = .rows
        case .cell:
            try endCell()
            place = .row
        case .value, .formula: place = .cell
        case .inline: if element == "is" { place = .cell }
        case .inlineText: place = .inline
        }
    }

    func text(_ piece: UnsafeBufferPointer<UInt8>) throws {
        guard place == .value || place == .inlineText, skipped == 0 else { return }
        text.append(contentsOf: piece)
        guard text.count <= Self.longestText else { throw Self.tooLong }
    }

    private func beginRow(_ attributes: XMLAttributes) throws {
        var number = row + 1
        try attributes.each { name, isPrefixed, value in
            guard name == "r", !isPrefixed else { return }
            guard let found = CellName.number(value), found <= CellName.lastRow else {
                throw damaged("a row is numbered '\(Self.shown(value))'")
            }
            number = found
        }
        guard number > row else { throw damaged("row \(number) stands behind row \(row)") }
        guard number <= CellName.lastRow else { throw damaged("it has more than \(CellName.lastRow) rows") }
        row = number
        column = 0
        place = .row
        try sink.beginRow(row)
    }

    private func beginCell(_ attributes: XMLAttributes) throws {
        var number = column + 1
        type = .number
        style = 0
        hasValue = false
        hasFormula = false
        text.removeAll(keepingCapacity: true)
        try attributes.each { name, isPrefixed, value in
            guard !isPrefixed else { return }
            switch name {
            case "r":
                guard let found = CellName.parse(value), found.row == row else {
                    throw damaged("a cell of row \(row) is named '\(Self.shown(value))'")
                }
                number = found.column
            case "s":
                guard value.count != 1 || value[0] != 48 else { return }
                guard let found = CellName.number(value) else {
                    throw damaged("a cell of row \(row) has the style '\(Self.shown(value))'")
                }
                style = found
            case "t": type = try cellType(value)
            default: break
            }
        }
        guard number > column else {
            throw damaged(
                "cell \(CellName.column(number))\(row) stands behind \(CellName.column(column))\(row)")
        }
        guard number <= CellName.lastColumn else {
            throw damaged("row \(row) has more than \(column) columns")
        }
        column = number
        place = .cell
    }

    private func cellType(_ value: UnsafeBufferPointer<UInt8>) throws -> CellType {
        if value.count == 1 {
            switch value[0] {
            case UInt8(ascii: "s"): return .shared
            case UInt8(ascii: "n"): return .number
            case UInt8(ascii: "b"): return .boolean
            case UInt8(ascii: "e"): return .error
            case UInt8(ascii: "d"): return .date
            default: break
            }
        }
        switch Self.shown(value) {
        case "str", "inlineStr": return .text
        case let other: throw damaged("a cell of row \(row) is of the type '\(other)'")
        }
    }

    // MARK: values

    private func endCell() throws {
        guard hasValue, !text.isEmpty || type == .text else {
            // Programs that do not compute leave the values out.
            if hasFormula { try sink.missing(column, .uncomputed) }
            return
        }
        output.removeAll(keepingCapacity: true)
        var remark: CellRemark?
        switch type {
        case .shared:
            guard let index = Self.index(text), index < strings.count else {
                throw damaged(
                    "cell \(name) names shared string \(Self.shown(text)), of which there are \(strings.count)"
                )
            }
            try strings.withText(index) { try sink.cell(column, $0, nil) }
            return
        case .text: CellText.append(unescaping: text, to: &output)
        case .error: output.append(contentsOf: text)
        case .boolean:
            guard text == [48] || text == [49] || text == Array("true".utf8) || text == Array("false".utf8)
            else {
                throw damaged("cell \(name) is '\(Self.shown(text))', neither true nor false")
            }
            output.append(
                contentsOf: Array((text[0] == 49 || text[0] == UInt8(ascii: "t") ? "true" : "false").utf8))
        case .date: CellText.date(text, kind, into: &output)
        case .number: remark = try number()
        }
        try output.withUnsafeBufferPointer { try sink.cell(column, $0, remark) }
    }

    private func number() throws -> CellRemark? {
        guard kind == .number else {
            guard let value = CellText.double(text) else { throw noNumber() }
            CellText.append(value, as: kind, is1904: is1904, to: &output)
            return nil
        }
        guard let isLong = CellText.number(text, into: &output) else { throw noNumber() }
        return isLong ? .longNumber : nil
    }

    private var kind: NumberKind { style < kinds.count ? kinds[style] : .number }
    private var name: String { CellName.column(column) + "\(row)" }

    private func noNumber() -> WorkbookFailure {
        damaged("cell \(name) holds '\(Self.shown(text))', no number")
    }

    private func damaged(_ problem: String) -> WorkbookFailure {
        WorkbookFailure(.damaged, "sheet '\(sheet)' is damaged: \(problem)")
    }

    private static func index(_ text: [UInt8]) -> Int? {
        guard text.count <= 9 else { return nil }
        var index = 0
        for byte in text {
            guard (48...57).contains(byte) else { return nil }
            index = index * 10 + Int(byte) - 48
        }
        return index
    }

    private static func shown(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes.prefix(40), as: UTF8.self)
    }
}
