internal import PulihCrypto
internal import PulihModel

/// What tells a manifest that was edited from one that Pulih wrote: the SHA-256 of everything else in it.
enum ManifestSeal {
    private static let member = "seal"
    /// Written into each file of a manifest since manifests are sealed.
    static let originalName = "original_file_name"
    static let blankLines = "blank_lines"

    static func sealed(_ document: JSONValue) throws -> JSONValue {
        let open = unsealed(document)
        guard case .object(let members) = open else { return document }
        return .object(members + [JSONMember(member, .string(try hash(open)))])
    }

    /// What is wrong with a manifest as it was read; nil: nothing, or it is older than seals.
    static func problem(_ document: JSONValue) throws -> String? {
        guard let seal = document[member] else {
            let files = document["files"]?.array ?? []
            return files.contains { $0[originalName] != nil } ? "its seal is missing" : nil
        }
        return seal.string == (try hash(unsealed(document))) ? nil : "its content does not fit its seal"
    }

    private static func unsealed(_ document: JSONValue) -> JSONValue {
        guard case .object(let members) = document else { return document }
        return .object(members.filter { $0.name != member })
    }

    /// Read again first: that brings the members into one order, whoever wrote them.
    private static func hash(_ document: JSONValue) throws -> String {
        SHA256Digest.of(try JSONValue.parse(Array(document.compact.utf8)).compact).hex
    }
}
