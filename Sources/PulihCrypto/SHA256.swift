internal import CCrypto

/// Computes a SHA-256 piece by piece.
///
/// The corresponding C functions are `EVP_DigestInit_ex`, `EVP_DigestUpdate` and `EVP_DigestFinal_ex`.
@safe public struct SHA256: ~Copyable {
    private let context: OpaquePointer

    public init() {
        guard let context = unsafe EVP_MD_CTX_new(), unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        else {
            fatalError("libcrypto has no SHA-256, or there is no memory left")
        }
        unsafe self.context = context
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let state = unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(state == 1, "libcrypto refused to go on with a digest")
    }

    public consuming func finish() -> SHA256Digest {
        let state: Int32
        var bytes = [UInt8](repeating: 0, count: 32)
        state = unsafe EVP_DigestFinal_ex(context, &bytes, nil)
        precondition(state == 1, "libcrypto refused to end a digest")
        return SHA256Digest(bytes: bytes)
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
    }
}
