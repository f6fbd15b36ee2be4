internal import PulihModel

/// Tells the side files among what lies in `incoming` from the data that they vouch for.
struct SideFiles: Sendable {
    /// What is no side file.
    let data: [Candidate]
    private let sides: [Candidate]

    init(_ candidates: [Candidate], _ specs: [FileSpec]) {
        let patterns = specs.compactMap { spec in spec.sidePattern.map { (spec.key.source, $0) } }
        let isSide = { (file: Candidate) in
            patterns.contains { $0.0 == file.source && Glob.matches($0.1, file.name) }
        }
        data = candidates.filter { !isSide($0) }
        sides = candidates.filter(isSide)
    }

    func file(_ name: String, of source: String) -> Candidate? {
        sides.first { $0.source == source && $0.name == name }
    }

    /// What is to be said of those whose data did not come.
    func waiting(_ collection: Collection) -> [String] {
        let taken = Set(collection.sides.values.map(\.path))
        return sides.filter { !taken.contains($0.path) }.map {
            "\($0.name) waits for the file that it speaks of"
        }
    }
}

extension FileSpec {
    /// The name of the side file that belongs to a data file; nil: none does.
    func sideName(of name: String) -> String? {
        guard case .sideFile(let template)? = control?.place else { return nil }
        return template.replacing("{stem}", with: BatchFiles.nameParts(name).stem)
            .replacing("{name}", with: name)
    }

    /// Glob over the names of its side files; nil: it has none.
    var sidePattern: String? { sideName(of: pattern) }
}
