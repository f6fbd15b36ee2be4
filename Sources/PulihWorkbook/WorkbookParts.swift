internal import PulihXML

/// A sheet of a workbook, in the order of its tabs.
public struct Sheet: Sendable, Hashable {
    public let name: String
    /// A person does not see its tab.
    public let isHidden: Bool
    /// It has cells; charts and dialogs have none.
    public var isTable: Bool
    /// What leads to it in the file.
    let place: String
}

/// Reads `workbook.xml`.
final class WorkbookPart: XMLHandler {
    private(set) var sheets: [Sheet] = []
    private(set) var is1904 = false

    func begin(_ element: XMLName, _ attributes: XMLAttributes) throws {
        switch element {
        case "workbookPr":
            is1904 = ["1", "true", "on"].contains(attributes.value("date1904") ?? "")
        case "sheet":
            guard sheets.count < 10_000 else {
                throw WorkbookFailure(.limit, "it has more than \(sheets.count) sheets")
            }
            sheets.append(
                Sheet(
                    name: attributes.value("name") ?? "",
                    isHidden: ["hidden", "veryHidden"].contains(attributes.value("state") ?? ""),
                    isTable: true,
                    place: attributes.value("id", prefixed: true) ?? ""))
        default: break
        }
    }

    func end(_ element: XMLName) throws {}
    func text(_ piece: UnsafeBufferPointer<UInt8>) throws {}
}

/// Reads a part that says which parts another one refers to.
final class RelationshipPart: XMLHandler {
    struct Relationship {
        let id: String
        /// The last word of its type, which is the same in strict and in transitional documents.
        let type: String
        let target: String
    }

    private(set) var relationships: [Relationship] = []

    func begin(_ element: XMLName, _ attributes: XMLAttributes) throws {
        guard element == "Relationship", relationships.count < 100_000 else { return }
        guard attributes.value("TargetMode") != "External" else { return }
        let type = attributes.value("Type") ?? ""
        relationships.append(
            Relationship(
                id: attributes.value("Id") ?? "",
                type: type.split(separator: "/").last.map(String.init) ?? "",
                target: attributes.value("Target") ?? ""))
    }

    func end(_ element: XMLName) throws {}
    func text(_ piece: UnsafeBufferPointer<UInt8>) throws {}
}

/// Reads `styles.xml`: what the number of a cell is, by the number of its style.
final class StylePart: XMLHandler {
    private(set) var kinds: [NumberKind] = []
    private var formats: [Int: NumberKind] = [:]
    /// The formats of the cells; other lists of formats are named alike.
    private var isInCells = false
    private var isInConditional = false

    func begin(_ element: XMLName, _ attributes: XMLAttributes) throws {
        switch element {
        case "dxfs": isInConditional = true
        case "cellXfs": isInCells = true
        case "numFmt" where !isInConditional:
            guard let id = attributes.value("numFmtId").flatMap({ Int($0) }) else { return }
            formats[id] = NumberFormat.kind(attributes.value("formatCode") ?? "")
        case "xf" where isInCells:
            let id = attributes.value("numFmtId").flatMap { Int($0) } ?? 0
            kinds.append(formats[id] ?? NumberFormat.builtIn(id))
        default: break
        }
    }

    func end(_ element: XMLName) throws {
        switch element {
        case "dxfs": isInConditional = false
        case "cellXfs": isInCells = false
        default: break
        }
    }

    func text(_ piece: UnsafeBufferPointer<UInt8>) throws {}
}
