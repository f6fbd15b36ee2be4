import PulihModel

/// The line of `pulih.yml` that says where the catalog or the warehouse is.
public struct LocationLine: Sendable, Equatable {
    public enum Key: String, Sendable {
        case catalog, warehouse
    }

    public let key: Key
    /// `catalog: postgresql://pulih@localhost:5432/dwh`, without line end.
    public let text: String

    /// - Parameter place: a URL, or what else the key takes on one line: `sqlite`, `service=dwh`.
    /// - Throws: what would be said about that line in `pulih.yml`, placed on the option `--catalog`.
    public init(_ key: Key, _ place: String) throws(ConfigurationErrors) {
        self.key = key
        let value = YAMLWriter.plainAddress(place)
        let isPair = !PostgresAddress.isURL(place) && place.contains("=")
        text = "\(key.rawValue): " + (isPair ? "{postgresql: \(value)}" : value)
        let problems = ProblemList()
        let source = YAMLSource(file: "--\(key.rawValue)", problems: problems)
        if let root = source.parse(text), let section = Section(root, "", keys: [key.rawValue], in: source) {
            let reader = LocationReader(source: source)
            switch key {
            case .catalog: _ = reader.catalog(section)
            case .warehouse: _ = reader.warehouse(section)
            }
        }
        guard problems.problems.isEmpty else {
            let option = SourceLine(file: source.file, line: 0)
            throw ConfigurationErrors(
                problems.problems.map { ConfigurationProblem(at: option, message: $0.message, hint: $0.hint) }
            )
        }
    }

    /// The text of a `pulih.yml` with this line in the place of what says the same there, or after its first key.
    /// Every other byte stays.
    public func replacing(in yaml: String) -> String {
        var lines = Array(yaml.utf8).split(separator: Self.lineFeed, omittingEmptySubsequences: false)
        if let start = lines.firstIndex(where: { Self.begins($0, key.rawValue) }) {
            let after = lines[(start + 1)...]
            let end = after.firstIndex { !($0.first == Self.blank || $0.first == Self.tab) } ?? lines.endIndex
            lines.replaceSubrange(start..<end, with: [line(like: lines[start])])
        } else {
            let start = lines.firstIndex { Self.begins($0, "pulih") }.map { $0 + 1 } ?? 0
            lines.insert(line(like: lines[max(0, start - 1)]), at: start)
        }
        return String(decoding: Array(lines.joined(separator: [Self.lineFeed])), as: UTF8.self)
    }

    private func line(like other: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let ending = other.last == Self.carriageReturn ? [Self.carriageReturn] : []
        return (Array(text.utf8) + ending)[...]
    }

    private static func begins(_ line: ArraySlice<UInt8>, _ key: String) -> Bool {
        line.starts(with: Array("\(key):".utf8))
    }

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let blank = UInt8(ascii: " ")
    private static let tab = UInt8(ascii: "\t")
}

extension YAMLWriter {
    /// Plain where nothing in it could mean something to YAML.
    fileprivate static func plainAddress(_ text: String) -> String {
        let isPlain =
            text.first?.isLetter == true && text.last != ":"
            && text.utf8.allSatisfy { byte in
                let character = Character(UnicodeScalar(byte))
                return character.isASCII && (character.isLetter || character.isNumber)
                    || "/@._?=&%+-:".contains(character)
            }
        return isPlain ? text : quoted(text)
    }
}
