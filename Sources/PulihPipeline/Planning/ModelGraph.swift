internal import PulihModel

/// Which models read which, in an order in which every model comes after what it reads. Pure.
struct ModelGraph: Equatable {
    /// Every model, upstream first; dimensions before facts among equals, then by name.
    let order: [LayerTable]
    /// Models and bronze tables that a model reads directly.
    let upstream: [LayerTable: Set<LayerTable>]

    /// - Parameter references: what each model's SQL reads, layer tables only.
    /// - Throws: `configuration` for a circle, a reference to a model that does not exist, or one that a stage cannot
    ///   serve (a model that reads a materialized view, which is refreshed after publish).
    init(models: [Model], bronze: Set<LayerTable>, references: [LayerTable: Set<LayerTable>]) throws {
        let byName = Dictionary(uniqueKeysWithValues: models.map { ($0.table, $0) })
        var upstream: [LayerTable: Set<LayerTable>] = [:]
        for model in models {
            let reads = references[model.table] ?? []
            for table in reads.sorted() {
                try ModelGraph.check(table, readBy: model, models: byName, bronze: bronze)
            }
            upstream[model.table] = reads
        }
        self.upstream = upstream
        self.order = try ModelGraph.sorted(models, upstream: upstream)
    }

    private static func check(
        _ table: LayerTable, readBy model: Model, models: [LayerTable: Model], bronze: Set<LayerTable>
    ) throws {
        if table.layer == .bronze {
            let name =
                table.name.hasSuffix("_current") ? String(table.name.dropLast("_current".count)) : table.name
            guard bronze.contains(table) || bronze.contains(LayerTable(.bronze, name)) else {
                throw missing(table, in: model, among: bronze.map(\.description))
            }
            return
        }
        guard let other = models[table] else {
            throw missing(table, in: model, among: models.keys.map(\.description))
        }
        if other.materialization == .materializedView, model.materialization != .materializedView {
            throw PulihError(
                .configuration,
                "\(model.at): \(model.table) reads \(table), a materialized view, which is refreshed after publish",
                object: model.table.description,
                hint: "make \(table) a table, or make \(model.table) a materialized_view too")
        }
        if other.table.layer == .gold, model.table.layer == .silver {
            throw PulihError(
                .configuration, "\(model.at): \(model.table) of silver reads \(table) of gold",
                object: model.table.description, hint: "move one of them; silver is built before gold")
        }
    }

    private static func missing(_ table: LayerTable, in model: Model, among names: [String]) -> PulihError {
        let guess = Suggestion.nearest(to: baseTable(table).description, among: names)
        return PulihError(
            .configuration,
            "\(model.at): \(model.table) reads \(table), which is neither a model nor a bronze table"
                + (guess.map { " (did you mean \($0)?)" } ?? ""),
            object: model.table.description, hint: "correct the reference, then run 'pulih apply'")
    }

    private static func sorted(_ models: [Model], upstream: [LayerTable: Set<LayerTable>]) throws
        -> [LayerTable]
    {
        var waiting = models.map(\.table).sorted { rank($0) < rank($1) }
        var done: Set<LayerTable> = []
        var order: [LayerTable] = []
        let all = Set(waiting)
        while !waiting.isEmpty {
            let ready = waiting.filter { upstream[$0, default: []].intersection(all).isSubset(of: done) }
            guard !ready.isEmpty else { throw circle(waiting, upstream: upstream, models: models) }
            order += ready
            done.formUnion(ready)
            waiting.removeAll { done.contains($0) }
        }
        return order
    }

    private static func rank(_ table: LayerTable) -> String {
        let kind =
            table.name.hasPrefix("dim_")
            ? "0" : table.name.hasPrefix("fact_") || table.name.hasPrefix("fct_") ? "2" : "1"
        return "\(table.layer == .silver ? 0 : 1)\(kind)\(table.name)"
    }

    private static func circle(
        _ waiting: [LayerTable], upstream: [LayerTable: Set<LayerTable>], models: [Model]
    ) -> PulihError {
        // Every waiting model reads another waiting one, so walking upstream must come back.
        var path = [waiting[0]]
        while true {
            let next = upstream[path.last!, default: []].intersection(waiting).sorted()[0]
            if let start = path.firstIndex(of: next) {
                let round = (path[start...] + [next]).map(\.description).joined(separator: " -> ")
                let at = models.first { $0.table == next }?.at.description ?? ""
                return PulihError(
                    .configuration, "\(at): models read each other in a circle: \(round)",
                    object: next.description,
                    hint: "break the circle, then run 'pulih apply'")
            }
            path.append(next)
        }
    }

    /// Bronze tables that feed a model, directly or through others.
    func bronzeBehind(_ table: LayerTable) -> Set<LayerTable> {
        var seen: Set<LayerTable> = []
        var open = [table]
        while let next = open.popLast() {
            for table in upstream[next] ?? [] where seen.insert(table).inserted { open.append(table) }
        }
        return Set(seen.filter { $0.layer == .bronze }.map(ModelGraph.baseTable))
    }

    /// `bronze.x` for `bronze.x_current`.
    static func baseTable(_ table: LayerTable) -> LayerTable {
        guard table.layer == .bronze, table.name.hasSuffix("_current") else { return table }
        return LayerTable(.bronze, String(table.name.dropLast("_current".count)))
    }
}
