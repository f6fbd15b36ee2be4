/// Writes zip archives; of what is not compressed before, nothing is.
public enum StoredZip {
    public struct Member {
        let name: String
        let content: [UInt8]
        let method: Int
        let size: Int
        let checksum: UInt32

        public init(_ name: String, _ content: [UInt8]) {
            self.name = name
            self.content = content
            method = 0
            size = content.count
            checksum = StoredZip.checksum(content)
        }

        /// - Parameters:
        ///   - size: of its content.
        ///   - checksum: of its content, by CRC-32.
        public init(_ name: String, deflated: [UInt8], size: Int, checksum: UInt32) {
            self.name = name
            content = deflated
            method = 8
            self.size = size
            self.checksum = checksum
        }
    }

    public static func bytes(of members: [(name: String, content: [UInt8])]) -> [UInt8] {
        bytes(of: members.map { Member($0.name, $0.content) })
    }

    public static func bytes(of members: [Member]) -> [UInt8] {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for member in members {
            let (offset, content) = (archive.count, member.content)
            let name = Array(member.name.utf8)
            // Version, flags (names in UTF-8), method, time, date.
            var shared = little(20, 2) + little(0x800, 2) + little(member.method, 2) + little(0, 2)
            shared += little(0x21, 2) + little(Int(member.checksum), 4)
            shared += little(content.count, 4) + little(member.size, 4)
            shared += little(name.count, 2) + little(0, 2)
            archive += [0x50, 0x4B, 3, 4] + shared + name + content
            directory += [0x50, 0x4B, 1, 2] + little(20, 2) + shared + little(0, 2) + little(0, 2)
            directory += little(0, 2) + little(0o100644 << 16, 4) + little(offset, 4) + name
        }
        let end =
            [0x50, 0x4B, 5, 6] + little(0, 4) + little(members.count, 2) + little(members.count, 2)
            + little(directory.count, 4) + little(archive.count, 4) + little(0, 2)
        return archive + directory + end
    }

    private static func little(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    fileprivate static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }
}
