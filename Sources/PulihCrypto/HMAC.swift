internal import CCrypto

/// Proves that who made it knew a key: HMAC with SHA-256.
public enum HMAC {
    /// - Returns: 32 bytes.
    ///
    /// The corresponding C function is `HMAC`.
    public static func sha256(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        let done = unsafe CCrypto.HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &code, &count)
        guard unsafe done != nil, count == 32 else {
            fatalError("libcrypto has no HMAC with SHA-256, or there is no memory left")
        }
        return code
    }
}
