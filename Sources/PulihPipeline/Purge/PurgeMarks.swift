public import PulihModel
internal import PulihSystem

/// What a purge took of a file, as its manifest says: taken away on purpose is not lost.
enum PurgeMarks {
    /// When this was purged, microseconds since 1970 UTC; nil: it was not.
    static func time(_ kind: PurgeItem.Kind, of file: ManifestFile) -> Int64? {
        kind.mark.flatMap { file.marks[keyPath: $0] }
    }

    /// What was purged before stays so.
    static func mark(_ kinds: Set<PurgeItem.Kind>, of file: inout ManifestFile, at now: Int64) {
        var marks = file.marks
        for path in kinds.compactMap(\.mark) where marks[keyPath: path] == nil { marks[keyPath: path] = now }
        file.marks = marks
    }

    static func refusal(_ file: ManifestFile, _ batch: BatchID, _ client: String, _ time: Int64) -> PulihError
    {
        PulihError(
            .refused,
            "\(file.physicalName) of \(batch) was purged on \(Timestamp.format(time).prefix(10)), so nothing can be made from it again",
            object: file.physicalName, leftBehind: "nothing was changed in the warehouse",
            hint: "bring it from a backup: pulih replace \(client) \(batch) \(file.physicalName) FILE;"
                + " its SHA-256 is \(file.sha256)")
    }
}

/// What `trace` says of a raw file that is not there.
public enum PurgedFiles {
    /// `the raw file was purged on 2026-11-20`; nil: it was not.
    public static func note(_ file: FileRecord, _ layout: WorkspaceLayout) throws -> String? {
        let store = ManifestStore(layout: layout, client: file.client)
        let manifest = try store.read(file.batch)
        guard let named = manifest?.files.first(where: { $0.physicalName == file.physicalName }),
            let time = PurgeMarks.time(.raw, of: named)
        else { return nil }
        return "the raw file was purged on \(Timestamp.format(time).prefix(10))"
    }
}

extension PurgeItem.Kind {
    /// Where a file's marks say it; nil: it is of no file.
    fileprivate var mark: WritableKeyPath<FileMarks, Int64?>? {
        switch self {
        case .raw: \.rawPurgedAt
        case .parquet: \.parquetPurgedAt
        case .quarantine: \.quarantinePurgedAt
        case .logs: nil
        }
    }
}
