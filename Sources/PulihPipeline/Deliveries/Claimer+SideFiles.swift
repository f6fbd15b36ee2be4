internal import PulihModel
internal import PulihSystem

/// The side file goes where its data goes, under the data's new name: nothing about it need be remembered to finish
/// what was begun.
extension Claimer {
    /// Safe to repeat. One that is gone is missed when the totals are compared.
    func takeSideFile(of record: FileRecord, _ file: ManifestFile) async throws {
        guard let spec = environment.configuration.file(record.key),
            let old = spec.sideName(of: record.originalName), let new = file.sideName
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

    /// The side file as it will be called beside its data, with its hash.
    func sideMarks(of file: IncomingFile, as physicalName: String) async throws -> FileMarks {
        guard let path = file.side?.path, let name = file.spec.sideName(of: physicalName) else {
            return FileMarks()
        }
        let hash = try await BlockingWork.run { try FileDigest.of(path) }
        return FileMarks(controlFile: name, controlSHA256: hash)
    }
}

extension ManifestFile {
    /// The side file that was claimed with it, as it is called now.
    var sideName: String? { marks.controlFile }
}

extension BatchFiles {
    /// Where a side file may lie, the place in which a run works first.
    func sidePlaces(_ name: String, of source: String) -> [String] {
        [WorkspaceLayout.RawPlace.success, .failed, .archive].map {
            layout.raw(client, source, $0) + "/" + name
        }
    }

    func moveSideFile(
        _ file: ManifestFile, from: WorkspaceLayout.RawPlace, to: WorkspaceLayout.RawPlace
    ) throws {
        guard let name = file.sideName else { return }
        let source = layout.raw(client, file.key.source, from) + "/" + name
        guard try FileIdentity.ifPresent(source) != nil else { return }
        try DurableFile.rename(source, to: layout.raw(client, file.key.source, to) + "/" + name)
    }
}
