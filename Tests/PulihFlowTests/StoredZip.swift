import Foundation

/// A zip archive of files as they are, with whatever names.
enum StoredZip {
    static func make(_ files: [(name: [UInt8], content: String)]) -> Data {
        var data: [UInt8] = []
        var directory: [UInt8] = []
        for (name, content) in files {
            let bytes = Array(content.utf8)
            let fixed =
                [20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x58] + four(crc(bytes)) + four(UInt32(bytes.count))
                + four(UInt32(bytes.count)) + two(name.count) + [0, 0]
            directory += [0x50, 0x4B, 1, 2, 20, 3] + fixed
            directory += [0, 0, 0, 0, 0, 0] + four(0x81A4_0000) + four(UInt32(data.count)) + name
            data += [0x50, 0x4B, 3, 4] + fixed + name + bytes
        }
        let end =
            [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + two(files.count) + two(files.count)
            + four(UInt32(directory.count)) + four(UInt32(data.count)) + [0, 0]
        return Data(data + directory + end)
    }

    private static func two(_ number: Int) -> [UInt8] { [UInt8(number & 0xFF), UInt8(number >> 8)] }

    private static func four(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in
                value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
            }
        }
    }
}
