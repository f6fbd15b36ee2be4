internal import PulihModel

@testable internal import PulihConfig

/// The configuration reader: any text is read, or refused with places that lie in it. What it takes can be compared and
/// applied.
struct ConfigurationTarget {
    private let text: String

    init(_ bytes: [UInt8]) {
        text = String(decoding: bytes, as: UTF8.self)
    }

    func check() {
        let problems = ProblemList()
        let source = YAMLSource(file: "pulih.yml", problems: problems)
        let normalized = ConfigurationLoader.normalized(text)
        let file = source.parse(normalized).flatMap { WorkspaceReader(source: source, cores: 2).read($0) }
        let lines = normalized.utf8.count { $0 == 10 || $0 == 13 } + 1
        for problem in problems.problems {
            expect(!problem.message.isEmpty, "a problem without words")
            expect(
                (0...lines + 1).contains(problem.at.line), "a problem in line \(problem.at.line) of \(lines)")
        }
        guard let file, let warehouse = file.warehouse, problems.problems.isEmpty else { return }
        let configuration = Configuration(
            catalog: file.catalog, warehouse: warehouse, settings: file.settings, clients: file.clients,
            sources: file.sources, models: [], procedures: file.procedures, hooks: file.hooks,
            alerts: file.alerts)
        let rows = configuration.rows()
        expect(
            ConfigurationDifference.between(applied: rows, wanted: rows).isEmpty, "it differs from itself")
        for spec in file.sources.flatMap(\.files) {
            expect(!spec.readingText.isEmpty && !spec.mappingText.isEmpty, "a file without a fingerprint")
        }
    }
}
