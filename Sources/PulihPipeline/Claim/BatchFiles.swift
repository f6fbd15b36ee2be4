internal import PulihModel
internal import PulihSystem

/// The raw files and Parquet of a batch, wherever they lie. A file lies in exactly one raw place; its Parquet may for a
/// moment lie in two, of which `incoming` is the newer.
struct BatchFiles: Sendable {
    let layout: WorkspaceLayout
    let client: String

    func raw(_ file: ManifestFile, _ place: WorkspaceLayout.RawPlace) -> String {
        layout.raw(client, file.key.source, place) + "/" + file.physicalName
    }

    func data(_ file: ManifestFile, _ place: WorkspaceLayout.DataPlace) -> String {
        layout.data(client, file.key.source, place) + "/" + file.parquetName
    }

    func locateRaw(_ file: ManifestFile) throws -> String? {
        try firstPresent([.success, .failed, .archive].map { raw(file, $0) })
    }

    func locateParquet(_ file: ManifestFile) throws -> String? {
        try firstPresent([.incoming, .archive, .failed].map { data(file, $0) })
    }

    private func firstPresent(_ paths: [String]) throws -> String? {
        try paths.first { try FileIdentity.ifPresent($0) != nil }
    }

    func converted(_ file: ManifestFile, spec: FileSpec, parquet: String) throws -> ConvertedFile {
        ConvertedFile(
            rawPath: try locateRaw(file) ?? raw(file, .success), physicalName: file.physicalName, spec: spec,
            parquetPath: parquet, convertRejectedPath: layout.rejected(client, file, .convert),
            rowRejectedPath: layout.rejected(client, file, .validateRow))
    }

    /// All folders of a client, durable.
    func createFolders(sources: [String]) throws {
        for source in sources {
            for place in WorkspaceLayout.RawPlace.allCases {
                try DurableFile.createFolders(layout.raw(client, source, place))
            }
            for place in WorkspaceLayout.DataPlace.allCases {
                try DurableFile.createFolders(layout.data(client, source, place))
            }
        }
        for place in WorkspaceLayout.ManifestPlace.allCases {
            try DurableFile.createFolders(layout.manifests(client, place))
        }
        try DurableFile.createFolders(layout.auditFolder)
        try DurableFile.createFolders(layout.workFolder)
    }

    /// Brings back what a failed run put aside, so that a restart finds everything where a run works.
    func takeBack(_ files: [ManifestFile]) throws {
        for file in files {
            if try FileIdentity.ifPresent(raw(file, .failed)) != nil {
                try DurableFile.rename(raw(file, .failed), to: raw(file, .success))
            }
            try moveSideFile(file, from: .failed, to: .success)
        }
        for file in files where try FileIdentity.ifPresent(data(file, .failed)) != nil {
            guard try FileIdentity.ifPresent(data(file, .incoming)) == nil else { continue }
            try moveData(file, from: .failed, to: .incoming)
        }
    }

    /// Puts aside the files whose own stages failed.
    func putAside(_ files: [ManifestFile]) throws {
        for file in files {
            if try FileIdentity.ifPresent(raw(file, .success)) != nil {
                try DurableFile.rename(raw(file, .success), to: raw(file, .failed))
            }
            try moveSideFile(file, from: .success, to: .failed)
            try moveData(file, from: .incoming, to: .failed)
        }
    }

    /// Moves the Parquet of a batch that is done to `archive`; folders are synced once for all files.
    func archiveData(_ files: [ManifestFile]) throws {
        var touched: Set<String> = []
        for file in files where try FileIdentity.ifPresent(data(file, .incoming)) != nil {
            try moveData(file, from: .incoming, to: .archive, sync: false)
            touched.formUnion([
                layout.data(client, file.key.source, .incoming),
                layout.data(client, file.key.source, .archive),
            ])
        }
        for folder in touched.sorted() { try DurableFile.syncFolder(folder) }
    }

    /// The Parquet and, where corrections made one, its companion.
    private func moveData(
        _ file: ManifestFile, from: WorkspaceLayout.DataPlace, to: WorkspaceLayout.DataPlace,
        sync: Bool = true
    ) throws {
        let companion = { (path: String) in String(path.dropLast(".parquet".count)) + ".corrections.parquet" }
        for name in [{ $0 }, companion] as [(String) -> String] {
            let (source, target) = (name(data(file, from)), name(data(file, to)))
            guard try FileIdentity.ifPresent(source) != nil else {
                if source != data(file, from) { try DurableFile.remove(target) }
                continue
            }
            try DurableFile.remove(target)
            try DurableFile.rename(source, to: target, sync: sync)
        }
    }

    /// Moves a file to a folder without ever replacing one: `x.csv`, then `x.2.csv`, `x.3.csv`, …
    /// - Returns: the path it has now.
    static func move(_ path: String, intoFolder folder: String, name: String) throws -> String {
        let parts = nameParts(name)
        var number = 1
        while true {
            let target = folder + "/" + (number == 1 ? name : "\(parts.stem).\(number)\(parts.suffix)")
            if try FileIdentity.ifPresent(target) == nil {
                try DurableFile.rename(path, to: target)
                return target
            }
            number += 1
        }
    }

    /// `cust_info` and `.csv.gz` for `cust_info.csv.gz`.
    static func nameParts(_ name: String) -> (stem: String, suffix: String) {
        let bare = FileMatcher.withoutCompression(name)
        guard let dot = bare.lastIndex(of: "."), dot != bare.startIndex else {
            return (bare, String(name.dropFirst(bare.count)))
        }
        return (String(bare[..<dot]), String(name[dot...]))
    }
}
