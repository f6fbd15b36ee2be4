internal import CArchive

/// The files of a zip archive, one after another, in the order of the archive.
@safe public final class ZipMembers {
    public let path: String
    private let archive: OpaquePointer
    private let limits: ArchiveLimits
    private let allowed: Int64
    private var position: Int64 = 0

    /// - Throws: `unreadable`; `damaged` when it has no directory.
    public init(path: String, limits: ArchiveLimits = ArchiveLimits()) throws(ArchiveFailure) {
        let (byRatio, overflow) = try InputFile(path).size.multipliedReportingOverflow(by: limits.ratio)
        allowed = min(limits.bytes, overflow ? .max : max(byRatio, 16 << 20))
        self.path = path
        self.limits = limits
        guard let archive = unsafe archive_read_new() else {
            throw ArchiveFailure(.unreadable, path: path, message: "out of memory")
        }
        // By the directory at the file's end: an archive that was cut has none.
        guard unsafe archive_read_support_format_zip_seekable(archive) == ARCHIVE_OK,
            unsafe archive_read_open_filename(archive, path, 1 << 18) == ARCHIVE_OK
        else {
            unsafe archive_read_free(archive)
            throw ArchiveFailure(
                .damaged, path: path, message: "the zip archive has no readable directory at its end")
        }
        unsafe self.archive = archive
    }

    /// Goes on to the next file; folders and the like are passed.
    /// - Returns: its name with its folders; nil: there is no more.
    public func next() throws(ArchiveFailure) -> String? {
        var entry: OpaquePointer?
        while true {
            switch unsafe archive_read_next_header(archive, &entry) {
            case ARCHIVE_OK, ARCHIVE_WARN: break
            case ARCHIVE_EOF: return nil
            case ARCHIVE_RETRY: continue
            default: throw failure()
            }
            guard let entry = unsafe entry, unsafe archive_entry_filetype(entry) & 0o170000 == 0o100000
            else { continue }
            // Names in an encoding that nobody told come as they are, with marks for what cannot be read.
            let name = unsafe archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
            return unsafe name.map { unsafe String(cString: $0) } ?? "?"
        }
    }

    /// Reads the next bytes of the current file.
    /// - Returns: how many; 0 at its end, when its checksum was compared.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveFailure) -> Int {
        while true {
            let count = unsafe archive_read_data(archive, buffer.baseAddress, buffer.count)
            if count == ARCHIVE_RETRY { continue }
            guard count >= 0 else { throw failure() }
            position += Int64(count)
            guard position <= allowed else {
                throw ArchiveFailure(
                    .limit, path: path, offset: position,
                    message: allowed == limits.bytes
                        ? "the content is larger than the limit of \(limits.bytes) bytes"
                        : "the content is more than \(limits.ratio) times as large as the file")
            }
            return count
        }
    }

    private func failure() -> ArchiveFailure {
        unsafe LibarchiveDecoder.failure(of: archive, path: path, offset: position)
    }

    deinit {
        unsafe archive_read_free(archive)
    }
}

@available(*, unavailable, message: "an archive has one reader")
extension ZipMembers: Sendable {}
