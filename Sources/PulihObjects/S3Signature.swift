internal import PulihCrypto

/// Signs requests with version 4 of Amazon's signatures.
///
/// libcurl has an option for it, whose older versions encode keys and queries in another way than the store does.
struct S3Signature: Sendable {
    let keyID: String
    let secret: String
    let region: String

    /// What is signed of a request; path and query as they are sent.
    struct Subject {
        var method: String
        var path: String
        var query: String
        /// Names in lower case, each once.
        var headers: [(name: String, value: String)]
        /// SHA-256 of the body, in hexadecimal.
        var contentHash: String
    }

    /// The value of `Authorization`.
    /// - Parameter time: `20130524T000000Z`, which has to stand in `x-amz-date` too.
    func authorization(_ subject: Subject, at time: String) -> String {
        let headers = subject.headers.sorted { $0.name < $1.name }
        let names = headers.map(\.name).joined(separator: ";")
        let canonical =
            ([subject.method, subject.path, subject.query]
            + headers.map { "\($0.name):\($0.value)" } + ["", names, subject.contentHash])
            .joined(separator: "\n")
        let date = String(time.prefix(8))
        let scope = "\(date)/\(region)/s3/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(SHA256Digest.of(canonical).hex)"
        var key = Array("AWS4\(secret)".utf8)
        for word in [date, region, "s3", "aws4_request"] { key = HMAC.sha256(Array(word.utf8), key: key) }
        let signature = Hexadecimal.text(HMAC.sha256(Array(text.utf8), key: key))
        return "AWS4-HMAC-SHA256 Credential=\(keyID)/\(scope),SignedHeaders=\(names),Signature=\(signature)"
    }

    /// A query as it is sent and signed: encoded, in order.
    static func query(_ words: [(name: String, value: String)]) -> String {
        words.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: "&")
    }
}

enum Hexadecimal {
    /// In lower case.
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
