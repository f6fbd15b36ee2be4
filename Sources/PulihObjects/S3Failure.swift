internal import PulihCurl

/// Why a request came to nothing.
enum S3Failure: Error, Sendable {
    /// The store said no.
    case refused(Refusal)
    /// There was no whole answer.
    case lost(HTTPFailure)
    /// The connection was closed although more was to come.
    case endedEarly(received: Int64, of: Int)
    /// An answer that no store of objects gives.
    case meaningless(String)
    /// The object is another one than the one that was named.
    case changed(String)

    struct Refusal: Sendable, Equatable {
        var status: Int
        /// `NoSuchBucket`; empty where the answer names none.
        var code = ""
        var message = ""
        /// Where the bucket is, of a redirection.
        var region: String?
    }

    /// Whether it may pass by itself.
    var isTransient: Bool {
        switch self {
        case .refused(let refusal):
            [408, 429, 500, 502, 503, 504].contains(refusal.status)
                || [
                    "RequestTimeout", "SlowDown", "InternalError", "ServiceUnavailable", "OperationAborted",
                    "ConditionalRequestConflict", "BadDigest",
                ].contains(refusal.code)
        case .lost(let failure): failure.kind != .untrusted && failure.kind != .other
        case .endedEarly: true
        case .meaningless, .changed: false
        }
    }

    var status: Int? {
        if case .refused(let refusal) = self { refusal.status } else { nil }
    }
}
