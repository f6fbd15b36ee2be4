internal import CArchive

/// Reads everything but gzip through libarchive, which checks the checksums these formats carry.
@safe final class LibarchiveDecoder: Decoder {
    /// Of a zip archive.
    let memberName: String?
    private let path: String
    private let size: Int64
    private let format: ArchiveFormat
    private let archive: OpaquePointer
    private var produced: Int64 = 0

    init(_ path: String, format: ArchiveFormat, size: Int64, member: String?)
        throws(ArchiveFailure)
    {
        self.path = path
        self.size = size
        self.format = format
        if let member {
            memberName = member
        } else {
            memberName = format == .zip ? try Self.onlyMember(of: path) : nil
        }
        unsafe archive = try Self.open(path, format: format)
        while true {
            let entry = try unsafe Self.nextEntry(of: archive, path: path)
            guard let entry = unsafe entry else {
                throw ArchiveFailure(.damaged, path: path, message: "the member is gone")
            }
            if format != .zip { break }
            let name = unsafe Self.name(of: entry)
            if unsafe Self.isFile(entry), member == nil || name == member { break }
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveFailure) -> Int {
        while true {
            let count = unsafe archive_read_data(archive, buffer.baseAddress, buffer.count)
            if count == ARCHIVE_RETRY { continue }
            // A wrong CRC in a zip archive is only a warning to libarchive.
            guard count >= 0 else {
                throw unsafe Self.failure(of: archive, path: path, offset: produced)
            }
            if count == 0 { try checkEnd() }
            produced += Int64(count)
            return count
        }
    }

    /// libarchive takes what follows a complete stream for padding, and bzip2 data that was cut off for that
    /// too.
    private func checkEnd() throws(ArchiveFailure) {
        guard format != .zip else { return }
        let consumed = unsafe archive_filter_bytes(archive, -1)
        guard consumed != size else { return }
        throw ArchiveFailure(
            .damaged, path: path, offset: produced,
            message: "the compressed data ends at byte \(consumed) of the file, which has \(size)")
    }

    /// Opens without guessing: the format is known. Only so a damaged beginning is told from an empty
    /// content.
    @unsafe private static func open(_ path: String, format: ArchiveFormat) throws(ArchiveFailure)
        -> OpaquePointer
    {
        guard let archive = unsafe archive_read_new() else {
            throw ArchiveFailure(.unreadable, path: path, message: "out of memory")
        }
        let filter: Int32? =
            switch format {
            case .zstandard: ARCHIVE_FILTER_ZSTD
            case .bzip2: ARCHIVE_FILTER_BZIP2
            case .xz: ARCHIVE_FILTER_XZ
            case .zip, .gzip: nil
            }
        var state: Int32
        if let filter {
            state = unsafe archive_read_set_format(archive, ARCHIVE_FORMAT_RAW)
            if state == ARCHIVE_OK { state = unsafe archive_read_append_filter(archive, filter) }
        } else {
            // By the directory at the file's end: an archive that was cut has none.
            state = unsafe archive_read_support_format_zip_seekable(archive)
        }
        if state == ARCHIVE_OK { state = unsafe archive_read_open_filename(archive, path, 1 << 18) }
        guard state == ARCHIVE_OK else {
            var failure = unsafe failure(of: archive, path: path, offset: 0)
            if format == .zip, failure.kind == .damaged {
                failure = ArchiveFailure(
                    .damaged, path: path, message: "the zip archive has no readable directory at its end")
            }
            unsafe archive_read_free(archive)
            throw failure
        }
        return unsafe archive
    }

    static func files(of path: String) throws(ArchiveFailure) -> [String] {
        // It starts with its directory's end, so nothing is before that. libarchive takes such a file for
        // none.
        if try InputFile(path).readPrefix(4) == [0x50, 0x4B, 5, 6] { return [] }
        let archive = try unsafe open(path, format: .zip)
        defer { unsafe archive_read_free(archive) }
        var names: [String] = []
        while let entry = try unsafe nextEntry(of: archive, path: path) {
            guard unsafe isFile(entry) else { continue }
            guard names.count < 100_000 else {
                throw ArchiveFailure(
                    .limit, path: path, message: "the archive holds more than \(names.count) files")
            }
            names.append(unsafe name(of: entry))
        }
        return names
    }

    private static func onlyMember(of path: String) throws(ArchiveFailure) -> String {
        let names = try files(of: path)
        guard let name = names.first, names.count == 1 else {
            let list = names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : "")
            throw ArchiveFailure(
                .notOneMember, path: path,
                message: names.isEmpty
                    ? "the archive holds no file"
                    : "the archive holds \(names.count) files, one is expected: \(list)",
                members: names)
        }
        return name
    }

    /// Warnings of a header are about names in another locale, not about data.
    @unsafe private static func nextEntry(
        of archive: OpaquePointer, path: String
    ) throws(ArchiveFailure) -> OpaquePointer? {
        var entry: OpaquePointer?
        while true {
            switch unsafe archive_read_next_header(archive, &entry) {
            case ARCHIVE_OK, ARCHIVE_WARN: return unsafe entry
            case ARCHIVE_EOF: return nil
            case ARCHIVE_RETRY: continue
            default: throw unsafe failure(of: archive, path: path, offset: 0)
            }
        }
    }

    @unsafe private static func name(of entry: OpaquePointer) -> String {
        let name = unsafe archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
        return unsafe name.map { unsafe String(cString: $0) } ?? "?"
    }

    @unsafe private static func isFile(_ entry: OpaquePointer) -> Bool {
        unsafe archive_entry_filetype(entry) & 0o170000 == 0o100000
    }

    @unsafe static func failure(of archive: OpaquePointer, path: String, offset: Int64)
        -> ArchiveFailure
    {
        let message =
            unsafe archive_error_string(archive).map { unsafe String(cString: $0) } ?? "unknown error"
        let isUnsupported = message.contains("upport") || message.contains("assphrase")
        return ArchiveFailure(
            isUnsupported ? .unsupported : .damaged, path: path, offset: offset, message: message)
    }

    deinit {
        unsafe archive_read_free(archive)
    }
}
