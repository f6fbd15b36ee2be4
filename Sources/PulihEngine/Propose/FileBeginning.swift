internal import PulihArchive
internal import PulihModel

/// The first bytes of a file, decompressed, and how they are encoded.
struct FileBeginning {
    static let size = 256 << 10

    let raw: [UInt8]
    let encoding: TextEncoding

    /// - Parameter member: of a zip archive, the file to look into; nil: its only one.
    init(_ path: String, member: String? = nil) throws {
        var raw: [UInt8] = []
        if let member {
            let stream = try ArchiveStream(path: path, member: member)
            var block = [UInt8](repeating: 0, count: Self.size)
            while raw.count < Self.size {
                let count = try block.withUnsafeMutableBytes { try stream.read(into: $0) }
                if count == 0 { break }
                raw.append(contentsOf: block.prefix(min(count, Self.size - raw.count)))
            }
        } else {
            func keep(_ block: UnsafeRawBufferPointer) {
                raw.append(contentsOf: block.prefix(max(0, Self.size - raw.count)))
            }
            try RawReader(path, RecordFormat(.csv, CSVDialect(encoding: .latin1))).forEachBlock(raw: keep) {
                block, _ in
                raw.count < Self.size ? block.count : nil
            }
        }
        self.raw = raw
        encoding = Self.encoding(of: raw)
    }

    /// In UTF-8, without a byte order mark, cut at the end of a line.
    func text(_ encoding: TextEncoding) -> [UInt8] {
        var text: [UInt8] = []
        var decoder = TextDecoder(encoding)
        let isUTF16 = encoding == .utf16LE || encoding == .utf16BE
        let mark = raw.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : isUTF16 && isMarked ? 2 : 0
        raw.withUnsafeBufferPointer {
            decoder.decode(
                UnsafeBufferPointer(rebasing: $0[min(mark, $0.count)...]), isLast: false, into: &text)
        }
        // A record that the sample cuts tells nothing.
        if raw.count >= Self.size, let last = text.lastIndex(of: ASCII.lineFeed) {
            text.removeSubrange((last + 1)...)
        }
        return text
    }

    private var isMarked: Bool { raw.starts(with: [0xFF, 0xFE]) || raw.starts(with: [0xFE, 0xFF]) }

    private static func encoding(of raw: [UInt8]) -> TextEncoding {
        if raw.starts(with: [0xEF, 0xBB, 0xBF]) { return .utf8 }
        if raw.starts(with: [0xFF, 0xFE]) { return .utf16LE }
        if raw.starts(with: [0xFE, 0xFF]) { return .utf16BE }
        // In UTF-16 every other byte of plain text is 0.
        let zeros = raw.enumerated().reduce(into: [0, 0]) { if $1.element == 0 { $0[$1.offset % 2] += 1 } }
        if zeros[1] * 4 > raw.count { return .utf16LE }
        if zeros[0] * 4 > raw.count { return .utf16BE }
        // A character that the sample cuts is no fault.
        return (0...3).contains { String(validating: raw.dropLast($0), as: UTF8.self) != nil }
            ? .utf8 : .windows1252
    }
}
