/// What the name of a delivered file says about the kind of file: `Cust Info_2026-11-20.csv.gz` is a
/// `cust_info`.
struct FileNameParts {
    let logicalName: String
    let pattern: String

    init(_ fileName: String) {
        var rest = fileName[...]
        for suffix in [".gz", ".zst"] where rest.lowercased().hasSuffix(suffix) {
            rest = rest.dropLast(suffix.count)
        }
        // An archive has an ending of its own only where it says what is packed.
        if rest.lowercased().hasSuffix(".zip"), rest.dropLast(4).dropFirst().contains(".") {
            rest = rest.dropLast(4)
        }
        var suffix: Substring = ""
        if let dot = rest.lastIndex(of: "."), dot != rest.startIndex {
            suffix = rest[dot...]
            rest = rest[..<dot]
        }
        let stem = Self.withoutDate(rest)
        pattern = Self.literal(stem) + "*" + Self.literal(suffix)
        logicalName = Self.identifier(stem)
    }

    /// Without numbers at the end that stand apart and have four digits or more together, as a date or a
    /// serial does.
    private static func withoutDate(_ name: Substring) -> Substring {
        var stem = name
        var digits = 0
        while let separator = stem.lastIndex(where: { "_-. ".contains($0) }), separator != stem.startIndex {
            let group = stem[stem.index(after: separator)...]
            guard !group.isEmpty, group.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { break }
            digits += group.count
            stem = stem[..<separator]
        }
        return digits >= 4 ? stem : name
    }

    /// The signs of a glob become `?`.
    private static func literal(_ text: Substring) -> String {
        String(text.map { "*?[]".contains($0) ? "?" : $0 })
    }

    static func identifier(_ stem: Substring) -> String {
        let letters = stem.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        let words = String(letters).split(separator: "_").joined(separator: "_")
        guard let first = words.first else { return "file" }
        return first.isLetter ? words : "file_" + words
    }
}
