public import PulihModel
internal import Synchronization

/// Walks from rows of a model back to the raw records behind them, along the `trace:` keys of the models.
public struct Tracer: Sendable {
    /// Finds a raw file of a batch: its path, or nil when it is gone.
    public typealias Locate = @Sendable (FileRecord) async throws -> String?
    /// Corrected texts of a file's records, by record.
    public typealias Corrections = @Sendable (FileRecord) throws -> [Int: String]

    /// Rows shown per link.
    public static let limit = 100

    private let configuration: Configuration
    private let client: String
    private let catalog: any Catalog
    private let reader: any WarehouseReader
    private let engine: any Engine
    private let locate: Locate
    private let corrections: Corrections
    private let absence: @Sendable (FileRecord) throws -> String?
    private let hashes = HashCache()

    /// - Parameter absence: why a raw file is not there, where that is known.
    public init(
        configuration: Configuration, client: String, catalog: any Catalog, reader: any WarehouseReader,
        engine: any Engine, locate: @escaping Locate, corrections: @escaping Corrections,
        absence: @escaping @Sendable (FileRecord) throws -> String? = { _ in nil }
    ) {
        self.configuration = configuration
        self.client = client
        self.catalog = catalog
        self.reader = reader
        self.engine = engine
        self.locate = locate
        self.corrections = corrections
        self.absence = absence
    }

    /// - Parameter condition: SQL over the table's columns.
    /// - Returns: the rows that match, each with its way back; and whether there were more than `limit`.
    public func trace(_ table: LayerTable, where condition: String) async throws -> (
        rows: [TraceNode], isCut: Bool
    ) {
        let found = try await rows(
            "SELECT * FROM \(table.live(client).sql) WHERE \(condition) LIMIT \(Tracer.limit + 1)", [])
        var nodes: [TraceNode] = []
        for row in found.prefix(Tracer.limit) {
            nodes.append(try await node(table, row, isChosen: nil, depth: 0))
        }
        return (nodes, found.count > Tracer.limit)
    }

    private typealias Row = [(column: String, value: String?)]

    private func node(_ table: LayerTable, _ row: Row, isChosen: Bool?, depth: Int) async throws -> TraceNode
    {
        if table.layer == .bronze {
            let raw = try await origin(row)
            return TraceNode(
                table: table, row: row, isChosen: isChosen, raw: raw, upstream: [],
                ends: raw == nil ? "the row has no lineage columns" : nil)
        }
        guard let model = configuration.model(table) else {
            return ended(table, row, isChosen, "\(table) is no model of this workspace")
        }
        guard !model.trace.isEmpty else {
            return ended(
                table, row, isChosen, "\(model.at.file) has no trace: keys, so the way back ends here")
        }
        if model.materialization == .history,
            let ended = row.first(where: { $0.column.lowercased() == Version.validTo })?.value
        {
            return self.ended(
                table, row, isChosen,
                "this version ended at \(ended); what it came from is not in force any more")
        }
        // Models cannot read each other in a circle, but trace: keys are written by hand.
        guard depth < 20 else { return ended(table, row, isChosen, "the trace: keys lead round in a circle") }
        var branches: [TraceBranch] = []
        for link in model.trace {
            branches.append(try await branch(link, from: row, of: table, depth: depth))
        }
        return TraceNode(table: table, row: row, isChosen: isChosen, raw: nil, upstream: branches, ends: nil)
    }

    private func ended(_ table: LayerTable, _ row: Row, _ isChosen: Bool?, _ why: String) -> TraceNode {
        TraceNode(table: table, row: row, isChosen: isChosen, raw: nil, upstream: [], ends: why)
    }

