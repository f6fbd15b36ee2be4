internal import PulihCrypto
internal import PulihSystem

/// SHA-256 of files, read piece by piece. Calls block.
enum FileDigest {
    static func of(_ path: String) throws -> String {
        var reader = try FileReader(path)
        var hash = SHA256()
        var buffer = [UInt8](repeating: 0, count: FileReader.bufferSize)
        while true {
            let count = try reader.read(into: &buffer)
            if count == 0 { return hash.finish().hex }
            buffer[..<count].withUnsafeBytes { hash.update($0) }
        }
    }
}
