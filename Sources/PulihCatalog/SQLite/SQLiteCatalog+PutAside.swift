import PulihModel
import PulihSystem

extension SQLiteCatalog {
    /// Gives the catalog, with its log, another name, so that a new one can be made in its place.
    /// - Returns: the path that it has now; nil: there was none.
    public static func putAside(path: String, mark: String) async throws -> String? {
        do {
            return try await BlockingWork.run {
                let aside = "\(path).\(mark)"
                var isThere = false
                for suffix in ["", "-wal", "-shm"] where try FileIdentity.ifPresent(path + suffix) != nil {
                    try DurableFile.rename(path + suffix, to: aside + suffix)
                    isThere = true
                }
                return isThere ? aside : nil
            }
        } catch {
            throw catalogError(error, path: path)
        }
    }
}
