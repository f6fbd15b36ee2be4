internal import Glibc

/// A file that comes piece by piece and appears under its name whole and durable, or not at all.
///
/// Until then it has a temporary name beside its place, which a crash may leave (`DurableFile.isTemporary`). Used by one
/// thread at a time; calls block.
public final class ArrivingFile {
    /// Where it will be.
    public let path: String
    /// Bytes that came so far.
    public private(set) var count: Int64 = 0
    private let temporary: String
    /// nil: installed or discarded.
    private var file: Descriptor?
    private var buffer: [UInt8] = []

    public init(_ path: String, permissions: UInt32 = 0o644) throws(SystemFailure) {
        self.path = path
        temporary = PathParts.join(PathParts.folder(of: path), DurableFile.temporaryName())
        file = try Descriptor(
            opening: temporary, O_WRONLY | O_CREAT | O_EXCL, permissions: permissions, operation: "create")
        buffer.reserveCapacity(FileReader.bufferSize)
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(SystemFailure) {
        unsafe buffer.append(contentsOf: bytes)
        count += Int64(bytes.count)
        if buffer.count >= FileReader.bufferSize { try flush() }
    }

    /// Forgets what came.
    public func restart() throws(SystemFailure) {
        guard let number = file?.number else { return }
        buffer.removeAll(keepingCapacity: true)
        count = 0
        guard ftruncate(number, 0) == 0, lseek(number, 0, SEEK_SET) == 0 else {
            throw SystemFailure("empty", path: temporary, errno: Glibc.errno)
        }
    }

    /// Puts the file in its place; never replaces one.
    /// - Throws: `isExisting` if the place is taken.
    public func install() throws(SystemFailure) {
        precondition(file != nil, "a file arrives once")
        try flush()
        try file!.sync(path: temporary)
        try file.take()!.close(path: temporary)
        do {
            try DurableFile.rename(temporary, to: path)
        } catch {
            remove()
            throw error
        }
    }

    /// Removes what came. Safe to repeat, and after `install` without effect.
    public func discard() {
        guard file != nil else { return }
        file = nil
        remove()
    }

    deinit {
        if file != nil { remove() }
    }

    /// Where even this fails the name tells what it is.
    private func remove() {
        _ = unsafe unlink(temporary)
    }

    private func flush() throws(SystemFailure) {
        guard !buffer.isEmpty else { return }
        try file!.write(buffer[...], path: temporary)
        buffer.removeAll(keepingCapacity: true)
    }
}
