/// A small workbook of the format of Excel 97 to 2003, made record by record.
public struct OldWorkbookFile {
    public enum Value: Sendable {
        case number(Double)
        case short(Int32)
        case text(String)
        case label(String)
        case truth(Bool)
        case error(UInt8)
        /// A formula with its value.
        case made(Double)
        case madeText(String)
        case madeError(UInt8)
    }

    public struct Cell: Sendable {
        public var row: Int
        public var column: Int
        public var style: Int
        public var value: Value

        /// Rows and columns from 0; style 0 is General, then those of `formats`.
        public init(_ row: Int, _ column: Int, _ value: Value, style: Int = 0) {
            self.row = row
            self.column = column
            self.style = style
            self.value = value
        }
    }

    public var sheets: [(name: String, isHidden: Bool, cells: [Cell])]
    public var formats: [String]
    public var is1904 = false
    public var isEncrypted = false
    public var version = 0x600
    /// Bytes of the record of shared strings after which it goes on in another.
    public var stringsPerRecord = 8_000

    public init(_ sheets: [(name: String, isHidden: Bool, cells: [Cell])], formats: [String] = []) {
        self.sheets = sheets
        self.formats = formats
    }

    // MARK: compound file

    public var bytes: [UInt8] {
        var stream = self.stream
        stream += zeros(max(4096, (stream.count + 511) / 512 * 512) - stream.count)
        let count = stream.count / 512
        // Sector 0 is the table, 1 the directory, the stream follows.
        var table: [Int] = [0xFFFF_FFFD, 0xFFFF_FFFE]
        for sector in 3..<(2 + count) { table.append(sector) }
        table.append(0xFFFF_FFFE)
        precondition(table.count <= 128, "too large for one sector of the table")
        while table.count < 128 { table.append(0xFFFF_FFFF) }
        var bytes: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]
        bytes += zeros(16)
        bytes += words([0x3E, 3, 0xFFFE, 9, 6])
        bytes += zeros(6)
        bytes += longs([0, 1, 1, 0, 4096, 0xFFFF_FFFE, 0, 0xFFFF_FFFE, 0, 0])
        bytes += [UInt8](repeating: 0xFF, count: 108 * 4)
        bytes += longs(table)
        bytes += entry("Root Entry", 5, 0xFFFF_FFFE, 0, child: 1)
        bytes += entry("Workbook", 2, 2, stream.count)
        bytes += zeros(256)
        return bytes + stream
    }

    private func entry(_ name: String, _ kind: UInt8, _ start: Int, _ size: Int, child: Int = 0xFFFF_FFFF)
        -> [UInt8]
    {
        var bytes = words(name.utf16.map { Int($0) } + [0])
        let length = bytes.count
        bytes += zeros(64 - length)
        bytes += little(length, 2)
        bytes += [kind, 1]
        bytes += longs([0xFFFF_FFFF, 0xFFFF_FFFF, child])
        bytes += zeros(36)
        bytes += longs([start, size, 0])
        return bytes
    }

    // MARK: records

    private var stream: [UInt8] {
        var globals = record(0x809, words([version, 5]) + zeros(12))
        if isEncrypted { globals += record(0x2F, zeros(6)) }
        if is1904 { globals += record(0x22, words([1])) }
        for (index, format) in formats.enumerated() {
            globals += record(0x41E, words([164 + index]) + text(format, 2))
        }
        for index in -1..<formats.count {
            globals += record(0xE0, words([0, index < 0 ? 0 : 164 + index]) + zeros(16))
        }
        var strings: [String] = []
        let bodies = sheets.map { body($0.cells, &strings) }
        let shared = sharedStrings(strings)
        var at = globals.count + shared.count + 4
        for sheet in sheets { at += 10 + text(sheet.name, 1).count }
        for (sheet, body) in zip(sheets, bodies) {
            var content = longs([at])
            content += [sheet.isHidden ? 1 : 0, 0]
            content += text(sheet.name, 1)
            globals += record(0x85, content)
            at += body.count
        }
        globals += shared
        globals += record(0x0A, [])
        for body in bodies { globals += body }
        return globals
    }

    /// Goes on in another record inside a text where there is no room.
    private func sharedStrings(_ strings: [String]) -> [UInt8] {
        var records: [UInt8] = []
        var kind = 0xFC
        var content = longs([strings.count, strings.count])
        for string in strings {
            content += words([string.utf16.count])
            content.append(1)
            for unit in string.utf16 {
                if content.count + 2 > stringsPerRecord {
                    records += record(kind, content)
                    (kind, content) = (0x3C, [1])
                }
                content += little(Int(unit), 2)
            }
        }
        return records + record(kind, content)
    }

    private func body(_ cells: [Cell], _ strings: inout [String]) -> [UInt8] {
        var body = record(0x809, words([0x600, 0x10]) + zeros(12))
        for cell in cells {
            let head = words([cell.row, cell.column, cell.style])
            switch cell.value {
            case .number(let value): body += record(0x203, head + double(value))
            case .short(let value): body += record(0x27E, head + longs([Int(value) << 2 | 2]))
            case .text(let value):
                body += record(0xFD, head + longs([strings.count]))
                strings.append(value)
            case .label(let value): body += record(0x204, head + text(value, 2))
            case .truth(let value): body += record(0x205, head + [value ? 1 : 0, 0])
            case .error(let code): body += record(0x205, head + [code, 1])
            case .made(let value): body += record(0x06, head + double(value) + zeros(6))
            case .madeText(let value):
                let special: [UInt8] = [0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
                body += record(0x06, head + special + zeros(6))
                body += record(0x207, text(value, 2))
            case .madeError(let code):
                let special: [UInt8] = [2, 0, code, 0, 0, 0, 0xFF, 0xFF]
                body += record(0x06, head + special + zeros(6))
            }
        }
        return body + record(0x0A, [])
    }

    private func record(_ kind: Int, _ content: [UInt8]) -> [UInt8] {
        words([kind, content.count]) + content
    }

    private func text(_ text: String, _ lengthBytes: Int) -> [UInt8] {
        var bytes = little(text.utf16.count, lengthBytes)
        bytes.append(1)
        for unit in text.utf16 { bytes += little(Int(unit), 2) }
        return bytes
    }

    private func double(_ value: Double) -> [UInt8] { little(Int(bitPattern: UInt(value.bitPattern)), 8) }
    private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    private func words(_ numbers: [Int]) -> [UInt8] {
        var bytes: [UInt8] = []
        for number in numbers { bytes += little(number, 2) }
        return bytes
    }

    private func longs(_ numbers: [Int]) -> [UInt8] {
        var bytes: [UInt8] = []
        for number in numbers { bytes += little(number, 4) }
        return bytes
    }

    private func little(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
