import PulihModel
import PulihYAML

/// Reads `sources:` and checks the files against each other.
struct SourceReader {
    let source: YAMLSource

    func read(_ node: YAMLNode) -> [SourceSystem] {
        let systems = source.entries(node, "sources").compactMap(system)
        checkTogether(systems)
        return systems
    }

    private func system(_ pair: YAMLPair) -> SourceSystem? {
        source.checkName(pair.name, pair.key, "source")
        let what = "source \(pair.name)"
        guard let section = Section(pair.value, what, keys: ["files"], in: source, place: pair.key) else {
            return nil
        }
        let files = section["files"].map { source.entries($0, "files of \(what)") } ?? []
        if files.isEmpty { section.reportMissing("files", hint: "'pulih infer FILE' proposes one") }
        return SourceSystem(
            name: pair.name,
            files: files.compactMap { file in
                source.checkName(file.name, file.key, "file")
                let key = FileKey(source: pair.name, name: file.name)
                return FileSpecReader(source: source, key: key).read(file)
            })
    }

    private func checkTogether(_ systems: [SourceSystem]) {
        for system in systems {
            for (position, file) in system.files.enumerated() where !file.pattern.isEmpty {
                let pattern = file.pattern.lowercased()
                if let earlier = system.files[..<position].first(where: {
                    $0.pattern.lowercased() == pattern && !$0.sharesFiles(with: file)
                }) {
                    source.problems.report(
                        file.at, "\(file.key) has the pattern of \(earlier.key)",
                        hint: "a file name must lead to one of them, or to different tables of a workbook")
                }
            }
        }
        var owners: [String: FileKey] = [:]
        for file in systems.flatMap(\.files) {
            if let earlier = owners[file.target] {
                source.problems.report(
                    file.at, "the bronze table \(file.target) of \(file.key) belongs to \(earlier)",
                    hint: "give one of them another 'target'")
            }
            owners[file.target] = file.key
        }
        for file in systems.flatMap(\.files) {
            if let earlier = owners[file.target + "_current"] {
                source.problems.report(
                    file.at,
                    "the view \(file.target)_current of \(file.key) has the name of the table of \(earlier)",
                    hint: "give one of them another 'target'")
            }
        }
    }
}
