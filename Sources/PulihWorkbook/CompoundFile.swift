internal import PulihSystem

/// Looks into files of the format that encrypted workbooks and those of old are kept in (OLE 2).
enum CompoundFile {
    enum Kind { case encryptedPackage, workbook, other }

    /// By the names in its directory, which lies anywhere in the file; nil: it is no such file.
    static func kind(_ path: String) throws -> Kind? {
        var reader = try FileReader(path)
        var block = [UInt8](repeating: 0, count: FileReader.bufferSize)
        var tail: [UInt8] = []
        var isFirst = true
        var kind = Kind.other
        while true {
            let count = try reader.read(into: &block)
            if isFirst {
                guard count >= 8, block.starts(with: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) else {
                    return nil
                }
                isFirst = false
            }
            if count == 0 { return kind }
            // A name that the block's end cuts is found with the next.
            let text = tail + block[..<count]
            if contains(text, "EncryptedPackage") { return .encryptedPackage }
            if contains(text, "Workbook") || contains(text, "Book") { kind = .workbook }
            tail = Array(text.suffix(64))
        }
    }

    private static func contains(_ bytes: [UInt8], _ name: String) -> Bool {
        // Directory entries are 128 bytes long and begin with the name in UTF-16.
        let wanted: [UInt8] = name.utf8.flatMap { [$0, 0] as [UInt8] } + [0, 0]
        guard bytes.count >= wanted.count else { return false }
        return bytes.withUnsafeBytes { memory in
            for at in 0...(memory.count - wanted.count) where memory[at] == wanted[0] {
                if memory[at..<(at + wanted.count)].elementsEqual(wanted) { return true }
            }
            return false
        }
    }
}
