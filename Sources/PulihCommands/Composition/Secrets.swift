internal import PulihModel
internal import PulihSystem

/// Reads secrets where `pulih.yml` says that they are, when they are needed. Messages name the place, never the
/// secret.
enum Secrets {
    /// - Parameters:
    ///   - what: `the password of the catalog`.
    ///   - key: what of `pulih.yml` refers to it: `catalog`.
    static func read(
        _ reference: SecretReference, _ what: String, under key: String, in layout: WorkspaceLayout
    ) throws -> String {
        switch reference {
        case .env(let name):
            guard let secret = WorkingFolder.environment(name) else {
                throw missing(
                    "the environment variable \(name), which holds \(what), is not set",
                    name,
                    hint: "set \(name), or name another place under '\(key)' in pulih.yml")
            }
            return secret
        case .file(let path):
            let file = layout.resolve(path)
            let secret: String
            do {
                let text = try FileReader.readText(file, limit: 64_000)
                secret = String(text.prefix { !$0.isNewline })
            } catch {
                throw missing(
                    "unable to read \(what) from \(path): \(error.text)", file,
                    hint: "see that the file is there and that its reader is the one who runs pulih")
            }
            guard !secret.isEmpty else {
                throw missing(
                    "the file \(path), which holds \(what), is empty", file,
                    hint: "write it as the first line")
            }
            return secret
        }
    }

    private static func missing(_ summary: String, _ object: String, hint: String) -> PulihError {
        PulihError(
            .configuration, summary, object: object, leftBehind: "nothing was done", hint: hint)
    }
}

extension Workspace {
    /// nil: libpq finds one by itself.
    func password(of location: PostgresLocation, _ key: String) async throws -> String? {
        guard let reference = location.password else { return nil }
        return try await BlockingWork.run {
            try Secrets.read(reference, "the password of the \(key)", under: key, in: layout)
        }
    }
}
