import PulihModel
import PulihPostgres

// By columns that tell the rows of a table apart it is published in half the time. Whether they do is found when it
// is built, so that publishing need not.
extension PostgresModels {
    /// Looks for such columns, beyond doubt, and notes them beside the build.
    func proveKey(of build: ModelBuild, rows: Int) throws {
        guard let key = try findKey(of: build, rows: rows) else { return }
        try run(
            "UPDATE \(own.builds) SET proven_key = $3 WHERE layer = $1 AND name = $2",
            identity(of: build) + [.text(JSONValue.strings(key).compact)])
    }

    /// - Returns: nil when none are known.
    func provenKey(of build: ModelBuild) throws -> [String]? {
        let found = try value(
            "SELECT proven_key FROM \(own.builds) WHERE layer = $1 AND name = $2", identity(of: build))
        guard case .text(let text) = found else { return nil }
        return try JSONValue.parse(Array(text.utf8)).array?.compactMap(\.string)
    }

    private func findKey(of build: ModelBuild, rows: Int) throws -> [String]? {
        let (model, built) = (build.model, names(of: build).physical)
        switch model.materialization {
        case .view, .materializedView: return nil
        // Of a delta and of a history's SELECT the build has asked it already.
        case .incremental, .history: return model.uniqueKey
        case .table: if let tested = model.testedKey { return tested }
        }
        let given = Set(try givenColumns(of: built).map(\.name))
        guard !model.uniqueKey.isEmpty, given.isSuperset(of: model.uniqueKey) else { return nil }
        let key = model.uniqueKey.map(SQLText.identifier)
        let present = key.map { "\($0) IS NOT NULL" }.joined(separator: " AND ")
        let different = try session.inParallel {
            try value(
                """
                SELECT count(*) FROM (
                    SELECT DISTINCT \(key.joined(separator: ", ")) FROM \(built.sql) WHERE \(present)) AS k
                """
            ).number
        }
        return different == rows ? model.uniqueKey : nil
    }

    private func identity(of build: ModelBuild) -> [SQLValue] {
        [.text(build.model.table.layer.rawValue), .text(build.model.table.name)]
    }
}

extension Model {
    /// Columns of which tests say that they tell the rows apart: together unique, none of them NULL. `unique_key`
    /// among several, else the fewest.
    var testedKey: [String]? {
        var present: Set<String> = []
        var unique: [[String]] = []
        for test in tests where test.severity == .fail {
            switch test.check {
            case .notNull(let columns): present.formUnion(columns)
            case .unique(let columns): unique.append(columns)
            default: break
            }
        }
        let proven = unique.filter { present.isSuperset(of: $0) }
        return proven.first { Set($0) == Set(uniqueKey) } ?? proven.min { $0.count < $1.count }
    }
}
