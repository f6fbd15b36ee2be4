import PulihCrypto
import Testing

@Suite struct MACTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Of RFC 4231: a short key, and one longer than a block.
    @Test func codesAreThoseOfTheStandard() {
        #expect(
            hex(HMAC.sha256(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let message = "Test Using Larger Than Block-Size Key - Hash Key First"
        #expect(
            hex(HMAC.sha256(Array(message.utf8), key: [UInt8](repeating: 0xAA, count: 131)))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test func nothingWithAnEmptyKeyHasACodeToo() {
        #expect(
            hex(HMAC.sha256([], key: []))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test func md5IsThatOfTheStandard() {
        guard var md5 = MD5() else { return }
        for piece in ["message", " ", "digest"] { Array(piece.utf8).withUnsafeBytes { md5.update($0) } }
        #expect(hex(md5.finish()) == "f96b697d7cb7938d525a2f31aaf161d0")
    }
}
