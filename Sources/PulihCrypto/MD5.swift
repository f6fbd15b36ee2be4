internal import CCrypto

/// Computes an MD5 piece by piece. Only for protocols that ask for one: it notices accidents, not intent.
@safe public struct MD5: ~Copyable {
    private let context: OpaquePointer

    /// nil: libcrypto has none, as where only what FIPS allows is switched on.
    public init?() {
        guard let context = unsafe EVP_MD_CTX_new() else { return nil }
        guard unsafe EVP_DigestInit_ex(context, EVP_md5(), nil) == 1 else {
            unsafe EVP_MD_CTX_free(context)
            return nil
        }
        unsafe self.context = context
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let state = unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(state == 1, "libcrypto refused to go on with a digest")
    }

    /// - Returns: 16 bytes.
    public consuming func finish() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16)
        let state = unsafe EVP_DigestFinal_ex(context, &bytes, nil)
        precondition(state == 1, "libcrypto refused to end a digest")
        return bytes
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
    }
}
