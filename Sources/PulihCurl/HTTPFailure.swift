internal import CCurl

/// Why there is no answer, or only a part of one.
public struct HTTPFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// No such host, or nobody listens there.
        case unreachable
        /// Nothing came, or could be sent, for too long.
        case silent
        /// The connection ended before the answer did.
        case cut
        /// The certificate of the other side is not to be trusted.
        case untrusted
        case other
    }

    public let kind: Kind
    /// libcurl's number of it.
    public let code: Int
    public let message: String

    public var description: String { message }

    init(_ code: CURLcode, message: String) {
        self.code = Int(code.rawValue)
        self.message =
            message.isEmpty
            ? unsafe String(cString: curl_easy_strerror(code)).lowercasedFirst : message.lowercasedFirst
        kind =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: .unreachable
            case CURLE_OPERATION_TIMEDOUT: .silent
            case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR,
                CURLE_SEND_FAIL_REWIND, CURLE_SSL_CONNECT_ERROR:
                .cut
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR: .untrusted
            default: .other
            }
    }
}

extension String {
    /// Messages of Pulih begin in lower case; a first word that is all capitals, as `SSL`, stays.
    fileprivate var lowercasedFirst: String {
        guard let first, first.isUppercase, dropFirst().first?.isLowercase == true else { return self }
        return first.lowercased() + dropFirst()
    }
}
