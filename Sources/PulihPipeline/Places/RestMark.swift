internal import PulihModel

/// What of a file rests in a storage place, as its manifest says: what is not in the workspace is not lost.
struct RestMark: Sendable, Equatable {
    /// Path below the workspace, and key in the store.
    let key: String
    let bytes: Int
    /// The store's.
    let tag: String
    let sha256: String

    private static let member = "resting"

    static func all(of file: ManifestFile) -> [RestMark] {
        guard case .object(let marks)? = file.unknown.first(where: { $0.name == member })?.value else {
            return []
        }
        return marks.compactMap { mark in
            guard let bytes = mark.value["bytes"]?.int, let tag = mark.value["tag"]?.string,
                let sha256 = mark.value["sha256"]?.string
            else { return nil }
            return RestMark(key: mark.name, bytes: Int(bytes), tag: tag, sha256: sha256)
        }
    }

    static func of(_ key: String, _ file: ManifestFile) -> RestMark? {
        all(of: file).first { $0.key == key }
    }

    /// Takes the place of what was marked under the same key.
    static func set(_ mark: RestMark, of file: inout ManifestFile) {
        write(all(of: file).filter { $0.key != mark.key } + [mark], &file)
    }

    static func drop(_ keys: Set<String>, of file: inout ManifestFile) {
        write(all(of: file).filter { !keys.contains($0.key) }, &file)
    }

    /// Of a file whose content became another.
    static func dropAll(of file: inout ManifestFile) { write([], &file) }

    private static func write(_ marks: [RestMark], _ file: inout ManifestFile) {
        file.unknown.removeAll { $0.name == member }
        guard !marks.isEmpty else { return }
        let members = marks.sorted { $0.key < $1.key }.map { mark in
            JSONMember(
                mark.key,
                ["bytes": .number(mark.bytes), "tag": .string(mark.tag), "sha256": .string(mark.sha256)])
        }
        file.unknown.append(JSONMember(member, .object(members)))
    }
}

/// What of a file of a batch can rest.
struct RestingParts: Sendable {
    /// Keys: paths below the workspace, where they lie when the batch is done.
    let own: String
    /// The side file of a raw file; nil: there is none.
    let companion: String?

    static func raw(_ file: ManifestFile, _ files: BatchFiles) -> RestingParts {
        let folder = files.layout.raw(files.client, file.key.source, .success)
        return RestingParts(
            own: files.layout.shown(files.raw(file, .success)),
            companion: file.sideName.map { files.layout.shown("\(folder)/\($0)") })
    }

    static func data(_ file: ManifestFile, _ files: BatchFiles) -> RestingParts {
        RestingParts(own: files.layout.shown(files.data(file, .archive)), companion: nil)
    }
}

extension BatchID {
    /// Of `orders_BATCH000014.csv`, `orders-2_BATCH000014.parquet`; nil: the name holds none.
    init?(inName name: String) {
        guard let start = name.ranges(of: "_BATCH").last?.upperBound else { return nil }
        let digits = name[start...].prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return nil }
        self.init("BATCH\(digits)")
    }
}
