/// Where the table of a file stands in a workbook.
public struct WorkbookLayout: Sendable, Hashable {
    public enum SheetChoice: Sendable, Hashable {
        /// Among the sheets that a person sees, from 1.
        case position(Int)
        /// Case does not count; `*` and `?`, which no name can hold, stand for any characters.
        case name(String)
    }

    public var sheet: SheetChoice
    public var range: CellRange
    /// The row that holds the header, as Excel numbers it; nil: the first of the range that holds anything.
    public var headerRow: Int?
    /// Columns of a table without header; nil: as many as its widest row has.
    public var width: Int?

    public init(
        sheet: SheetChoice = .position(1), range: CellRange = CellRange(), headerRow: Int? = nil,
        width: Int? = nil
    ) {
        self.sheet = sheet
        self.range = range
        self.headerRow = headerRow
        self.width = width
    }

    public var json: JSONValue {
        var members: [JSONMember] = []
        switch sheet {
        case .position(let position): members.append(.init("sheet", .number(position)))
        case .name(let name): members.append(.init("sheet", .string(name)))
        }
        members.append(.init("range", .string(range.description)))
        if let headerRow { members.append(.init("header_row", .number(headerRow))) }
        if let width { members.append(.init("width", .number(width))) }
        return .object(members)
    }
}

/// A part of a sheet: `B3:F100`, `B3` (from there on), `B:F` (these columns). Rows and columns count from 1.
public struct CellRange: Sendable, Hashable, CustomStringConvertible {
    public var firstColumn = 1
    public var firstRow = 1
    /// nil: as far as the table goes.
    public var lastColumn: Int?
    public var lastRow: Int?

    public init() {}

    /// nil for what is no range, or one that ends before it begins.
    public init?(_ text: String) {
        let corners = text.split(separator: ":", omittingEmptySubsequences: false).map(Self.corner)
        guard corners.count <= 2, let first = corners.first, let first, let column = first.column else {
            return nil
        }
        firstColumn = column
        firstRow = first.row ?? 1
        guard corners.count == 2 else {
            guard first.row != nil else { return nil }
            return
        }
        guard let last = corners[1], let lastColumn = last.column, (last.row == nil) == (first.row == nil)
        else {
            return nil
        }
        self.lastColumn = lastColumn
        lastRow = last.row
        guard lastColumn >= firstColumn, (lastRow ?? .max) >= firstRow else { return nil }
    }

    public var description: String {
        guard let lastColumn else { return Self.letters(firstColumn) + "\(firstRow)" }
        guard let lastRow else { return "\(Self.letters(firstColumn)):\(Self.letters(lastColumn))" }
        return "\(Self.letters(firstColumn))\(firstRow):\(Self.letters(lastColumn))\(lastRow)"
    }

    public static func letters(_ column: Int) -> String {
        column > 26
            ? letters((column - 1) / 26) + letters((column - 1) % 26 + 1)
            : String(Unicode.Scalar(UInt8(64 + column)))
    }

    /// Column and row of `B3` or `$B$3`; without row for `B`.
    private static func corner(_ text: Substring) -> (column: Int?, row: Int?)? {
        var rest = text.uppercased().filter { $0 != "$" }[...]
        var column = 0
        while let letter = rest.first?.asciiValue, (65...90).contains(letter) {
            column = column * 26 + Int(letter) - 64
            guard column <= 1 << 14 else { return nil }
            rest.removeFirst()
        }
        guard column > 0 else { return nil }
        if rest.isEmpty { return (column, nil) }
        guard rest.allSatisfy({ $0.isASCII && $0.isNumber }), let row = Int(rest),
            (1...(1 << 20)).contains(row)
        else { return nil }
        return (column, row)
    }
}
