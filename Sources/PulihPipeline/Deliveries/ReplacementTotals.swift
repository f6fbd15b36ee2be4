internal import PulihCrypto
internal import PulihModel
internal import PulihSystem

/// The side file that comes with a replacement.
struct NewSideFile: Sendable {
    /// As it is to be called beside the batch's file.
    let name: String
    let bytes: [UInt8]
    let sha256: String
    /// Where it was read.
    let path: String
}

/// What the sender says of a file that is to take the place of a batch's, compared with it before anything is changed.
struct ReplacementTotals: Sendable {
    let held: HeldClient
    let batch: BatchID
    let file: ManifestFile
    let spec: FileSpec
    private var environment: RunEnvironment { held.environment }

    /// - Parameter path: of the new file; its totals lie beside it, by the rule of `control.file`.
    /// - Returns: the side file; nil: files of this kind have none.
    /// - Throws: `data` when it is not there or says something else than the file holds.
    func verified(_ path: String, _ survey: FileSurvey) async throws -> NewSideFile? {
        guard let control = spec.control else { return nil }
        let side = control.isTrailer ? nil : try await beside(path)
        let check = ControlCheck(
            name: Self.name(path), records: survey.records, spec: spec,
            leftBehind: "nothing was replaced",
            hint:
                "ask the sender for a whole file with its totals; or correct what is wrong and replace again",
            side: { side.map { ($0.path, $0.bytes) } })
        do {
            _ = try await check.compare(try await converted(path), .null)
        } catch let failure as StepFailure {
            throw failure.error
        }
        return side
    }

    private func beside(_ path: String) async throws -> NewSideFile? {
        let base = Self.name(path)
        guard let own = spec.sideName(of: base), let name = spec.sideName(of: file.physicalName) else {
            return nil
        }
        let beside = String(path.dropLast(base.count)) + own
        let bytes = try await BlockingWork.run { () throws -> [UInt8]? in
            guard try FileIdentity.ifPresent(beside) != nil else { return nil }
            return try FileReader.readAll(beside, limit: ControlCheck.longest)
        }
        guard let bytes else {
            throw PulihError(
                .data, "\(own), which says what \(base) holds, does not lie beside it", object: path,
                leftBehind: "nothing was replaced",
                hint: "put it at \(environment.layout.shown(beside)); or take 'control' from \(spec.key) in"
                    + " pulih.yml (\(spec.at)), which takes the file unchecked")
        }
        return NewSideFile(name: name, bytes: bytes, sha256: SHA256Digest.of(bytes).hex, path: beside)
    }

    private static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// Converted to nowhere, for its figures.
    private func converted(_ path: String) async throws -> ConvertOutcome {
        let work = environment.layout.workFolder
        let parquet = "\(work)/\(DurableFile.temporaryName(".parquet"))"
        let rejected = "\(work)/\(DurableFile.temporaryName(".rejected.parquet"))"
        let remove = { @Sendable () throws in
            for path in [parquet, rejected] { try DurableFile.remove(path) }
        }
        try await BlockingWork.run { try DurableFile.createFolders(work) }
        do {
            let outcome = try await environment.engine.convert(
                ConvertRequest(
                    rawPath: path, physicalName: file.physicalName, spec: spec, parquetPath: parquet,
                    rejectedPath: rejected, correctionsPath: nil, workFolder: work))
            try await BlockingWork.run { try remove() }
            return outcome
        } catch {
            try await BlockingWork.run { try remove() }
            throw error
        }
    }
}

extension BatchFiles {
    /// Puts a replacement's side file into its place; what else lies there goes to `failed` as the old file does. Safe
    /// to repeat.
    /// - Parameters:
    ///   - oldName: of the old file, once it is put aside.
    ///   - isFirst: what lies there is the old one, even if both are the same.
    func replaceSideFile(
        of file: ManifestFile, _ spec: FileSpec, with side: NewSideFile?, besideOld oldName: String,
        isFirst: Bool = false
    ) throws {
        let failed = layout.raw(client, file.key.source, .failed)
        var isThere = false
        for name in Set([file.sideName, side?.name].compactMap { $0 }).sorted() {
            for path in sidePlaces(name, of: file.key.source) where try FileIdentity.ifPresent(path) != nil {
                if let side, name == side.name, !isThere, !isFirst, try FileDigest.of(path) == side.sha256 {
                    isThere = true
                    continue
                }
                _ = try BatchFiles.move(
                    path, intoFolder: failed, name: spec.sideName(of: oldName) ?? "\(oldName).\(name)")
            }
        }
        guard let side, !isThere else { return }
        try DurableFile.write(
            side.bytes, to: layout.raw(client, file.key.source, .success) + "/" + side.name)
    }
}
