public import PulihModel

/// What the models read, found from their SQL.
public struct ModelAnalysis: Sendable {
    let graph: ModelGraph

    /// Parses every model with the engine's parser and orders them.
    /// - Throws: `configuration` with file and line for SQL that does not parse, for a circle, for a reference that
    ///   leads nowhere, and for a model named by its live schema, which would read the state before this batch.
    public init(_ configuration: Configuration, engine: any Engine) async throws {
        var references: [LayerTable: Set<LayerTable>] = [:]
        let probe = configuration.clients.first?.name ?? "client"
        for model in configuration.models {
            references[model.table] = ModelTemplate.references(in: model.sql)
            let sql = try ModelAnalysis.render(model, client: probe)
            do {
                for reference in try await engine.tableReferences(sql: sql) {
                    try ModelAnalysis.refuseLiveName(reference, in: model, client: probe, sql: model.sql)
                }
            } catch let error as PulihError where error.code == .configuration && error.object.isEmpty {
                throw PulihError(
                    .configuration, "\(model.at): \(error.summary)", object: model.table.description,
                    hint: "correct the SQL, then run 'pulih apply'", cause: error.cause)
            }
        }
        graph = try ModelGraph(
            models: configuration.models, bronze: Set(configuration.sources.flatMap(\.files).map(\.bronze)),
            references: references)
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
