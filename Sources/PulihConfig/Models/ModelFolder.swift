import Foundation
import PulihModel
import PulihSystem

/// A file under `sql/silver` or `sql/gold`.
struct ModelFile {
    let table: LayerTable
    /// Relative to the workspace.
    let path: String
    /// Line ends are `\n`.
    let text: String
}

/// Finds and reads the models and the scripts of a workspace. Hidden files and those that are no `.sql` are left
/// alone.
struct ModelFolder {
    private static let scriptFolder = "procedures"
    /// Deeper folders are a link that leads back into itself.
    private static let depthLimit = 16

    let workspace: String
    let problems: ProblemList

    /// Silver before gold, each by path. A workspace without `sql/` has none.
    func files() -> [ModelFile] {
        let layers = [Layer.silver, .gold]
        var found: [Layer: [ModelFile]] = [:]
        for entry in entries("sql") where !entry.name.hasPrefix(".") {
            let path = "sql/\(entry.name)"
            if let layer = layers.first(where: { $0.rawValue == entry.name }) {
                found[layer] = sqlFiles(path, entry, depth: 1).compactMap { file(layer, $0) }
            } else if entry.name != Self.scriptFolder, let first = sqlFiles(path, entry, depth: 1).first {
                refuse(entry.name, path: path, first: first)
            }
        }
        let files = layers.flatMap { found[$0] ?? [] }
        var owners: [LayerTable: String] = [:]
        for file in files {
            if let earlier = owners.updateValue(file.path, forKey: file.table) {
                problems.report(
                    SourceLine(file: file.path, line: 0), "\(file.table) is already made by \(earlier)")
            }
        }
        return files
    }

    /// By path. A workspace without `sql/procedures/` has none.
    func scripts() -> [ProcedureScript] {
        guard let folder = entries("sql").first(where: { $0.name == Self.scriptFolder }) else { return [] }
        return sqlFiles("sql/\(Self.scriptFolder)", folder, depth: 1).sorted().compactMap { path in
            guard let text = text(path) else { return nil }
            if SQLStatement.split(text).isEmpty {
                problems.report(SourceLine(file: path, line: 0), "there is no statement")
            }
            return ProcedureScript(path: path, sql: text)
        }
    }

    private func refuse(_ name: String, path: String, first: String) {
        let message: String
        var hint = "models live in sql/silver and sql/gold"
        if path == first {
            message = "a model in no layer"
        } else if name == Layer.bronze.rawValue {
            message = "bronze has no models; it is loaded from files"
        } else {
            message = "'\(name)' is no layer with models"
            if let near = Suggestion.nearest(to: name, among: ["silver", "gold", Self.scriptFolder]) {
                hint = "did you mean '\(near)'?"
            }
        }
        problems.report(SourceLine(file: first, line: 0), message, hint: hint)
    }

    private func entries(_ path: String) -> [FolderEntry] {
        do {
            return try listFolder("\(workspace)/\(path)")
        } catch {
            if !error.isMissing { problems.report(SourceLine(file: path, line: 0), error.description) }
            return []
        }
    }

    private func sqlFiles(_ path: String, _ entry: FolderEntry, depth: Int) -> [String] {
        guard isFolder(path, entry) else { return entry.name.lowercased().hasSuffix(".sql") ? [path] : [] }
        guard depth <= Self.depthLimit else {
            problems.report(
                SourceLine(file: path, line: 0), "folders are nested deeper than \(Self.depthLimit)")
            return []
        }
        return entries(path).filter { !$0.name.hasPrefix(".") }.flatMap {
            sqlFiles("\(path)/\($0.name)", $0, depth: depth + 1)
        }
    }

    /// Links are followed.
    private func isFolder(_ path: String, _ entry: FolderEntry) -> Bool {
        guard entry.kind == .symbolicLink else { return entry.kind == .folder }
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: "\(workspace)/\(path)", isDirectory: &isFolder)
            && isFolder.boolValue
    }

    private func file(_ layer: Layer, _ path: String) -> ModelFile? {
        let name = String(path.split(separator: "/").last?.dropLast(4) ?? "")
        let place = SourceLine(file: path, line: 0)
        if !Identifier.isValid(name) {
            problems.report(place, "'\(name)' cannot be the name of a model", hint: Identifier.rule)
        }
        return text(path).map { ModelFile(table: LayerTable(layer, name), path: path, text: $0) }
    }

    private func text(_ path: String) -> String? {
        do {
            return ConfigurationLoader.normalized(
                try FileReader.readText("\(workspace)/\(path)", limit: ConfigurationLoader.sizeLimit))
        } catch {
            problems.report(SourceLine(file: path, line: 0), error.description)
            return nil
        }
    }
}
