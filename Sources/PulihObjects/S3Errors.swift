internal import PulihCurl
internal import PulihModel
internal import PulihSystem

/// What is told of a failure: the action in words, and what it leaves.
struct S3Action: Sendable {
    let store: String
    /// As in "unable to …".
    let words: String
    var leftBehind = "nothing was changed"

    /// The one place where failures of this adapter get the project's words. Cancellation passes.
    func told(_ error: any Error) -> any Error {
        switch error {
        case let failure as S3Failure: told(failure)
        case let failure as SystemFailure:
            PulihError(
                .storage, "unable to \(words): \(failure)", object: store, leftBehind: leftBehind,
                hint: failure.isDiskFull ? "free space and run again" : "", isDiskFull: failure.isDiskFull,
                cause: failure.description)
        default: error
        }
    }

    private func told(_ failure: S3Failure) -> PulihError {
        let (problem, hint): (String, String) =
            switch failure {
            case .refused(let refusal): (Self.problem(refusal), Self.hint(refusal))
            case .lost(let lost):
                switch lost.kind {
                case .untrusted:
                    (
                        lost.message,
                        "make the authority of its certificate known to this machine (update-ca-certificates)"
                    )
                case .unreachable: (lost.message, "check endpoint and network, then run again")
                default:
                    ("\(lost.message) (libcurl \(lost.code))", "check endpoint and network, then run again")
                }
            case .endedEarly(let received, let bytes):
                (
                    "the connection ended after \(received) of \(bytes) bytes",
                    "check the network, then run again"
                )
            case .meaningless(let what):
                (
                    "the answer is not one of a store of objects: \(what)",
                    "check the endpoint: something else may answer there"
                )
            case .changed(let what): (what, "run again: what is there now is looked at anew")
            }
        return PulihError(
            .storage, "unable to \(words): \(problem)", object: store, leftBehind: leftBehind, hint: hint,
            isTransient: failure.isTransient, cause: problem)
    }

    /// `HTTP 403 SignatureDoesNotMatch: The request signature …`
    private static func problem(_ refusal: S3Failure.Refusal) -> String {
        var text = "HTTP \(refusal.status)"
        if !refusal.code.isEmpty { text += " \(refusal.code)" }
        if !refusal.message.isEmpty { text += ": \(refusal.message)" }
        if let region = refusal.region { text += "; the bucket is in \(region)" }
        return text
    }

    private static func hint(_ refusal: S3Failure.Refusal) -> String {
        switch (refusal.code, refusal.status) {
        case ("InvalidAccessKeyId", _), ("SignatureDoesNotMatch", _):
            "check what key and secret of the place in pulih.yml refer to"
        case ("RequestTimeTooSkewed", _): "set the clock of this machine"
        case ("AuthorizationHeaderMalformed", _), ("PermanentRedirect", _), (_, 301), (_, 307):
            "set region and endpoint of the place to those of the bucket"
        case ("NoSuchBucket", _): "check bucket and endpoint of the place, or make the bucket"
        case (_, 401), (_, 403):
            "check key and secret, and that they may list, read, write and delete under this prefix"
        case (_, 404): "check bucket and endpoint of the place"
        case (_, 500...): "the store is in trouble: run again later"
        default: "check bucket and endpoint of the place"
        }
    }
}
