internal import CSystem
internal import Glibc
internal import Synchronization

/// A lock that the system frees when its process ends, however that happens.
///
/// Held through a lock file, which stays: removing it would let two hold the lock. Local disks only.
public final class FileLock: Sendable {
    public let path: String
    private let file: Mutex<Descriptor?>

    private init(path: String, file: consuming Descriptor) {
        self.path = path
        self.file = Mutex(file)
    }

    /// Takes the lock without waiting and notes this process's number in the file, for people to read.
    /// - Returns: nil if somebody else holds it, also this process through another `FileLock`.
    public static func tryAcquire(_ path: String) throws(SystemFailure) -> FileLock? {
        while true {
            let file = try Descriptor(opening: path, O_RDWR | O_CREAT, permissions: 0o644, operation: "lock")
            let (result, code) = uninterrupted { Int(pulih_lock(file.number, 0)) }
            guard result == 0 else {
                if code == EWOULDBLOCK { return nil }
                throw SystemFailure("lock", path: path, errno: code)
            }
            // Somebody may have removed the file between open and lock: then the lock binds nobody.
            let locked = FileIdentity(try file.status(path: path))
            guard try FileIdentity.ifPresent(path)?.isSameFile(as: locked) == true else { continue }
            guard ftruncate(file.number, 0) == 0 else {
                throw SystemFailure("write", path: path, errno: Glibc.errno)
            }
            try file.write(Array("\(getpid())\n".utf8)[...], path: path)
            return FileLock(path: path, file: file)
        }
    }

    /// The number of the process that took the lock last; nil if it cannot be told.
    public static func holder(of path: String) throws(SystemFailure) -> Int32? {
        do {
            let bytes = try FileReader.readAll(path, limit: 4_096)
            return Int32(String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" })
        } catch  where error.isMissing {
            return nil
        }
    }

    /// Gives the lock back; again is harmless. Without it the lock goes with the object.
    public func release() {
        file.withLock { $0 = nil }
    }
}
