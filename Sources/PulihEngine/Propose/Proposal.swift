internal import PulihArchive
internal import PulihDuckDB
internal import PulihModel

/// Looks at a file and proposes how to configure it: what it is from its first bytes, types from all of it.
struct Proposal {
    let session: DuckDBSession
    let path: String
    let shapes: ShapeCache
    let workFolder: String

    func make() throws -> [FileProposal] {
        var proposals = try byContent()
        if let remark = FileNameClaim(path).contradiction(to: proposals[0].format.type) {
            proposals[0].remarks.insert(remark, at: 0)
        }
        return proposals
    }

    private func byContent() throws -> [FileProposal] {
        let table = TableProfile(session: session, path: path, shapes: shapes, workFolder: workFolder)
        if try ArchiveFormat.detect(path) == .zip {
            let members = try ArchiveStream.members(of: path)
            if Self.isPackage(members) { return try WorkbookProposal(table: table, isOld: false).make() }
            let files = members.filter(MemberBytes.isData)
            if members.count > 1, !files.isEmpty { return [try MembersProposal(table: table).make(files)] }
        }
        let beginning = try FileBeginning(path)
        let kind = FileKind(beginning)
        switch kind {
        case .text: return [try CSVProposal(table: table).make(beginning)]
        case .json: return [try JSONProposal(table: table).make()]
        case .markup: throw Self.refusalOfMarkup(path)
        case .parquet, .compound, .zip:
            guard try !ArchiveStream.isCompressed(path) else {
                throw PulihError(
                    .data, "what \(path) packs is \(kind.words), which is packed already", object: path,
                    leftBehind: "nothing was proposed", hint: "have it delivered as it is")
            }
            return kind == .parquet
                ? [try ParquetProposal(table: table).make()]
                : try WorkbookProposal(table: table, isOld: true).make()
        }
    }

    /// A zip archive that is a document of an office program.
    private static func isPackage(_ members: [String]) -> Bool {
        let names = Set(members.map { $0.lowercased().replacing("\\", with: "/") })
        return !names.isDisjoint(with: ["[content_types].xml", "_rels/.rels", "xl/workbook.xml"])
            || names.isSuperset(of: ["mimetype", "content.xml"])
    }

    static func refusalOfMarkup(_ path: String) -> PulihError {
        PulihError(
            .data, "\(path) is HTML or XML, which Pulih does not read", object: path,
            leftBehind: "nothing was proposed",
            hint:
                "programs give tables in HTML the names of workbooks: have it saved as XLSX or CSV; an error page says what went wrong"
        )
    }
}

/// What the name of a file says that it holds.
struct FileNameClaim {
    private let ending: String

    init(_ path: String) {
        var name = (path.split(separator: "/").last ?? "").lowercased()[...]
        for packed in [".gz", ".zst", ".bz2", ".xz", ".zip"] where name.hasSuffix(packed) {
            name = name.dropLast(packed.count)
        }
        ending = name.lastIndex(of: ".").map { String(name[$0...]) } ?? ""
    }

    /// nil where the name says nothing.
    var type: FileType? {
        switch ending {
        case ".csv", ".tsv": .csv
        case ".xlsx", ".xlsm": .xlsx
        case ".xls": .xls
        case ".json": .json
        case ".ndjson", ".jsonl": .ndjson
        case ".parquet", ".pq": .parquet
        default: nil
        }
    }

    func contradiction(to type: FileType) -> String? {
        guard let claimed = self.type, claimed != type else { return nil }
        return """
            the name ends in \(ending) and the content is \(Self.words(type)): type \(type.rawValue) reads it; \
            ask the sender which of the two is meant
            """
    }

    private static func words(_ type: FileType) -> String {
        switch type {
        case .csv: "text (CSV)"
        case .xlsx: "a workbook (XLSX)"
        case .xls: "a workbook of old (XLS)"
        case .json: "one document of JSON"
        case .ndjson: "a document of JSON a line"
        case .parquet: "Parquet"
        }
    }
}
