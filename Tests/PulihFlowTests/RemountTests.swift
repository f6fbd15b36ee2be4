import Foundation
import PulihSystem
import PulihTesting
import Testing

/// What a file system over a network shows after it was mounted again.
@Suite(.timeLimit(.minutes(10))) struct RemountTests {
    /// - Returns: whether the file has another inode than before, and the same content.
    private func renew(_ path: String, in shop: TestWorkspace) throws -> Bool {
        let (before, text) = (try FileIdentity.of(shop.path(path)).inode, try shop.read(path))
        // The inode that a removal frees is the next to be given.
        try shop.move(path, to: "\(path).old")
        try shop.write(path, text)
        try shop.remove("\(path).old")
        return try FileIdentity.of(shop.path(path)).inode != before
    }

    @Test func aClaimIsFinishedWhenFilesHaveOtherInodes() async throws {
        let shop = try await Shop.make()
        try shop.dropFirst()
        let killed = try await shop.run("start", "client1", failpoints: "claim.between_renames=kill:1")
        #expect(killed.signal == 9)
        let left = try shop.names(in: "raw/client1/shop/incoming")
        #expect(left.count == 2)
        for name in left { #expect(try renew("raw/client1/shop/incoming/\(name)", in: shop)) }
        try await shop.must("start", "client1")
        #expect(try await shop.fingerprint() == Shop.loaded().fingerprint())
        #expect(try shop.names(in: "raw/client1/shop/incoming") == [])
    }
}
