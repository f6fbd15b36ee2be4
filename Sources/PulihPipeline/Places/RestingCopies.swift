public import PulihModel
internal import PulihSystem

/// Copies of raw files that rest, for a reader that holds no client.
public struct RestingCopies: Sendable {
    private let layout: WorkspaceLayout
    private let places: Places
    private let folder: String

    /// - Parameter folder: absolute; is made when it is needed, and is the caller's to remove.
    public init(_ layout: WorkspaceLayout, _ places: Places, folder: String) {
        self.layout = layout
        self.places = places
        self.folder = folder
    }

    /// - Returns: nil: it rests nowhere, or is gone.
    public func copy(of file: FileRecord) async throws -> String? {
        guard let store = places.raw else { return nil }
        let (layout, folder) = (layout, folder)
        let files = BatchFiles(layout: layout, client: file.client)
        let manifests = ManifestStore(layout: layout, client: file.client)
        let target = "\(folder)/\(file.key.source).\(file.physicalName)"
        let mark = try await BlockingWork.run { () throws -> RestMark? in
            guard
                let named = try manifests.read(file.batch)?.files.first(where: {
                    $0.physicalName == file.physicalName && $0.key == file.key
                })
            else { return nil }
            return RestMark.of(RestingParts.raw(named, files).own, named)
        }
        guard let mark else { return nil }
        if try await BlockingWork.run({ try FileIdentity.ifPresent(target) }) != nil { return target }
        guard let object = try await store.find(mark.key) else { return nil }
        try await BlockingWork.run { try DurableFile.createFolders(folder) }
        _ = try await store.fetch(object, to: target)
        return target
    }
}
