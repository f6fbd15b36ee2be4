import Foundation
import PulihCrypto
import Testing

@Suite struct SHA256Tests {
    // FIPS 180-4's examples, and the empty message.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ])
    func knownAnswers(_ text: String, _ hex: String) {
        #expect(SHA256Digest.of(text).hex == hex)
        #expect(SHA256Digest.of(Array(text.utf8)).hex == hex)
        #expect(SHA256Digest.of(AnySequence(text.utf8)).hex == hex)
    }

    @Test(arguments: [1, 3, 63, 64, 65, 1000])
    func piecesGiveTheWhole(_ size: Int) {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 31) }
        var hash = SHA256()
        for start in stride(from: 0, to: bytes.count, by: size) {
            bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { hash.update($0) }
        }
        #expect(hash.finish() == SHA256Digest.of(bytes))
    }

    @Test func digestsAreTextInJSON() throws {
        let digest = SHA256Digest.of("abc")
        let json = try JSONEncoder().encode([digest])
        #expect(String(decoding: json, as: UTF8.self) == "[\"\(digest.hex)\"]")
        #expect(try JSONDecoder().decode([SHA256Digest].self, from: json) == [digest])
        #expect(SHA256Digest(hex: digest.hex.uppercased()) == digest)
        #expect(digest.bytes.count == 32)
    }

    @Test(arguments: ["", "ab", String(repeating: "0", count: 63), String(repeating: "g", count: 64)])
    func refusesWhatIsNoDigest(_ text: String) {
        #expect(SHA256Digest(hex: text) == nil)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([SHA256Digest].self, from: Data("[\"\(text)\"]".utf8))
        }
    }
}
