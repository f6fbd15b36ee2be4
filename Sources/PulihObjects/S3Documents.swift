internal import PulihCurl
internal import PulihModel
internal import PulihSystem
internal import PulihXML

/// A document of the store as the texts of its elements, as far as a path of names is asked for.
private final class Elements: XMLHandler {
    private(set) var root = ""
    private var path: [String] = []
    private var text: [UInt8] = []
    /// Told of each element that ends, by the names from below the root, with its text.
    private let ended: ([String], String) throws -> Void

    private init(_ ended: @escaping ([String], String) throws -> Void) { self.ended = ended }

    func begin(_ element: XMLName, _ attributes: XMLAttributes) {
        if path.isEmpty { root = element.text }
        path.append(element.text)
        text.removeAll(keepingCapacity: true)
    }

    func end(_ element: XMLName) throws {
        try ended(Array(path.dropFirst()), String(decoding: text, as: UTF8.self))
        path.removeLast()
        text.removeAll(keepingCapacity: true)
    }

    func text(_ piece: UnsafeBufferPointer<UInt8>) { text.append(contentsOf: piece) }

    /// - Returns: the name of the root.
    static func read(_ bytes: [UInt8], _ ended: @escaping ([String], String) throws -> Void) throws -> String
    {
        let elements = Elements(ended)
        do {
            let reader = try XMLReader(elements)
            try bytes.withUnsafeBytes { try reader.read($0, isLast: true) }
        } catch let failure as XMLFailure {
            throw S3Failure.meaningless("\(failure)")
        }
        return elements.root
    }
}

/// What an answer says that says no.
enum RefusalReader {
    static func read(_ head: HTTPHead, _ body: [UInt8]) -> S3Failure.Refusal {
        var refusal = S3Failure.Refusal(status: head.status, region: head["x-amz-bucket-region"])
        guard !body.isEmpty else { return refusal }
        do {
            let root = try Elements.read(body) { path, text in
                switch path {
                case ["Code"]: refusal.code = shown(text)
                case ["Message"]: refusal.message = shown(text)
                case ["Region"]: refusal.region = shown(text)
                default: break
                }
            }
            if root != "Error" { throw S3Failure.meaningless(root) }
        } catch {
            // A proxy between us and the store may say no in its own words; the status tells enough.
            refusal.message = "not in the words of a store of objects"
        }
        return refusal
    }

    private static func shown(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : Character($0) }.prefix(300))
    }
}

/// One page of a listing.
struct ListingPage: Sendable {
    /// Keys as they are in the bucket.
    var objects: [StoredObject] = []
    /// Of the next page.
    var token: String?

    static func read(_ bytes: [UInt8]) throws -> ListingPage {
        let reading = Reading()
        let root = try Elements.read(bytes) { try reading.take($0, $1) }
        guard root == "ListBucketResult" else { throw S3Failure.meaningless("<\(root)> is no listing") }
        return try reading.page()
    }

    private final class Reading {
        private var objects: [StoredObject] = []
        private var object = StoredObject(key: "", bytes: -1, tag: "", modified: 0)
        private var isEncoded = false
        private var isTruncated = false
        private var token: String?

        func take(_ path: [String], _ text: String) throws {
            switch path {
            case ["EncodingType"]: isEncoded = text == "url"
            case ["IsTruncated"]: isTruncated = text == "true"
            case ["NextContinuationToken"]: token = text
            case ["Contents", "Key"]: object.key = text
            case ["Contents", "ETag"]: object.tag = EntityTag.bare(text)
            case ["Contents", "Size"]: object.bytes = Int(text) ?? -1
            case ["Contents", "LastModified"]:
                guard let time = Timestamp.parse(text) else {
                    throw S3Failure.meaningless("\"\(text)\" is no time")
                }
                object.modified = time - time % 1_000_000
            case ["Contents"]:
                guard !object.key.isEmpty, object.bytes >= 0, !object.tag.isEmpty else {
                    throw S3Failure.meaningless("an object without key, size or tag: \"\(object.key)\"")
                }
                objects.append(object)
                object = StoredObject(key: "", bytes: -1, tag: "", modified: 0)
            default: break
            }
        }

        /// Only here it is certain whether the keys are encoded: some stores say so after them.
        func page() throws -> ListingPage {
            if isTruncated, token ?? "" == "" {
                throw S3Failure.meaningless("a listing goes on and does not say where")
            }
            if isEncoded {
                for index in objects.indices {
                    objects[index].key = PercentEncoding.decode(objects[index].key)
                }
            }
            return ListingPage(objects: objects, token: isTruncated ? token : nil)
        }
    }
}

/// The answers to the beginning and the end of an upload in parts.
enum UploadReader {
    static func identifier(_ bytes: [UInt8]) throws -> String {
        var identifier = ""
        let root = try Elements.read(bytes) { if $0 == ["UploadId"] { identifier = $1 } }
        guard root.hasPrefix("InitiateMultipartUpload"), !identifier.isEmpty else {
            throw S3Failure.meaningless("<\(root)> begins no upload")
        }
        return identifier
    }

    /// Of the whole object.
    static func tag(_ head: HTTPHead, _ bytes: [UInt8]) throws -> String {
        var tag = ""
        let root = try Elements.read(bytes) { if $0 == ["ETag"] { tag = EntityTag.bare($1) } }
        // The status goes out before the store has joined the parts, so it says yes even when that fails.
        if root == "Error" { throw S3Failure.refused(RefusalReader.read(head, bytes)) }
        guard root.hasPrefix("CompleteMultipartUpload"), !tag.isEmpty else {
            throw S3Failure.meaningless("<\(root)> ends no upload")
        }
        return tag
    }
}

/// Entity tags: in headers they stand between quotation marks, in listings of some stores not.
enum EntityTag {
    static func bare(_ text: String) -> String {
        text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"")
            ? String(text.dropFirst().dropLast()) : text
    }

    static func quoted(_ tag: String) -> String { tag.hasPrefix("W/") ? tag : "\"\(tag)\"" }
}
