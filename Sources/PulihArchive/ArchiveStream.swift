/// How much content a compressed file may have. What is beyond is refused while it is read.
public struct ArchiveLimits: Sendable, Hashable {
    /// Bytes of content.
    public var bytes: Int64
    /// Bytes of content per byte of the file. Counts only once there are more than 16 MiB of content: a small
    /// file of equal lines is no attack.
    public var ratio: Int64

    public init(bytes: Int64 = .max, ratio: Int64 = 5000) {
        self.bytes = bytes
        self.ratio = ratio
    }
}

/// Reads the content of a compressed file as it is decompressed, in bounded memory.
///
/// Only the end that `read` reports proves the file whole: every checksum and end mark was compared by then.
/// A file that is cut or damaged is refused, be it in its last byte. What its format does not protect by a
/// checksum cannot be proven: zstd may be written without one.
///
/// Files made of several gzip, zstd, bzip2 or xz streams, one after another, are read as one. A zip archive
/// must hold exactly one file, or the one to read is named.
public final class ArchiveStream {
    public let path: String
    public let format: ArchiveFormat
    /// Bytes of content delivered so far.
    public private(set) var position: Int64 = 0
    /// The name of the file in a zip archive, `nil` for other formats.
    public let memberName: String?
    private let limits: ArchiveLimits
    private let allowed: Int64
    private let decoder: any Decoder
    private var failure: ArchiveFailure?

    /// Whether a file is in a format that this can read, by its first bytes, not by its name.
    /// - Throws: `unreadable`.
    public static func isCompressed(_ path: String) throws(ArchiveFailure) -> Bool {
        try ArchiveFormat.detect(path) != nil
    }

    /// The files in a zip archive, by name, in their order.
    /// - Throws: `unreadable`, `damaged`; `limit` when there are more than anyone would pack.
    public static func members(of path: String) throws(ArchiveFailure) -> [String] {
        try LibarchiveDecoder.files(of: path)
    }

    /// - Parameter member: of a zip archive, the file to read, as `members` names it; nil: its only one.
    /// - Throws: `unreadable`, `unsupported`, `notOneMember`; `damaged` if that shows already.
    public init(path: String, member: String? = nil, limits: ArchiveLimits = ArchiveLimits())
        throws(ArchiveFailure)
    {
        guard let format = try ArchiveFormat.detect(path) else {
            throw ArchiveFailure(.unsupported, path: path, message: "its first bytes are of no known format")
        }
        let size = try InputFile(path).size
        if format == .gzip {
            decoder = try GzipDecoder(path)
            memberName = nil
        } else {
            let decoder = try LibarchiveDecoder(path, format: format, size: size, member: member)
            memberName = decoder.memberName
            self.decoder = decoder
        }
        self.path = path
        self.format = format
        self.limits = limits
        let (byRatio, overflow) = size.multipliedReportingOverflow(by: limits.ratio)
        allowed = min(limits.bytes, overflow ? .max : max(byRatio, 16 << 20))
    }

    /// Reads the next bytes of the content.
    ///
    /// - Parameter buffer: must not be empty.
    /// - Returns: how many bytes were written, 0 at the end, when the whole file has been verified.
    /// - Throws: `damaged`, `unsupported`, `limit`, `unreadable`; the same again if it is called once more.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveFailure) -> Int {
        precondition(buffer.count > 0, "an empty buffer cannot tell the end")
        if let failure { throw failure }
        do throws(ArchiveFailure) {
            let count = try unsafe decoder.read(into: buffer)
            guard position + Int64(count) <= allowed else { throw excess() }
            position += Int64(count)
            return count
        } catch {
            failure = error
            throw error
        }
    }

    private func excess() -> ArchiveFailure {
        ArchiveFailure(
            .limit, path: path, offset: position,
            message: allowed == limits.bytes
                ? "the content is larger than the limit of \(limits.bytes) bytes"
                : "the content is more than \(limits.ratio) times as large as the file")
    }
}

@available(*, unavailable, message: "a stream has one reader")
extension ArchiveStream: Sendable {}

/// One way of decompressing; `read` as in `ArchiveStream`.
protocol Decoder: AnyObject {
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveFailure) -> Int
}
