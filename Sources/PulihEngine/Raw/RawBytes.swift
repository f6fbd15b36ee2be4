internal import PulihArchive
internal import PulihModel
internal import PulihSystem

/// Bytes that come one block after another, once. Blocks the thread.
protocol ByteSource: AnyObject {
    /// Reads into the front of the block, whose size it keeps.
    /// - Returns: how many bytes; at least 1, or 0 at the end.
    func read(into block: inout [UInt8]) throws -> Int
    /// What a person should know of the file, once it was read to its end.
    var remarks: [String] { get }
}

extension ByteSource {
    var remarks: [String] { [] }
}

/// The bytes of a raw file, decompressed where it is compressed.
final class RawBytes: ByteSource {
    let identity: FileIdentity
    let isCompressed: Bool
    private var file: FileReader?
    private let stream: ArchiveStream?
    private let members: MemberBytes?

    init(_ path: String, _ format: RecordFormat = RecordFormat()) throws {
        isCompressed = try ArchiveStream.isCompressed(path)
        let reader = try FileReader(path)
        identity = try reader.identity()
        let unpacking = format.unpacking
        let limits = ArchiveLimits(
            bytes: unpacking.largestBytes.map { Int64($0) } ?? .max, ratio: Int64(unpacking.ratio))
        members = try unpacking.members.map {
            try MemberBytes(path, pattern: $0, format.dialect, limits)
        }
        stream = isCompressed && members == nil ? try ArchiveStream(path: path, limits: limits) : nil
        file = isCompressed ? nil : consume reader
    }

    func read(into block: inout [UInt8]) throws -> Int {
        if let members { return try members.read(into: &block) }
        if let stream { return try block.withUnsafeMutableBytes { try stream.read(into: $0) } }
        return try file!.read(into: &block)
    }
}
