internal import PulihCurl
public import PulihModel
public import PulihSystem

/// A bucket of Amazon S3, or of whatever speaks as it does, or what is under a prefix there.
///
/// What passes by itself is tried again; each request is signed anew. Memory does not grow with an object.
public struct S3Store: ObjectStore {
    public let name: String
    let client: S3Client
    let prefix: String
    let retry: RetryPolicy
    let pace: Pace

    /// Asks nobody: whether the store answers, the first call tells.
    /// - Parameter silenceLimit: seconds without a byte after which a request is given up.
    /// - Throws: `.configuration` where bucket, region or endpoint cannot be one.
    public init(
        _ settings: S3Settings, retry: RetryPolicy = RetryPolicy(attempts: 5, waitSeconds: 0.5),
        pace: Pace = .real, clock: any WallClock = SystemClock(), silenceLimit: Int = 30
    ) throws {
        name = settings.name
        client = try S3Client(settings, clock: clock, silenceLimit: silenceLimit)
        prefix = settings.prefix.isEmpty ? "" : settings.prefix + "/"
        self.retry = retry
        self.pace = pace
    }

    public func list(_ prefix: String) async throws -> [StoredObject] {
        let action = action("list \(shown(prefix))")
        var objects: [StoredObject] = []
        var token: String?
        repeat {
            let page = try await attempting(action) { [token] in
                try self.page(of: prefix, after: token)
            }
            for var object in page.objects {
                guard object.key.hasPrefix(self.prefix) else {
                    throw action.told(
                        S3Failure.meaningless("it lists \(object.key), which was not asked for"))
                }
                object.key.removeFirst(self.prefix.count)
                objects.append(object)
            }
            guard page.token == nil || page.token != token else {
                throw action.told(S3Failure.meaningless("its pages never end"))
            }
            token = page.token
        } while token != nil
        return objects.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    public func find(_ key: String) async throws -> StoredObject? {
        try await attempting(action("look for \(shown(key))")) { try examine(key) }
    }

    public func remove(_ object: StoredObject) async throws -> Bool {
        let action = action("remove \(shown(object.key))")
        guard let found = try await attempting(action, { try examine(object.key) }) else { return true }
        guard found.tag == object.tag else { return false }
        return try await attempting(action) {
            var request = S3Request(method: "DELETE", key: prefix + object.key)
            request.headers = [("if-match", EntityTag.quoted(object.tag))]
            do {
                try execute(request)
            } catch let failure as S3Failure {
                switch failure.status {
                case 404: break
                // It became another one since we looked, or went.
                case 412: return try examine(object.key) == nil
                // A store that removes only without conditions.
                case 501:
                    request.headers = []
                    try execute(request)
                default: throw failure
                }
            }
            return true
        }
    }

    // MARK: one request each, blocking

    /// A request without an answer to read.
    func execute(_ request: S3Request) throws {
        _ = try client.exchange(request)
    }

    private func page(of prefix: String, after token: String? = nil, limit: Int = 1_000) throws -> ListingPage
    {
        var request = S3Request(method: "GET")
        request.query = [("list-type", "2"), ("encoding-type", "url"), ("prefix", self.prefix + prefix)]
        request.query.append(("max-keys", "\(limit)"))
        if let token { request.query.append(("continuation-token", token)) }
        return try ListingPage.read(try client.exchange(request).body)
    }

    func examine(_ key: String) throws -> StoredObject? {
        do {
            let head = try client.exchange(S3Request(method: "HEAD", key: prefix + key)).head
            return try StoredObject(key: key, head)
        } catch let failure as S3Failure {
            switch failure.status {
            case 404:
                // An answer to HEAD cannot say that there is not even a bucket.
                _ = try page(of: key, limit: 1)
                return nil
            case 301, 307, 400, 401, 403:
                // Nor why it is no; a listing fails for the same reason and says it.
                _ = try page(of: key, limit: 1)
                throw failure
            default: throw failure
            }
        }
    }

    // MARK: tries and words

    /// Runs a blocking body off the cooperative pool, again while it fails for what passes by itself.
    func attempting<T: Sendable>(
        _ action: S3Action, _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        do {
            return try await retry.run(pace) { error in
                (error as? S3Failure)?.isTransient ?? false
            } _: {
                try await BlockingWork.run(body)
            }
        } catch {
            throw action.told(error)
        }
    }

    func action(_ words: String, leftBehind: String = "nothing was changed") -> S3Action {
        S3Action(store: name, words: words, leftBehind: leftBehind)
    }

    /// `s3://bucket/prefix/key`
    func shown(_ key: String) -> String { key.isEmpty ? name : "\(name)/\(key)" }
}

extension StoredObject {
    /// - Throws: `S3Failure` when the head does not tell what an object's head tells.
    init(key: String, _ head: HTTPHead) throws {
        guard let bytes = head["content-length"].flatMap({ Int($0) }), let tag = head["etag"] else {
            throw S3Failure.meaningless("it names neither length nor tag of \(key)")
        }
        guard let modified = head["last-modified"].flatMap({ HTTPDate.parse($0) }) else {
            throw S3Failure.meaningless("it does not say when \(key) was written")
        }
        self.init(key: key, bytes: bytes, tag: EntityTag.bare(tag), modified: modified)
    }
}

/// Times as headers have them: `Fri, 24 May 2013 00:00:00 GMT`.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// - Returns: microseconds since 1970 UTC; nil for what is no such time.
    static func parse(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        let day = words[1].count == 1 ? "0\(words[1])" : String(words[1])
        return Timestamp.parse("\(words[3])-\(number)-\(day)T\(words[4])Z")
    }
}
