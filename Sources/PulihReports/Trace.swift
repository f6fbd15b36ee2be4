public import PulihModel

/// One row on the way from a warehouse table back to raw records.
public struct TraceNode: Sendable {
    public let table: LayerTable
    /// Column names and values as text; nil for NULL.
    public let row: [(column: String, value: String?)]
    /// Whether this row was the chosen one among its siblings; nil where nothing was chosen.
    public let isChosen: Bool?
    public let raw: RawOrigin?
    public let upstream: [TraceBranch]
    /// Why the walk ends here, when it ends before a raw record.
    public let ends: String?

    public func value(_ column: String) -> String? { row.first { $0.column == column }?.value }
}

/// The upstream rows that one link leads to.
public struct TraceBranch: Sendable {
    public let table: LayerTable
    /// `cst_id = 29466`
    public let condition: String
    public let rows: [TraceNode]
    /// True when there are more rows than shown.
    public let isCut: Bool
}

/// Where a bronze row comes from.
public struct RawOrigin: Sendable {
    public let batch: BatchID
    public let file: String
    public let record: Int
    /// In a workbook or a document; nil where the line says it.
    public let place: String?
    public let line: Int?
    public let byteOffset: Int?
    /// As recorded at the claim.
    public let sha256: String?
    /// The record as it stands in the raw file; nil when the file is gone, see `note`.
    public let text: String?
    /// `raw file gone`, `raw file changed since: …`; nil when the file is there and its hash is the recorded one.
    public let note: String?
}

extension TraceNode {
    public var json: JSONValue {
        [
            "table": .string(table.description),
            "row": .object(row.map { JSONMember($0.column, .optional($0.value)) }),
            "chosen": isChosen.map { .bool($0) } ?? .null, "raw": raw?.json ?? .null,
            "upstream": .array(
                upstream.map { branch in
                    [
                        "table": .string(branch.table.description), "condition": .string(branch.condition),
                        "rows": .array(branch.rows.map(\.json)), "cut": .bool(branch.isCut),
                    ]
                }),
            "ends": .optional(ends),
        ]
    }

    /// Every raw record below this row.
    public var origins: [RawOrigin] {
        (raw.map { [$0] } ?? []) + upstream.flatMap { $0.rows.flatMap(\.origins) }
    }
}

extension RawOrigin {
    public var json: JSONValue {
        .object(
            [
                .init("batch_id", .string(batch.description)), .init("file", .string(file)),
                .init("record", .number(record)), .init("line", .optional(line)),
                .init("byte_offset", .optional(byteOffset)), .init("sha256", .optional(sha256)),
                .init("text", .optional(text)), .init("note", .optional(note)),
            ] + (place.map { [JSONMember("place", .string($0))] } ?? []))
    }
}
