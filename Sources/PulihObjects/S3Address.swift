internal import PulihModel

/// The URLs of a bucket.
struct S3Address: Sendable, Equatable {
    /// `http` or `https`.
    let scheme: String
    /// As it stands in the header: the port only where it is not the scheme's own.
    let host: String
    /// Before the key, ends in a slash; percent-encoded.
    private let root: String

    init(_ settings: S3Settings) throws {
        func wrong(_ what: String, _ hint: String) -> PulihError {
            PulihError(.configuration, what, object: settings.name, hint: hint)
        }
        guard Self.isName(settings.bucket) else {
            throw wrong(
                "\"\(settings.bucket)\" is no name of a bucket",
                "letters, digits, dots, hyphens and underscores; a prefix follows a slash: bucket/prefix")
        }
        guard Self.isName(settings.region) else {
            throw wrong("\"\(settings.region)\" is no region", "as in region: eu-central-1")
        }
        let endpoint = settings.endpoint ?? "https://s3.\(settings.region).amazonaws.com"
        guard let parts = Self.parts(of: endpoint) else {
            throw wrong(
                "\"\(endpoint)\" is no endpoint of a store", "as in endpoint: https://minio.example:9000")
        }
        scheme = parts.scheme
        host = settings.isPathStyle ? parts.host : "\(settings.bucket).\(parts.host)"
        root = parts.path + "/" + (settings.isPathStyle ? settings.bucket + "/" : "")
    }

    /// The path as it is sent and signed.
    /// - Parameter key: in the bucket, its prefix included; nil: the bucket itself.
    func path(_ key: String?) -> String {
        guard let key else { return root.count > 1 ? String(root.dropLast()) : root }
        return root + PercentEncoding.encode(key, keepingSlashes: true)
    }

    /// - Parameter query: encoded.
    func url(_ path: String, _ query: String) -> String {
        "\(scheme)://\(host)\(path)" + (query.isEmpty ? "" : "?" + query)
    }

    private static func parts(of endpoint: String) -> (scheme: String, host: String, path: String)? {
        guard let mark = endpoint.firstRange(of: "://") else { return nil }
        let scheme = endpoint[..<mark.lowerBound].lowercased()
        var rest = endpoint[mark.upperBound...]
        while rest.last == "/" { rest.removeLast() }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var host = rest[..<slash].lowercased()
        let path = String(rest[slash...])
        let ports = ["http": ":80", "https": ":443"]
        guard let port = ports[scheme] else { return nil }
        if host.hasSuffix(port) { host.removeLast(port.count) }
        // A user or password has no place here: the key signs.
        guard !host.isEmpty, host.utf8.allSatisfy({ isName($0) || "[]:".utf8.contains($0) }),
            path.utf8.allSatisfy({ isName($0) || "/~".utf8.contains($0) })
        else { return nil }
        return (scheme, host, path)
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isName($0) }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
