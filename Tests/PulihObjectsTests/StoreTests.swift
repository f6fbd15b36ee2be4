import Foundation
import PulihCrypto
import PulihModel
import PulihObjects
import PulihTesting
import Testing

private let manyKeys = [
    "with blank.csv", "plus+plus.csv", "100%.csv", "a&b=c.csv", "ümläut–€.csv", "日本.csv", "comma,semi;.csv",
    "quote'single.csv", "~tilde(paren)!.csv", "@at#hash.csv", "folder.with.dots/x.csv", "%41.csv",
]

@Suite(.timeLimit(.minutes(5))) struct StoreTests {
    @Test(arguments: manyKeys)
    func anObjectGoesAndComesBackWhateverItsKey(_ key: String) async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let store = try bucket.store(prefix: "night")
        let source = try folder.put("id;name\n1;ü\n")

        let put = try await store.put(source, as: key)
        #expect(put.key == key)
        #expect(put.bytes == 13)
        // The server's listing takes the time from elsewhere and may be a second off.
        let found = try await store.list("") + [try #require(try await store.find(key))]
        #expect(found.map(\.key) == [key, key])
        #expect(found.map(\.bytes) == [13, 13])
        #expect(found.map(\.tag) == [put.tag, put.tag])
        let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
        #expect(abs(now - put.modified) < 120_000_000)

        let hash = try await store.fetch(put, to: folder.path("copy"))
        #expect(try folder.text("copy") == "id;name\n1;ü\n")
        #expect(hash == SHA256Digest.of("id;name\n1;ü\n").hex)

        #expect(try await store.remove(put))
        #expect(try await store.find(key) == nil)
        #expect(try await store.list("").isEmpty)
        #expect(try await store.remove(put), "what is gone is no failure")
        #expect(try folder.names() == ["copy", "file"])
    }

    @Test func anEmptyObjectIsOneToo() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let store = try bucket.store()
        let put = try await store.put(try folder.put(""), as: "empty")
        #expect(put.bytes == 0)
        #expect(try await store.fetch(put, to: folder.path("copy")) == SHA256Digest.of("").hex)
        #expect(try folder.bytes("copy").isEmpty)
    }

    @Test func aListingGoesOnBeyondAPage() async throws {
        let bucket = try await Bucket()
        let folder = bucket.server.path(bucket.name, "night/raw")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for number in 0..<2_345 {
            try Data("\(number)".utf8).write(to: URL(fileURLWithPath: "\(folder)/f \(number)+.csv"))
        }
        try Data().write(to: URL(fileURLWithPath: bucket.server.path(bucket.name, "nightly")))
        let objects = try await bucket.store(prefix: "night").list("raw/")
        #expect(objects.count == 2_345)
        #expect(Set(objects.map(\.key)) == Set((0..<2_345).map { "raw/f \($0)+.csv" }))
        #expect(
            objects.map(\.key) == objects.map(\.key).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        #expect(try await bucket.store().list("raw/").isEmpty)
    }

    @Test func puttingReplaces() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let store = try bucket.store()
        let first = try await store.put(try folder.put("first"), as: "k")
        let second = try await store.put(try folder.put("second"), as: "k")
        #expect(first.tag != second.tag)
        #expect(try await store.list("").map(\.tag) == [second.tag])
    }

    @Test func anObjectThatBecameAnotherIsLeftAlone() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let store = try bucket.store()
        let old = try await store.put(try folder.put("old"), as: "k")
        let new = try await store.put(try folder.put("new"), as: "k")

        let error = try await failure { _ = try await store.fetch(old, to: folder.path("copy")) }
        #expect(error.code == .storage)
        #expect(error.summary.contains("it is another object by now"))
        #expect(!error.isTransient)
        #expect(try folder.names() == ["file"])

        #expect(try await !store.remove(old))
        #expect(try await store.find("k")?.tag == new.tag)
    }

    @Test func anObjectThatIsGoneIsNotFetched() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let store = try bucket.store()
        let object = try await store.put(try folder.put("x"), as: "k")
        #expect(try await store.remove(object))
        let error = try await failure { _ = try await store.fetch(object, to: folder.path("copy")) }
        #expect(
            error.summary == "unable to fetch s3://\(bucket.name)/k to \(folder.path("copy")): it is gone")
        #expect(try folder.names() == ["file"])
    }

    @Test func aFileIsNeverReplaced() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let store = try bucket.store()
        let object = try await store.put(try folder.put("new"), as: "k")
        _ = try folder.put("old", "copy")
        let error = try await failure { _ = try await store.fetch(object, to: folder.path("copy")) }
        #expect(error.summary.contains("File exists"))
        #expect(try folder.text("copy") == "old")
        #expect(try folder.names() == ["copy", "file"])
    }

    @Test func aFileThatIsNotThereIsNotStored() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let error = try await failure { _ = try await bucket.store().put(folder.path("none"), as: "k") }
        #expect(error.summary.contains("No such file or directory"))
        #expect(try await bucket.store().find("k") == nil)
    }

    @Test func aWrongSecretIsToldAndNotShown() async throws {
        let bucket = try await Bucket()
        for (settings, code) in [
            (bucket.settings(secret: "hush hush"), "SignatureDoesNotMatch"),
            (bucket.settings(keyID: "NOBODY"), "InvalidAccessKeyId"),
        ] {
            let store = try S3Store(settings)
            for call in [{ _ = try await store.list("") }, { _ = try await store.find("k") }] {
                let error = try await failure { try await call() }
                #expect(error.summary.contains("HTTP 403 \(code)"), "\(error)")
                #expect(!error.isTransient)
                #expect(error.hint.contains("key and secret"))
                for secret in [settings.secret, settings.keyID] {
                    #expect(!"\(error) \(error.cause ?? "") \(error.object)".contains(secret))
                }
            }
        }
    }

    @Test func aMissingBucketIsNoEmptyOne() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        var settings = bucket.settings()
        settings.bucket = "nobodys"
        let store = try S3Store(settings)
        let object = StoredObject(key: "k", bytes: 1, tag: "t", modified: 0)
        let path = try folder.put("x")
        let calls: [() async throws -> Void] = [
            { _ = try await store.list("") }, { _ = try await store.find("k") },
            { _ = try await store.remove(object) }, { _ = try await store.put(path, as: "k") },
            { _ = try await store.fetch(object, to: folder.path("copy")) },
        ]
        for call in calls {
            let error = try await failure { try await call() }
            #expect(error.summary.contains("NoSuchBucket"), "\(error)")
            #expect(error.hint.contains("make the bucket"))
            #expect(error.object == "s3://nobodys")
        }
        #expect(try folder.names() == ["file"])
    }
}
