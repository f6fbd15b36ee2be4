import PulihModel
import PulihYAML

/// Reads `places:`. What is wrong is nil and was reported.
struct PlacesReader {
    let source: YAMLSource

    func read(_ node: YAMLNode) -> StoragePlaces {
        guard let section = Section(node, "places", keys: ["raw", "data"], in: source) else {
            return StoragePlaces()
        }
        return StoragePlaces(raw: place(section, "raw"), data: place(section, "data"))
    }

    private func place(_ places: Section, _ name: String) -> S3Location? {
        let keys = ["s3", "endpoint", "region", "path_style", "key", "secret"]
        guard let node = places[name], let section = Section(node, "places.\(name)", keys: keys, in: source)
        else { return nil }
        let bucket = bucket(section)
        let endpoint = endpoint(section)
        let region = region(section)
        let hasPathStyle = section.bool("path_style")
        let secrets = SecretReader(source: source)
        var (key, secret): (SecretReference?, SecretReference?)
        for name in ["key", "secret"] where !section.has(name) {
            section.reportMissing(name, hint: "\(name): {env: NAME} or \(name): {file: PATH}")
        }
        if section.has("key") { key = secrets.reference(section, "key") }
        if section.has("secret") { secret = secrets.reference(section, "secret") }
        guard let bucket, let key, let secret else { return nil }
        return S3Location(
            bucket: bucket.name, prefix: bucket.prefix, endpoint: endpoint, region: region,
            hasPathStyle: hasPathStyle ?? section.has("endpoint"), key: key, secret: secret)
    }

    // MARK: bucket

    private func bucket(_ section: Section) -> (name: String, prefix: String)? {
        let advice = "write s3: BUCKET or s3: BUCKET/PREFIX"
        guard let text = section.requiredText("s3", hint: advice) else { return nil }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        let prefix = parts.count > 1 ? String(parts[1]) : ""
        guard Self.isBucket(name) else {
            section.report(
                "s3",
                "'\(name)' is no name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens, with a"
                    + " letter or digit at both ends", hint: advice)
            return nil
        }
        let words = prefix.split(separator: "/", omittingEmptySubsequences: false)
        let isOdd = words.contains { $0.isEmpty || $0 == "." || $0 == ".." }
        guard prefix.isEmpty && parts.count == 1 || !isOdd, prefix.utf8.count <= Self.longestPrefix,
            !prefix.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else {
            section.report(
                "s3",
                "'\(prefix)' is no prefix: names with a slash between them, none empty, '.' or '..',"
                    + " \(Self.longestPrefix) bytes at most", hint: advice)
            return nil
        }
        return (name, prefix)
    }

    /// Of the 1,024 bytes of a key, what folders and names of files need is left.
    private static let longestPrefix = 512

    private static func isBucket(_ name: String) -> Bool {
        let isEnd = { (character: Character) in
            character.isASCII && (character.isNumber || character.isLetter && character.isLowercase)
        }
        guard (3...63).contains(name.utf8.count), let first = name.first, let last = name.last else {
            return false
        }
        return isEnd(first) && isEnd(last) && !name.contains("..")
            && name.allSatisfy { isEnd($0) || $0 == "-" || $0 == "." }
    }

    // MARK: address

    private func region(_ section: Section) -> String {
        guard section.has("region"), let text = section.text("region") else { return S3Location.usualRegion }
        let isName = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        guard isName, !text.isEmpty else {
            section.report("region", "'region' must be a name such as eu-central-1, not '\(text)'")
            return S3Location.usualRegion
        }
        return text
    }

    private func endpoint(_ section: Section) -> String? {
        guard section.has("endpoint"), let text = section.text("endpoint") else { return nil }
        let advice = "such as https://minio.example:9000"
        // What may be a password is not repeated.
        guard !text.contains("@") else {
            section.report("endpoint", "an address holds neither key nor secret", hint: advice)
            return nil
        }
        guard let endpoint = Self.address(text) else {
            section.report(
                "endpoint",
                "'endpoint' must be http:// or https://, a host and perhaps a port, not '\(text)'",
                hint: advice)
            return nil
        }
        return endpoint
    }

    /// Without a slash at its end.
    private static func address(_ text: String) -> String? {
        guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else { return nil }
        var rest = text.dropFirst(scheme.count)
        if rest.last == "/" { rest = rest.dropLast() }
        var host = rest
        if rest.first == "[" {
            guard let close = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<close]
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
                return nil
            }
            let after = rest[rest.index(after: close)...]
            return isPort(after) ? scheme + rest : nil
        }
        if let colon = rest.firstIndex(of: ":") { host = rest[..<colon] }
        let isName = host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") }
        guard isName, !host.isEmpty, isPort(rest[host.endIndex...]) else { return nil }
        return scheme + rest
    }

    /// Nothing, or `:9000`.
    private static func isPort(_ text: Substring) -> Bool {
        if text.isEmpty { return true }
        guard text.first == ":", let number = UInt16(text.dropFirst()) else { return false }
        return number > 0
    }
}
