internal import PulihCrypto
internal import PulihCurl
public import PulihModel
internal import PulihSystem

extension S3Store {
    public func fetch(_ object: StoredObject, to path: String) async throws -> String {
        let action = action(
            "fetch \(shown(object.key)) to \(path)",
            leftBehind: "nothing of it was written, the object is as it was")
        do {
            let download = try await BlockingWork.run {
                try Download(object, key: prefix + object.key, path: path, client)
            }
            return try await complete(download)
        } catch {
            throw action.told(error)
        }
    }

    /// Goes on where a connection ended; a try that brought something on does not count.
    private func complete(_ download: Download) async throws -> String {
        let isWorthIt: Int64 = 1 << 20
        var tries = 1
        var reached: Int64 = 0
        while true {
            do {
                return try await download.complete()
            } catch {
                let count = await download.count
                if count >= reached + isWorthIt { tries = 0 }
                reached = count
                guard (error as? S3Failure)?.isTransient == true, tries < retry.attempts, !Task.isCancelled
                else {
                    await download.discard()
                    throw error
                }
                tries += 1
                do {
                    try await pace.sleep(retry.wait(after: max(1, tries - 1), chance: pace.chance()))
                } catch {
                    await download.discard()
                    throw error
                }
            }
        }
    }
}

/// An object on its way into a file, over one connection after the other.
private actor Download {
    private let executor = SerialQueueExecutor(label: "pulih.download")
    private let object: StoredObject
    private let key: String
    private let client: S3Client
    private let file: ArrivingFile
    private var hash = SHA256()
    /// The head of the answer that comes in.
    private var isChecked = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ object: StoredObject, key: String, path: String, _ client: S3Client) throws {
        self.object = object
        self.key = key
        self.client = client
        file = try ArrivingFile(path)
    }

    /// What came so far.
    var count: Int64 { file.count }

    func discard() { file.discard() }

    /// Fetches what is missing and puts the file in its place.
    /// - Returns: SHA-256 of it, in hexadecimal.
    func complete() throws -> String {
        try receive()
        let received = file.count
        guard received == object.bytes else {
            throw S3Failure.endedEarly(received: received, of: object.bytes)
        }
        try file.install()
        var whole = SHA256()
        swap(&whole, &hash)
        return whole.finish().hex
    }

    private func receive() throws {
        var request = S3Request(method: "GET", key: key)
        request.headers = [("if-match", EntityTag.quoted(object.tag))]
        if file.count > 0 { request.headers.append(("range", "bytes=\(file.count)-")) }
        isChecked = false
        do {
            let head = try client.send(request) { head, bytes in
                try self.check(head)
                guard self.file.count + Int64(bytes.count) <= self.object.bytes else {
                    throw S3Failure.changed("it is longer than the \(self.object.bytes) bytes that it had")
                }
                try self.file.write(bytes)
                self.hash.update(bytes)
            }
            try check(head)
        } catch let failure as S3Failure {
            switch failure.status {
            case 404: throw try gone(failure)
            case 412: throw S3Failure.changed("it is another object by now")
            case 416: throw S3Failure.changed("it is shorter than the \(object.bytes) bytes that it had")
            default: throw failure
            }
        }
    }

    /// A missing bucket is told as one.
    private func gone(_ failure: S3Failure) throws -> S3Failure {
        if case .refused(let refusal) = failure, refusal.code == "NoSuchBucket" { return failure }
        return .changed("it is gone")
    }

    /// Not every store heeds a condition, or a range.
    private func check(_ head: HTTPHead) throws {
        guard !isChecked else { return }
        isChecked = true
        guard head["etag"].map(EntityTag.bare) == object.tag else {
            throw S3Failure.changed("it is another object by now")
        }
        guard file.count > 0 else { return }
        if let range = head["content-range"] {
            guard range.hasPrefix("bytes \(file.count)-") else {
                throw S3Failure.meaningless("\"\(range)\" is not what follows byte \(file.count)")
            }
        } else {
            try file.restart()
            hash = SHA256()
        }
    }
}