    private func branch(_ link: TraceLink, from row: Row, of table: LayerTable, depth: Int) async throws
        -> TraceBranch
    {
        var conditions: [String] = []
        var shown: [String] = []
        var parameters: [String] = []
        for key in link.on {
            guard let cell = row.first(where: { $0.column.lowercased() == key.column.lowercased() }) else {
                throw PulihError(
                    .configuration,
                    "trace: of \(table) names column \(key.column), which \(table) does not have",
                    object: table.description, hint: "correct the trace: keys of the model")
            }
            if let value = cell.value {
                parameters.append(value)
                conditions.append("CAST((\(key.expression)) AS VARCHAR) = $\(parameters.count)")
                shown.append("\(key.expression) = \(value)")
            } else {
                conditions.append("(\(key.expression)) IS NULL")
                shown.append("\(key.expression) is NULL")
            }
        }
        // Of bronze the rows in force count: older full deliveries hold the same keys.
        let source =
            link.to.layer == .bronze
            ? LayerTable(.bronze, link.to.name + "_current").live(client) : link.to.live(client)
        let order = link.chosen.map { " ORDER BY \($0)" } ?? ""
        let found = try await rows(
            "SELECT * FROM \(source.sql) WHERE \(conditions.joined(separator: " AND "))\(order) LIMIT \(Tracer.limit + 1)",
            parameters)
        var nodes: [TraceNode] = []
        for (position, row) in found.prefix(Tracer.limit).enumerated() {
            nodes.append(
                try await node(
                    link.to, row, isChosen: link.chosen == nil ? nil : position == 0, depth: depth + 1))
        }
        return TraceBranch(
            table: link.to, condition: shown.joined(separator: " and "), rows: nodes,
            isCut: found.count > Tracer.limit)
    }

    private func rows(_ sql: String, _ parameters: [String]) async throws -> [Row] {
        let rows = Mutex<[[String?]]>([])
        let columns = try await reader.query(sql, parameters: parameters) { row in
            rows.withLock { $0.append(row.values) }
        }
        return rows.withLock { $0 }.map { values in zip(columns, values).map { ($0.name, $1) } }
    }

    private func note(_ file: FileRecord, record: Int, sha256: String) throws -> String? {
        if sha256 != file.sha256 { return "the raw file changed since: SHA-256 is now \(sha256)" }
        return try corrections(file)[record].map { "it was corrected and released as: \($0)" }
    }

    private func origin(_ row: Row) async throws -> RawOrigin? {
        let value = { (name: String) in row.first { $0.column == name }?.value }
        guard let batch = value(Lineage.batch).flatMap({ BatchID($0) }), let file = value(Lineage.file),
            let record = value(Lineage.row).flatMap({ Int($0) })
        else { return nil }
        let gone = { (record: FileRecord?, note: String) in
            RawOrigin(
                batch: batch, file: file, record: Int(value(Lineage.row) ?? "") ?? 0,
                place: value(Lineage.place),
                line: nil,
                byteOffset: nil,
                sha256: record?.sha256, text: nil, note: note)
        }
        guard
            let known = try await catalog.files(client: client, batch: batch).first(where: {
                $0.physicalName == file
            })
        else { return gone(nil, "the catalog does not know this file") }
        guard let path = try await locate(known) else {
            return gone(known, try absence(known) ?? "the raw file is gone")
        }
        guard let format = configuration.file(known.key)?.format else {
            return gone(known, "\(known.key) is not configured any more, so its raw file cannot be read")
        }
        let sha256: String
        if let known = hashes[path] {
            sha256 = known
        } else {
            sha256 = try await engine.survey(path: path, format: format).sha256
            hashes[path] = sha256
        }
        let raw = try await engine.rawRecords(path: path, format: format, ordinals: [record]).first
        return RawOrigin(
            batch: batch, file: file, record: record, place: value(Lineage.place), line: raw?.line,
            byteOffset: raw?.byteOffset,
            sha256: known.sha256, text: raw?.text,
            note: try note(known, record: record, sha256: sha256))
    }
}

/// Hashes of raw files, so that many rows of one file read it once.
private final class HashCache: Sendable {
    private let known = Mutex<[String: String]>([:])

    subscript(path: String) -> String? {
        get { known.withLock { $0[path] } }
        set { known.withLock { $0[path] = newValue } }
    }
}
