public import PulihModel

/// What the models read, found from their SQL.
public struct ModelAnalysis: Sendable {
    let graph: ModelGraph

    /// Looks through every model and orders them. SQL of the engine's kind is parsed; that of a server is not, since
    /// nothing here understands all of it: the server tells what is wrong with it when it is built.
    /// - Throws: `configuration` with file and line for SQL that does not parse, for a circle, for a reference that
    ///   leads nowhere, and for a model named by its live schema, which would read the state before this batch.
    public init(_ configuration: Configuration, engine: any Engine) async throws {
        var references: [LayerTable: Set<LayerTable>] = [:]
        var problems: [String] = []
        var hint = ModelAnalysis.advice
        let probe = configuration.clients.first?.name ?? "client"
        for model in configuration.models {
            references[model.table] = ModelAnalysis.reads(model)
            do {
                let sql = try ModelAnalysis.render(model, client: probe)
                let found =
                    configuration.warehouse.speaksLikeEngine
                    ? try await engine.tableReferences(sql: sql) : SQLStatement.qualifiedNames(in: sql)
                for reference in found {
                    try ModelAnalysis.refuseLiveName(reference, in: model, client: probe, sql: model.sql)
                }
            } catch let error as PulihError where error.code == .configuration {
                let isPlaced = error.summary.hasPrefix(model.at.file)
                problems.append(isPlaced ? error.summary : "\(model.at): \(model.table): \(error.summary)")
                hint = problems.count == 1 && !error.hint.isEmpty && isPlaced ? error.hint : hint
            }
        }
        guard problems.isEmpty else {
            throw PulihError(
                .configuration, problems.joined(separator: "\n"), object: "sql/",
                leftBehind: "nothing was applied",
                hint: problems.count == 1 ? hint : ModelAnalysis.advice)
        }
        graph = try ModelGraph(
            models: configuration.models, bronze: Set(configuration.sources.flatMap(\.files).map(\.bronze)),
            references: references)
    }

    private static let advice = "correct the SQL, then run 'pulih apply'"

    /// What the SELECT and the tests read: a test must find the state of this batch too.
    private static func reads(_ model: Model) -> Set<LayerTable> {
        var tables = ModelTemplate.references(in: model.sql)
        for test in model.tests {
            switch test.check {
            case .relationship(_, let other, _): tables.insert(other)
            case .sql(let sql): tables.formUnion(ModelTemplate.references(in: sql))
            default: break
            }
        }
        tables.remove(model.table)
        return tables
    }

    /// Models, upstream first.
    public var order: [LayerTable] { graph.order }

    static func render(
        _ model: Model, client: String, batch: BatchID = BatchID(number: 1), batchTime: Int64 = 0
    ) throws -> String {
        try ModelTemplate.expand(
            model.sql,
            ModelTemplate.Context(
                client: client, batch: batch, batchTime: batchTime, this: model.table.live(client)
            ) { $0.live(client) }, at: model.at)
    }

    private static func refuseLiveName(
        _ reference: SQLReference, in model: Model, client: String, sql: String
    ) throws {
        for layer in Layer.allCases where reference.schema == layer.schema(of: client) {
            guard sql.contains(reference.schema) else { continue }
            throw PulihError(
                .configuration,
                "\(model.at): \(model.table) reads \(reference.schema).\(reference.table) by its live schema",
                object: model.table.description,
                hint:
                    "write {{ \(layer.rawValue) }}.\(reference.table), so that it reads this batch and every client has its own"
            )
        }
    }
}
