internal import CSystem
internal import Glibc
internal import Synchronization

/// The name of a file that a library makes, removes and makes anew without ever syncing the folder.
///
/// Never reads the file, nor drops locks that the library holds on it. Calls block.
public final class DurableName: Sendable {
    public let path: String
    /// Keeps the file's number from being given to the next one.
    private let known = Mutex<Descriptor?>(nil)

    public init(_ path: String) {
        self.path = path
    }

    /// Makes the name durable; costs next to nothing while it stands for the same file as at the last call.
    public func settle() throws(SystemFailure) {
        try known.withLock { known throws(SystemFailure) in
            let (number, code) = uninterrupted { unsafe Int(pulih_open_to_examine(path)) }
            guard number >= 0 else {
                guard code == ENOENT else { throw SystemFailure("examine", path: path, errno: code) }
                known = nil
                return
            }
            let file = Descriptor(adopting: Int32(number))
            let now = FileIdentity(try file.status(path: path))
            let before = try known?.status(path: path)
            if let before, FileIdentity(before).isSameFile(as: now) { return }
            try DurableFile.syncFolder(PathParts.folder(of: path))
            known = consume file
        }
    }
}
