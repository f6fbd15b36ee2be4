import Foundation
public import PulihModel
import PulihSystem

/// Reads `pulih.yml` and the models under `sql/`.
public enum ConfigurationLoader {
    /// Longer files are refused: no configuration is.
    static let sizeLimit = 16_000_000

    /// Reads all of it and finds everything that is wrong with it. Blocks; changes nothing.
    /// - Parameters:
    ///   - workspace: path of the folder.
    ///   - cores: default of threads and parallel steps; nil: what the machine has.
    /// - Throws: every problem at once.
    public static func load(workspace: String, cores: Int? = nil) throws(ConfigurationErrors) -> Configuration
    {
        let problems = ProblemList()
        let cores = cores ?? ProcessInfo.processInfo.activeProcessorCount
        let file = workspaceFile(workspace, cores: cores, problems: problems)
        let folder = ModelFolder(workspace: workspace, problems: problems)
        let modelFiles = folder.files()
        let scripts = folder.scripts()
        let models = modelFiles.compactMap { ModelReader(file: $0, problems: problems).read() }
        let check = ReferenceCheck(
            files: file?.sources.flatMap(\.files), models: modelFiles.map(\.table), problems: problems)
        for model in models { check.check(model.references) }
        if let file {
            checkTogether(file, models.map(\.model), problems)
            if let warehouse = file.warehouse, !warehouse.hasProcedures, let first = scripts.first {
                problems.report(
                    SourceLine(file: first.path, line: 0), "a \(warehouse.kind) warehouse has no procedures",
                    hint: "models live in sql/silver and sql/gold")
            }
        }
        guard let file, let warehouse = file.warehouse, problems.problems.isEmpty else {
            throw ConfigurationErrors(problems.problems)
        }
        var configuration = Configuration(
            catalog: file.catalog, warehouse: warehouse, settings: file.settings, clients: file.clients,
            sources: file.sources, models: models.map(\.model), procedures: file.procedures,
            scripts: scripts, hooks: file.hooks, alerts: file.alerts)
        configuration.places = file.places
        return configuration
    }

    /// What only models and `pulih.yml` together show.
    private static func checkTogether(_ file: WorkspaceFile, _ models: [Model], _ problems: ProblemList) {
        if case .postgresql = file.warehouse {
            let names = PostgresNames(problems: problems)
            for model in models { names.check(model) }
        }
        for model in models {
            for written in file.written where written.table == model.table {
                problems.report(
                    written.at, "a procedure cannot write \(model.table), which \(model.at.file) makes",
                    hint: "every publication would undo it")
            }
            for procedure in file.procedures where procedure.name.description == model.table.description {
                problems.report(
                    procedure.at, "procedure \(procedure.name) has the name of the model \(model.at.file)",
                    hint: "they could not be told apart; give one of them another name")
            }
        }
    }

    /// nil when it cannot be read as YAML.
    private static func workspaceFile(_ workspace: String, cores: Int, problems: ProblemList)
        -> WorkspaceFile?
    {
        let source = YAMLSource(file: "pulih.yml", problems: problems)
        let text: String
        do {
            text = try FileReader.readText("\(workspace)/\(source.file)", limit: sizeLimit)
        } catch {
            let whole = SourceLine(file: source.file, line: 0)
            if error.isMissing {
                problems.report(
                    whole, "there is none in \(workspace)", hint: "'pulih init DIR' makes a workspace")
            } else {
                problems.report(whole, error.description)
            }
            return nil
        }
        return source.parse(normalized(text)).flatMap {
            WorkspaceReader(source: source, cores: cores).read($0)
        }
    }

    /// Without byte order mark and with `\n` as line end, so that a file means the same on every machine.
    static func normalized(_ text: String) -> String {
        String(text.replacing("\r\n", with: "\n").trimmingPrefix("\u{feff}"))
    }
}
