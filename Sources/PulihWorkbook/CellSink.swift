/// What takes the cells of a sheet, row by row, from the left to the right. Rows and columns count from 1; both grow, and
/// rows and cells that hold nothing may be left out.
public protocol CellSink: AnyObject {
    func beginRow(_ row: Int) throws
    /// - Parameter text: as `CellText` writes it, in UTF-8; valid during the call. Empty for an empty text.
    func cell(_ column: Int, _ text: UnsafeBufferPointer<UInt8>, _ remark: CellRemark?) throws
    /// A cell without a value about which there is something to say.
    func missing(_ column: Int, _ remark: CellRemark) throws
    func endRow() throws
}

/// What a person should know of a cell.
public enum CellRemark: Sendable, Hashable, CaseIterable {
    /// A whole number of 16 digits or more, of which Excel keeps 15.
    case longNumber
    /// A formula whose value was not saved.
    case uncomputed
}

/// Names of cells as people write them.
public enum CellName {
    /// What Excel can hold.
    public static let lastRow = 1 << 20
    public static let lastColumn = 1 << 14

    /// `AB` for 28.
    public static func column(_ number: Int) -> String {
        var letters: [UInt8] = []
        var rest = number
        while rest > 0 {
            letters.append(UInt8(ascii: "A") + UInt8((rest - 1) % 26))
            rest = (rest - 1) / 26
        }
        return String(decoding: letters.reversed(), as: UTF8.self)
    }

    /// The name of a sheet before a cell's, quoted as Excel does where it must be: `'My sheet'!`.
    public static func prefix(_ sheet: String) -> String {
        let isPlain =
            sheet.unicodeScalars.allSatisfy {
                $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0)
            }
            && !("0"..."9").contains(sheet.first ?? "0")
        return isPlain
            ? sheet + "!"
            : "'\(sheet.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'!"
    }

    /// Column and row of `AB17`; nil for anything else.
    static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> (column: Int, row: Int)? {
        var at = 0
        var column = 0
        while at < bytes.count, case let letter = bytes[at] & 0xDF, (65...90).contains(letter) {
            column = column * 26 + Int(letter) - 64
            guard column <= lastColumn else { return nil }
            at += 1
        }
        guard column > 0, let row = number(UnsafeBufferPointer(rebasing: bytes[at...])), row <= lastRow else {
            return nil
        }
        return (column, row)
    }

    /// A whole number from 1.
    static func number(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard !bytes.isEmpty, bytes.count <= 9 else { return nil }
        var number = 0
        for byte in bytes {
            guard (48...57).contains(byte) else { return nil }
            number = number * 10 + Int(byte) - 48
        }
        return number > 0 ? number : nil
    }
}
