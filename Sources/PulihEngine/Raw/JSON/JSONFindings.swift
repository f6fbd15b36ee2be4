internal import PulihModel

/// What looking through a document found: from it the same document is read without being looked through again.
struct JSONFindings: Sendable {
    /// Members that nobody asked for, by their path from the record, in the order in which they were met.
    let extras: [[JSONStep]]
    let isSeen: [Bool]
    /// Values of what is around the records.
    let owned: [[UInt8]?]

    /// They are kept with many others; a document beyond this is looked through again.
    private static let mostBytes = 8 << 10

    var isSmall: Bool {
        let values = owned.reduce(0) { $0 + ($1?.count ?? 0) }
        return values + extras.reduce(0) { $0 + JSONPath.text($1).utf8.count } <= Self.mostBytes
    }
}

extension JSONTable {
    var findings: JSONFindings { JSONFindings(extras: extras.map(\.path), isSeen: isSeen, owned: owned) }

    /// In place of looking through the document; this table has seen none.
    func take(_ findings: JSONFindings) throws {
        guard let record = roots.last ?? nil else { return }
        for path in findings.extras { _ = try addExtra(record.node(at: path)) }
        isSeen = findings.isSeen
        owned = findings.owned
    }
}
