/// A compression format, told by a file's first bytes, whatever its name says.
public enum ArchiveFormat: String, Sendable, Hashable, CaseIterable {
    case gzip, zstandard, bzip2, xz, zip

    /// The format of a file; `nil` if it is in none of these, as any plain or empty file.
    ///
    /// XLSX files are zip archives and are reported as such.
    /// - Throws: `unreadable`.
    public static func detect(_ path: String) throws(ArchiveFailure) -> ArchiveFormat? {
        let file = try InputFile(path)
        let start = try file.readPrefix(10)
        return allCases.first { $0.matches(start) }
    }

    private func matches(_ start: [UInt8]) -> Bool {
        switch self {
        case .gzip: start.starts(with: [0x1F, 0x8B, 8])
        case .zstandard: start.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
        // The mark of the first block, or that of the end, belongs to it: a text may start with BZh.
        case .bzip2:
            start.starts(with: Array("BZh".utf8)) && start.count == 10
                && [[0x31, 0x41, 0x59, 0x26, 0x53, 0x59], [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]]
                    .contains(Array(start[4...]))
        case .xz: start.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0])
        case .zip: start.starts(with: [0x50, 0x4B, 3, 4]) || start.starts(with: [0x50, 0x4B, 5, 6])
        }
    }
}
