internal import PulihModel
internal import PulihSystem

/// The side file goes where its data goes, under the data's new name: nothing about it need be remembered to finish
/// what was begun.
extension Claimer {
    /// Safe to repeat. One that is gone is missed when the totals are compared.
    func takeSideFile(of record: FileRecord, _ file: ManifestFile) async throws {
        guard let spec = environment.configuration.file(record.key),
            let old = spec.sideName(of: record.originalName), let new = spec.sideName(of: file.physicalName)
        else { return }
        let incoming = environment.layout.raw(client.name, file.key.source, .incoming)
        let target = environment.layout.raw(client.name, file.key.source, .success) + "/" + new
        try await BlockingWork.run {
            guard try FileIdentity.ifPresent(target) == nil,
                try FileIdentity.ifPresent("\(incoming)/\(old)") != nil
            else { return }
            try DurableFile.remove("\(incoming)/\(old).done")
            try DurableFile.rename("\(incoming)/\(old)", to: target, sync: false)
        }
    }

    /// Names each side file in the manifest, with its hash.
    func describeSideFiles(_ manifest: inout Manifest) async throws {
        for index in manifest.files.indices {
            let file = manifest.files[index]
            guard let name = environment.configuration.file(file.key)?.sideName(of: file.physicalName) else {
                continue
            }
            let path = environment.layout.raw(client.name, file.key.source, .success) + "/" + name
            let hash = try await BlockingWork.run {
                try FileIdentity.ifPresent(path) == nil ? nil : try FileDigest.of(path)
            }
            manifest.files[index].unknown += [
                JSONMember(ManifestFile.controlFile, .string(name)),
                JSONMember("control_sha256", .optional(hash)),
            ]
        }
    }
}

extension ManifestFile {
    static let controlFile = "control_file"

    /// The side file that was claimed with it, as it is called now.
    var sideName: String? { unknown.first { $0.name == ManifestFile.controlFile }?.value.string }
}

extension BatchFiles {
    func moveSideFile(
        _ file: ManifestFile, from: WorkspaceLayout.RawPlace, to: WorkspaceLayout.RawPlace
    ) throws {
        guard let name = file.sideName else { return }
        let source = layout.raw(client, file.key.source, from) + "/" + name
        guard try FileIdentity.ifPresent(source) != nil else { return }
        try DurableFile.rename(source, to: layout.raw(client, file.key.source, to) + "/" + name)
    }
}
