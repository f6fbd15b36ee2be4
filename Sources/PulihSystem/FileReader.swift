internal import CSystem
internal import Glibc

/// Reads a file once, from the beginning to the end. Calls block.
public struct FileReader: ~Copyable, Sendable {
    /// A size of buffer that keeps the disk busy: 1 MiB.
    public static let bufferSize = 1 << 20

    public let path: String
    private let file: Descriptor

    /// - Throws: `isMissing` if there is no file.
    public init(_ path: String) throws(SystemFailure) {
        self.path = path
        file = try Descriptor(opening: path, O_RDONLY)
        // A hint only: pipes and some file systems refuse it, and reading works all the same.
        _ = posix_fadvise(file.number, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    /// Reads into the front of the buffer, whose size it keeps.
    /// - Returns: how many bytes; at least 1, or 0 at the end of the file.
    public mutating func read(into buffer: inout [UInt8]) throws(SystemFailure) -> Int {
        precondition(!buffer.isEmpty, "a buffer of no bytes would look like the end of the file")
        return try file.read(into: &buffer, path: path)
    }

    /// The identity of the open file, also when its name was given to another meanwhile.
    public borrowing func identity() throws(SystemFailure) -> FileIdentity {
        FileIdentity(try file.status(path: path))
    }

    borrowing func permissions() throws(SystemFailure) -> UInt32 {
        try file.status(path: path).st_mode & 0o777
    }

    /// The whole content.
    /// - Parameter limit: bytes; a longer file is refused rather than cut.
    public static func readAll(_ path: String, limit: Int) throws(SystemFailure) -> [UInt8] {
        let reader = try FileReader(path)
        let expected = max(0, Int(try reader.identity().size))
        var content = [UInt8](repeating: 0, count: min(expected, limit) + 1)
        var filled = 0
        while true {
            let count = try reader.file.read(into: &content, from: filled, path: path)
            if count == 0 { break }
            filled += count
            guard filled <= limit else {
                throw SystemFailure(
                    "read", path: path, errno: EFBIG, text: "it is longer than \(limit) bytes")
            }
            // The file may have grown, or be one that shows no size, as those under /proc.
            if filled == content.count {
                content.append(contentsOf: repeatElement(0, count: min(filled, limit - filled) + 1))
            }
        }
        content.removeLast(content.count - filled)
        return content
    }

    /// The whole content as text.
    /// - Throws: also if it is not valid UTF-8. A byte order mark stays.
    public static func readText(_ path: String, limit: Int) throws(SystemFailure) -> String {
        let bytes = try readAll(path, limit: limit)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SystemFailure("read", path: path, errno: EILSEQ, text: "it is not valid UTF-8")
        }
        return text
    }
}
