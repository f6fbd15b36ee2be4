import PulihModel
import PulihYAML

/// Reads `unpack:` of a CSV file.
struct UnpackReader {
    let source: YAMLSource

    func read(_ node: YAMLNode?, _ dialect: CSVDialect) -> Unpacking {
        var unpacking = Unpacking()
        guard let node,
            let section = Section(node, "unpack", keys: ["members", "largest", "ratio"], in: source)
        else { return unpacking }
        unpacking.members = section.text("members")
        if unpacking.members == "" {
            section.report("members", "'members' is empty", hint: "such as \"*.csv\"")
        }
        if unpacking.members != nil, dialect.encoding != .utf8 || dialect.skipLines > 0 {
            section.report(
                "members", "'members' reads files in utf-8 without skip_lines",
                hint: "deliver the files by themselves, or packed one by one")
        }
        if let text = section.text("largest") {
            unpacking.largestBytes = ByteSize.parse(text)
            if unpacking.largestBytes == nil {
                section.report(
                    "largest", "'largest' must be a size, not '\(text)'",
                    hint: "write a number and KB, MB or GB")
            }
        }
        unpacking.ratio = section.int("ratio", in: 1...1_000_000) ?? unpacking.ratio
        return unpacking
    }
}
