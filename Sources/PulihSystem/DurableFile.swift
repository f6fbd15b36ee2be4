internal import CSystem
internal import Glibc

/// Changes to files that survive a power cut once the call returned.
///
/// All functions block; call them off the cooperative pool. Every failure is a `SystemFailure`.
public enum DurableFile {
    /// Puts the bytes at the path, whole or not at all: temporary file, sync, rename, sync of the folder.
    ///
    /// Replaces what was there. A crash leaves the old content or the new, and perhaps a temporary file that
    /// `isTemporary` recognises. Safe to repeat.
    public static func write(
        _ bytes: [UInt8], to path: String, permissions: UInt32 = 0o644
    ) throws(SystemFailure) {
        let folder = PathParts.folder(of: path)
        let temporary = try fillTemporary(in: folder, permissions: permissions) {
            file, name throws(SystemFailure) in
            try file.write(bytes[...], path: name)
        }
        let code = replace(path, by: temporary)
        guard code == 0 else {
            let failure = SystemFailure("rename", path: temporary, target: path, errno: code)
            throw discarding(temporary, because: failure)
        }
        try syncFolder(folder)
    }

    /// As `write(_:to:)`, in UTF-8.
    public static func write(
        _ text: String, to path: String, permissions: UInt32 = 0o644
    ) throws(SystemFailure) {
        try write(Array(text.utf8), to: path, permissions: permissions)
    }

    /// Copies the content and the permission bits, whole or not at all; never replaces the target.
    ///
    /// Streams: memory does not grow with the file. A crash may leave a temporary file (`isTemporary`).
    /// - Returns: the bytes copied.
    /// - Throws: `isExisting` if the target is taken.
    @discardableResult
    public static func copy(_ source: String, to target: String) throws(SystemFailure) -> Int64 {
        var reader = try FileReader(source)
        let permissions = try reader.permissions()
        let folder = PathParts.folder(of: target)
        var copied: Int64 = 0
        let temporary = try fillTemporary(in: folder, permissions: permissions) {
            file, name throws(SystemFailure) in
            var buffer = [UInt8](repeating: 0, count: FileReader.bufferSize)
            while true {
                let count = try reader.read(into: &buffer)
                if count == 0 { break }
                try file.write(buffer[..<count], path: name)
                copied += Int64(count)
            }
        }
        do {
            try rename(temporary, to: target)
        } catch {
            let failure = SystemFailure(
                "copy", path: source, target: target, errno: error.errno, text: error.text)
            throw discarding(temporary, because: failure)
        }
        return copied
    }

    /// Removes one file and syncs its folder.
    /// - Returns: false if there was nothing to remove.
    @discardableResult
    public static func remove(_ path: String) throws(SystemFailure) -> Bool {
        guard unsafe unlink(path) == 0 else {
            if Glibc.errno == ENOENT { return false }
            throw SystemFailure("remove", path: path, errno: Glibc.errno)
        }
        try syncFolder(PathParts.folder(of: path))
        return true
    }

    /// Makes the folder and those above it that are missing; syncs the parent of each folder it makes.
    /// - Throws: "Not a directory" if a file stands in the way.
    public static func createFolders(_ path: String) throws(SystemFailure) {
        var status = stat()
        if unsafe stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw SystemFailure("create folder", path: path, errno: ENOTDIR)
            }
            return
        }
        guard Glibc.errno == ENOENT else {
            throw SystemFailure("create folder", path: path, errno: Glibc.errno)
        }
        let parent = PathParts.folder(of: path)
        guard parent != path else { throw SystemFailure("create folder", path: path, errno: ENOENT) }
        try createFolders(parent)
        guard unsafe mkdir(path, 0o777) == 0 else {
            let code = Glibc.errno
            // Somebody else was faster: check again that it is a folder.
            if code == EEXIST, unsafe stat(path, &status) == 0 { return try createFolders(path) }
            throw SystemFailure("create folder", path: path, errno: code)
        }
        try syncFolder(parent)
    }

    /// Makes the names in a folder durable. Silent where the file system has no such operation.
    ///
    /// The corresponding C function is `fsync` on the folder.
    public static func syncFolder(_ path: String) throws(SystemFailure) {
        let folder = try Descriptor(opening: path, O_RDONLY | O_DIRECTORY, operation: "sync folder")
        let code = syncFully(folder.number)
        guard code == 0 || code == EINVAL else {
            throw SystemFailure("sync folder", path: path, errno: code)
        }
    }

    /// Whether a file of this name is what a crash left of a `write` or `copy`; such files may be removed.
    public static func isTemporary(_ name: String) -> Bool {
        PathParts.name(of: name).hasPrefix(temporaryPrefix)
    }

    /// A name for a temporary file that no other has; `isTemporary` knows it.
    public static func temporaryName(_ suffix: String = "") -> String {
        temporaryPrefix + String(UInt64.random(in: .min ... .max), radix: 16) + suffix
    }

    private static let temporaryPrefix = ".pulih-tmp-"

    /// Makes a new file beside the target, lets the closure fill it, syncs and closes it.
    private static func fillTemporary(
        in folder: String, permissions: UInt32,
        _ fill: (borrowing Descriptor, String) throws(SystemFailure) -> Void
    ) throws(SystemFailure) -> String {
        let path = PathParts.join(folder, temporaryName())
        let file = try Descriptor(
            opening: path, O_WRONLY | O_CREAT | O_EXCL, permissions: permissions, operation: "create")
        do {
            try fill(file, path)
            try file.sync(path: path)
            try file.close(path: path)
        } catch {
            throw discarding(path, because: error)
        }
        return path
    }

    /// Removes a temporary file after a failure; if even that fails, the failure says so.
    private static func discarding(_ temporary: String, because failure: SystemFailure) -> SystemFailure {
        guard unsafe unlink(temporary) != 0, Glibc.errno != ENOENT else { return failure }
        return SystemFailure(
            failure.operation, path: failure.path, target: failure.target, errno: failure.errno,
            text: "\(failure.text); \(temporary) is left behind")
    }
}
