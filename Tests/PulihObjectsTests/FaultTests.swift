import Foundation
import PulihCrypto
import PulihModel
import PulihObjects
import PulihTesting
import Testing

/// What a store that is in trouble does to a caller.
@Suite(.timeLimit(.minutes(5))) struct FaultTests {
    @Test(arguments: [
        (503, "SlowDown"), (500, "InternalError"), (429, "TooManyRequests"),
    ])
    func whatPassesByItselfIsTriedAgain(_ status: Int, _ code: String) async throws {
        let (bucket, folder, waits) = (try await Bucket(), try Folder(), Waits())
        let (store, faulty) = try bucket.store(waits) { $0.number % 3 == 0 ? .pass : .refusal(status, code) }
        defer { faulty.close() }
        let object = try await store.put(try folder.put("content"), as: "k")
        #expect(try await store.list("").map(\.tag) == [object.tag])
        #expect(try await store.fetch(object, to: folder.path("copy")) == SHA256Digest.of("content").hex)
        #expect(try await store.remove(object))
        // Six requests: to put and to look, to list, to get, to look and to delete.
        #expect(faulty.requests.count == 18)
        #expect(waits.all == Array(repeating: [0.5, 1], count: 6).flatMap { $0 })
    }

    @Test func whatGoesOnIsToldAsPassing() async throws {
        let bucket = try await Bucket()
        let (store, faulty) = try bucket.store { _ in .refusal(503, "SlowDown") }
        defer { faulty.close() }
        let error = try await failure { _ = try await store.list("raw/") }
        #expect(error.summary == "unable to list s3://\(bucket.name)/raw/: HTTP 503 SlowDown: because")
        #expect(error.code == .storage)
        #expect(error.isTransient)
        #expect(faulty.requests.count == 5)
    }

    @Test func nobodyListens() async throws {
        let (bucket, waits) = (try await Bucket(), Waits())
        let faulty = try FaultyStore { _ in .drop }
        faulty.close()
        let store = try S3Store(bucket.settings(endpoint: faulty.endpoint), pace: waits.pace)
        let error = try await failure { _ = try await store.find("k") }
        #expect(error.summary.contains("\(faulty.port)"), "\(error)")
        #expect(error.summary.contains("onnect"), "\(error)")
        #expect(error.isTransient)
        #expect(waits.all.count == 4)
    }

    @Test func aDroppedConnectionIsTriedAgain() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let (store, faulty) = try bucket.store { $0.number % 2 == 1 ? .drop : .pass }
        defer { faulty.close() }
        let object = try await store.put(try folder.put("content"), as: "k")
        #expect(try await store.list("").map(\.tag) == [object.tag])
    }

    @Test func aBodyThatWasCutIsGoneOnWith() async throws {
        let (bucket, folder, waits) = (try await Bucket(), try Folder(), Waits())
        let content = noise(9 << 20)
        let object = try await bucket.store().put(try folder.put(content), as: "big")
        // Each connection brings 2 MiB and no more: more cuts than there are tries.
        let (store, faulty) = try bucket.store(waits) { _ in .cut(after: 2 << 20) }
        defer { faulty.close() }
        let hash = try await store.fetch(object, to: folder.path("copy"))
        #expect(try folder.bytes("copy") == content)
        #expect(hash == SHA256Digest.of(content).hex)
        let ranges = faulty.requests.map { $0.headers["range"] }
        #expect(ranges.count == 5)
        #expect(ranges[0] == nil)
        #expect(ranges[4] != nil)
        #expect(faulty.requests.allSatisfy { $0.headers["if-match"] == "\"\(object.tag)\"" })
        #expect(try folder.names() == ["copy", "file"])
    }

    @Test func aBodyThatNeverComesToItsEndIsGivenUp() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let object = try await bucket.store().put(try folder.put(noise(100_000)), as: "k")
        let (store, faulty) = try bucket.store { _ in .cut(after: 2_000) }
        defer { faulty.close() }
        let error = try await failure { _ = try await store.fetch(object, to: folder.path("copy")) }
        #expect(error.isTransient)
        #expect(error.leftBehind.contains("nothing of it was written"))
        #expect(faulty.requests.count == 5)
        #expect(try folder.names() == ["file"])
    }

    @Test func aStoreWithoutRangesBeginsAgain() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let content = String(repeating: "0123456789", count: 200)
        let object = try await bucket.store().put(try folder.put(content), as: "k")
        let headers = ["ETag": "\"\(object.tag)\""]
        let (store, faulty) = try bucket.store {
            $0.number == 1
                ? .http(200, headers, String(content.prefix(700)), length: 2_000)
                : .http(200, headers, content)
        }
        defer { faulty.close() }
        #expect(try await store.fetch(object, to: folder.path("copy")) == SHA256Digest.of(content).hex)
        #expect(faulty.requests[1].headers["range"] == "bytes=700-")
        #expect(try folder.text("copy") == content)
    }

    @Test func aLengthThatIsNotTheObjectsIsRefused() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let object = StoredObject(key: "k", bytes: 10, tag: "t", modified: 0)
        // More than there is, less than there is, another part than was asked for, nothing that names itself.
        let answers: [(FaultyStore.Answer, String, requests: Int)] = [
            (.http(200, ["ETag": "\"t\""], "01234567890"), "longer than the 10 bytes", 1),
            (.http(200, ["ETag": "\"t\""], "0123"), "after 4 of 10 bytes", 5),
            (.http(200, [:], "0123456789"), "another object by now", 1),
            (.http(200, ["ETag": "\"other\""], "0123456789"), "another object by now", 1),
            (.refusal(412, "PreconditionFailed"), "another object by now", 1),
            (.refusal(416, "InvalidRange"), "shorter than the 10 bytes", 1),
        ]
        for (answer, words, requests) in answers {
            let (store, faulty) = try bucket.store { _ in answer }
            defer { faulty.close() }
            let error = try await failure { _ = try await store.fetch(object, to: folder.path("copy")) }
            #expect(error.summary.contains(words), "\(error)")
            #expect(faulty.requests.count == requests, "\(words)")
            #expect(try folder.names() == [])
        }
    }

    @Test func aRangeThatIsNotTheRestIsRefused() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let object = StoredObject(key: "k", bytes: 10, tag: "t", modified: 0)
        let (store, faulty) = try bucket.store {
            $0.number == 1
                ? .http(200, ["ETag": "\"t\""], "0123", length: 10)
                : .http(206, ["ETag": "\"t\"", "Content-Range": "bytes 5-9/10"], "56789")
        }
        defer { faulty.close() }
        let error = try await failure { _ = try await store.fetch(object, to: folder.path("copy")) }
        #expect(error.summary.contains("\"bytes 5-9/10\" is not what follows byte 4"), "\(error)")
        #expect(try folder.names() == [])
    }

    @Test(arguments: [
        ("<html><body>Welcome</body></html>", "<html> is no listing"), ("garbage", "line 1"), ("", "line 1"),
        ("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", "does not say where"),
        (
            "<ListBucketResult><Contents><Key>k</Key></Contents></ListBucketResult>",
            "without key, size or tag"
        ),
        (
            "<ListBucketResult><Contents><LastModified>soon</LastModified></Contents></ListBucketResult>",
            "\"soon\" is no time"
        ),
        ("<!DOCTYPE x><ListBucketResult/>", "document type declaration"),
        ("<ListBucketResult><Contents>", "line 1"),
    ])
    func anAnswerThatIsNoListingIsRefused(_ body: String, _ words: String) async throws {
        let bucket = try await Bucket()
        let (store, faulty) = try bucket.store { _ in .http(200, ["Content-Type": "application/xml"], body) }
        defer { faulty.close() }
        let error = try await failure { _ = try await store.list("") }
        #expect(error.summary.contains("the answer is not one of a store of objects"), "\(error)")
        #expect(error.summary.contains(words), "\(error)")
        #expect(!error.isTransient)
        #expect(faulty.requests.count == 1)
    }

    @Test func aListingThatTurnsInCirclesIsLeft() async throws {
        let bucket = try await Bucket()
        let (store, faulty) = try bucket.store { _ in
            .http(
                200, [:],
                "<ListBucketResult><IsTruncated>true</IsTruncated>"
                    + "<NextContinuationToken>again</NextContinuationToken></ListBucketResult>")
        }
        defer { faulty.close() }
        let error = try await failure { _ = try await store.list("") }
        #expect(error.summary.contains("its pages never end"))
        #expect(faulty.requests.count == 2)
    }

    @Test func aRefusalInOtherWordsStillNamesItsStatus() async throws {
        let bucket = try await Bucket()
        let (store, faulty) = try bucket.store { _ in .http(407, [:], "<html>Proxy <b>says no") }
        defer { faulty.close() }
        let error = try await failure { _ = try await store.list("") }
        #expect(error.summary.hasSuffix("HTTP 407: not in the words of a store of objects"), "\(error)")
    }

    @Test func anotherRegionIsNamed() async throws {
        let bucket = try await Bucket()
        let (store, faulty) = try bucket.store { _ in
            .http(301, ["x-amz-bucket-region": "eu-west-1", "Location": "http://elsewhere"])
        }
        defer { faulty.close() }
        let error = try await failure { _ = try await store.find("k") }
        #expect(error.summary.contains("HTTP 301; the bucket is in eu-west-1"), "\(error)")
        #expect(error.hint.contains("region"))
    }

    @Test func aStoreThatIsSilentIsGivenUp() async throws {
        let bucket = try await Bucket()
        let (store, faulty) = try bucket.store(silenceLimit: 1) { $0.number == 1 ? .hang : .pass }
        defer { faulty.close() }
        #expect(try await store.list("").isEmpty)
        #expect(faulty.requests.count > 1)
    }

    @Test func cancellingEndsARequestThatHangs() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let (store, faulty) = try bucket.store { _ in .hang }
        defer { faulty.close() }
        let object = StoredObject(key: "k", bytes: 10, tag: "t", modified: 0)
        let path = try folder.put("x")
        let calls: [@Sendable () async throws -> Void] = [
            { _ = try await store.list("") }, { _ = try await store.fetch(object, to: folder.path("copy")) },
            { _ = try await store.put(path, as: "k") },
        ]
        for (index, call) in calls.enumerated() {
            let task = Task { try await call() }
            while faulty.requests.count <= index { await Task.yield() }
            let clock = ContinuousClock.now
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(ContinuousClock.now - clock < .seconds(10))
        }
        #expect(try folder.names() == ["file"])
    }

    @Test func anObjectThatBecomesAnotherWhileItIsRemovedIsLeftAlone() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let object = try await bucket.store().put(try folder.put("x"), as: "k")
        let (store, faulty) = try bucket.store {
            $0.method == "DELETE" ? .refusal(412, "PreconditionFailed") : .pass
        }
        defer { faulty.close() }
        #expect(try await !store.remove(object))
        #expect(faulty.requests[1].headers["if-match"] == "\"\(object.tag)\"")
    }

    @Test func aStoreThatRemovesOnlyWithoutConditionsIsAskedWithout() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let object = try await bucket.store().put(try folder.put("x"), as: "k")
        let (store, faulty) = try bucket.store {
            $0.headers["if-match"] != nil ? .refusal(501, "NotImplemented") : .pass
        }
        defer { faulty.close() }
        #expect(try await store.remove(object))
        #expect(try await store.find("k") == nil)
    }

    @Test func anAnswerThatWasLostDoesNoHarm() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let (store, faulty) = try bucket.store { $0.number % 2 == 1 ? .lose : .pass }
        defer { faulty.close() }
        let object = try await store.put(try folder.put("x"), as: "k")
        #expect(try await bucket.store().list("").map(\.tag) == [object.tag])
        #expect(try await store.remove(object))
        #expect(try await bucket.store().list("").isEmpty)
    }

    @Test func dotsAndSlashesOfAKeyAreSentAsTheyAre() async throws {
        let bucket = try await Bucket()
        let (store, faulty) = try bucket.store { _ in .refusal(403, "AccessDenied") }
        defer { faulty.close() }
        _ = try await failure { _ = try await store.find("a/../b//./c") }
        #expect(faulty.requests[0].target == "/\(bucket.name)/a/../b//./c")
    }

    @Test func whatTheStoreHasIsComparedWithWhatWasSent() async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let (store, faulty) = try bucket.store {
            $0.method == "HEAD"
                ? .http(
                    200, ["ETag": "\"other\"", "Last-Modified": "Fri, 24 May 2013 00:00:00 GMT"], "",
                    length: 1)
                : .pass
        }
        defer { faulty.close() }
        let error = try await failure { _ = try await store.put(try folder.put("x"), as: "k") }
        #expect(error.summary.contains("the store has another object under this key by now"), "\(error)")
    }

    @Test(arguments: ["BadDigest", "RequestTimeout"])
    func aBodyThatDidNotGetThereIsSentAgain(_ code: String) async throws {
        let (bucket, folder) = (try await Bucket(), try Folder())
        let (store, faulty) = try bucket.store { $0.number == 1 ? .refusal(400, code) : .pass }
        defer { faulty.close() }
        _ = try await store.put(try folder.put("x"), as: "k")
        // MD5 of "x", for stores that do not compare the signed hash.
        #expect(faulty.requests[0].headers["content-md5"] == "ndTkYSaMgDT1yFZOFVxnpg==")
        #expect(faulty.requests[0].headers["x-amz-content-sha256"] == SHA256Digest.of("x").hex)
    }
}
