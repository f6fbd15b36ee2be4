internal import PulihArchive
internal import PulihXML

/// A workbook of Excel 2007 or later (XLSX, XLSM), as a zip archive of XML parts. Blocks the thread.
public final class Workbook: Spreadsheet {
    public let path: String
    public let sheets: [Sheet]
    private let is1904: Bool
    private let kinds: [NumberKind]
    /// Parts by name, in lower case and without what differs between programs that pack them.
    private let members: [String: String]
    private let folder: String
    private let relationships: [RelationshipPart.Relationship]
    private var strings: StringStore?

    /// A workbook of equal rows packs well, but not a thousand times.
    private static let limits = ArchiveLimits(bytes: 64 << 30, ratio: 900)
    /// Of what is kept in memory.
    private static let smallLimits = ArchiveLimits(bytes: 256 << 20, ratio: 900)

    /// - Throws: `WorkbookFailure`, `ArchiveFailure`.
    public init(_ path: String) throws {
        self.path = path
        try Self.refuseOtherFormats(path)
        var members: [String: String] = [:]
        for name in try ArchiveStream.members(of: path) { members[Self.folded(name)] = name }
        self.members = members
        let opener = Parts(path: path, members: members)

        let packages = try opener.relationships(of: "", "_rels/.rels")
        let main = packages.first { $0.type == "officeDocument" }?.target ?? "xl/workbook.xml"
        let part = Self.resolve(main, from: "")
        guard members[Self.folded(part)] != nil else { throw Self.noWorkbook(members) }
        guard !part.lowercased().hasSuffix(".bin") else {
            throw WorkbookFailure(
                .unsupported, "it is a binary workbook (XLSB)", hint: "have it saved as XLSX")
        }
        folder = part.split(separator: "/").dropLast().joined(separator: "/")
        let file = part.split(separator: "/").last.map(String.init) ?? part
        relationships = try opener.relationships(
            of: folder, (folder.isEmpty ? "" : folder + "/") + "_rels/\(file).rels")
        let workbook = WorkbookPart()
        try opener.read(part, Self.smallLimits, workbook)
        is1904 = workbook.is1904
        let styles = StylePart()
        if let target = relationships.first(where: { $0.type == "styles" })?.target,
            members[Self.folded(target)] != nil
        {
            try opener.read(target, Self.smallLimits, styles)
        }
        kinds = styles.kinds
        let known = relationships
        sheets = workbook.sheets.map { sheet in
            var sheet = sheet
            sheet.isTable = known.first { $0.id == sheet.place }.map { $0.type == "worksheet" } ?? true
            return sheet
        }
    }

    /// Reads a sheet from its beginning.
    /// - Throws: `WorkbookFailure`, `ArchiveFailure`.
    public func reader(of sheet: Sheet, into sink: any CellSink) throws -> any SheetSteps {
        let opener = Parts(path: path, members: members)
        guard let target = relationships.first(where: { $0.id == sheet.place })?.target else {
            throw WorkbookFailure(.damaged, "nothing in it says where the sheet '\(sheet.name)' lies")
        }
        let parser = SheetParser(
            sink, sheet: sheet.name, strings: try sharedStrings(opener), kinds: kinds, is1904: is1904)
        return try SheetReader(opener.open(target, Self.limits), part: target, parser)
    }

    /// A workbook without shared strings has its texts in the cells.
    private func sharedStrings(_ opener: Parts) throws -> StringStore {
        if let strings { return strings }
        let store = StringStore()
        if let target = relationships.first(where: { $0.type == "sharedStrings" })?.target,
            members[Self.folded(target)] != nil
        {
            try opener.read(target, Self.limits, SharedStrings(store))
        }
        try store.finish()
        strings = store
        return store
    }

    // MARK: names

    static func folded(_ name: String) -> String {
        var folded = name.lowercased().replacing("\\", with: "/")
        while folded.hasPrefix("/") { folded.removeFirst() }
        return folded
    }

    /// A target is relative to the folder of the part that names it, or begins with a slash.
    fileprivate static func resolve(_ target: String, from folder: String) -> String {
        let target = target.replacing("\\", with: "/")
        var parts = target.hasPrefix("/") ? [] : folder.split(separator: "/").map(String.init)
        for part in target.split(separator: "/") {
            switch part {
            case ".": break
            case "..": _ = parts.popLast()
            default: parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }

    // MARK: refusals

    private static func refuseOtherFormats(_ path: String) throws {
        switch try ArchiveFormat.detect(path) {
        case .zip: return
        case let format?:
            throw WorkbookFailure(
                .unsupported, "the workbook is packed with \(format.rawValue)",
                hint: "have it delivered as it is")
        case nil: break
        }
        switch try CompoundFile.kind(path) {
        case .encryptedPackage:
            throw WorkbookFailure(
                .encrypted, "the workbook is encrypted with a password",
                hint: "have it saved without a password")
        case .workbook:
            throw WorkbookFailure(
                .unsupported, "it is a workbook of old (XLS)",
                hint: "write type: xls, or have it saved as XLSX")
        case .other, nil:
            throw WorkbookFailure(
                .unsupported, "it is no workbook: its first bytes are not those of a zip archive",
                hint: "look at what it is; programs give tables in HTML or CSV this name")
        }
    }

    private static func noWorkbook(_ members: [String: String]) -> WorkbookFailure {
        members["mimetype"] != nil && members["content.xml"] != nil
            ? WorkbookFailure(
                .unsupported, "it is a spreadsheet of OpenDocument (ODS)", hint: "have it saved as XLSX")
            : WorkbookFailure(.unsupported, "it is a zip archive without a workbook in it")
    }
}

@available(*, unavailable, message: "a workbook has one reader")
extension Workbook: Sendable {}

/// Opens the parts of a workbook.
private struct Parts {
    let path: String
    let members: [String: String]

    func open(_ part: String, _ limits: ArchiveLimits) throws -> ArchiveStream {
        guard let member = members[Workbook.folded(part)] else {
            throw WorkbookFailure(.damaged, "the workbook is damaged: its part \(part) is missing")
        }
        return try ArchiveStream(path: path, member: member, limits: limits)
    }

    func read(_ part: String, _ limits: ArchiveLimits, _ handler: any XMLHandler) throws {
        let reader = try SheetReader(open(part, limits), part: part, handler)
        while try reader.step() {}
    }

    /// - Returns: targets as names of parts; none where there is no such part.
    func relationships(of folder: String, _ part: String) throws -> [RelationshipPart.Relationship] {
        guard members[Workbook.folded(part)] != nil else { return [] }
        let handler = RelationshipPart()
        try read(part, ArchiveLimits(bytes: 64 << 20, ratio: 900), handler)
        return handler.relationships.map {
            .init(id: $0.id, type: $0.type, target: Workbook.resolve($0.target, from: folder))
        }
    }
}
