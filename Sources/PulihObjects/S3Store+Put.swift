internal import Foundation
internal import PulihCrypto
internal import PulihCurl
public import PulihModel
internal import PulihSystem

extension S3Store {
    /// Beyond so many bytes an object goes in parts of this size or more.
    static let partBytes = 64 << 20
    /// What S3 takes.
    private static let mostParts = 10_000

    public func put(_ path: String, as key: String) async throws -> StoredObject {
        let action = action("store \(path) as \(shown(key))", leftBehind: "the file is as it was")
        let (file, before) = try await attempting(action) {
            let file = try PositionedFile(path)
            return (file, try file.identity())
        }
        let span = FileSpan(file: file, start: 0, count: Int(before.size))
        let isInParts = span.count > Self.partBytes
        let tag =
            isInParts
            ? try await putInParts(span, as: key, action) : try await putWhole(span, as: key, action)
        return try await attempting(action) {
            let after = try file.identity()
            guard after.size == before.size, after.modifiedNanoseconds == before.modifiedNanoseconds else {
                throw S3Failure.changed("the file was written to meanwhile")
            }
            guard let stored = try examine(key), stored.bytes == span.count,
                try stored.tag == tag || isInParts && isTag(stored.tag, of: span)
            else {
                throw S3Failure.changed("the store has another object under this key by now")
            }
            return stored
        }
    }

    /// - Returns: the tag.
    private func putWhole(_ span: FileSpan, as key: String, _ action: S3Action) async throws -> String {
        let digests = try await attempting(action) { try span.digests() }
        return try await attempting(action) {
            try send(span, digests, S3Request(method: "PUT", key: prefix + key))
        }
    }

    private func putInParts(_ span: FileSpan, as key: String, _ action: S3Action) async throws -> String {
        let upload = try await attempting(action) {
            let request = S3Request(
                method: "POST", key: prefix + key, query: [("uploads", "")], body: HTTPBody([]))
            return try UploadReader.identifier(try client.exchange(request).body)
        }
        do {
            var parts: [SentPart] = []
            for part in Self.parts(of: span) {
                let query = [(name: "partNumber", value: "\(parts.count + 1)"), ("uploadId", upload)]
                let request = S3Request(method: "PUT", key: prefix + key, query: query)
                let digests = try await attempting(action) { try part.digests() }
                let tag = try await attempting(action) { try send(part, digests, request) }
                parts.append(SentPart(tag: tag, md5: digests.md5))
            }
            return try await attempting(action) { [parts] in try join(parts, of: span, key, upload) }
        } catch {
            throw await abandoning(upload, key, because: error)
        }
    }

    static func parts(of span: FileSpan) -> [FileSpan] {
        let mebibyte = 1 << 20
        let least = (span.count + mostParts - 1) / mostParts
        let size = max(partBytes, (least + mebibyte - 1) / mebibyte * mebibyte)
        return stride(from: 0, to: span.count, by: size).map {
            FileSpan(file: span.file, start: $0, count: min(size, span.count - $0))
        }
    }

    /// Blocks.
    /// - Returns: the tag.
    private func send(_ span: FileSpan, _ digests: FileSpan.Digests, _ request: S3Request) throws -> String {
        var request = request
        request.body = HTTPBody(count: span.count) { try span.read(into: $0, at: $1) }
        request.contentHash = digests.sha256
        // Beside the signed hash, which not every store compares with what came.
        if let md5 = digests.md5 {
            request.headers.append(("content-md5", Data(md5).base64EncodedString()))
        }
        guard let tag = try client.exchange(request).head["etag"] else {
            throw S3Failure.meaningless("it names no tag of what it stored")
        }
        return EntityTag.bare(tag)
    }

    /// Blocks.
    /// - Returns: the tag of the whole.
    private func join(
        _ parts: [SentPart], of span: FileSpan, _ key: String, _ upload: String
    ) throws -> String {
        let body = Array(SentPart.list(parts).utf8)
        var request = S3Request(
            method: "POST", key: prefix + key, query: [("uploadId", upload)],
            headers: [("content-type", "application/xml")], body: HTTPBody(body))
        request.contentHash = SHA256Digest.of(body).hex
        // Many parts take the store a while.
        request.silenceLimit = 300
        do {
            let (head, answer) = try client.exchange(request)
            return try UploadReader.tag(head, answer)
        } catch let failure as S3Failure {
            // The answer to an earlier try may have been lost: then the upload is over and the object there.
            guard failure.status == 404, let stored = try examine(key),
                try stored.tag == SentPart.tag(parts) || isTag(stored.tag, of: span)
            else { throw failure }
            return stored.tag
        }
    }

    /// Some stores tag what came in parts as if it had come in one.
    private func isTag(_ tag: String, of span: FileSpan) throws -> Bool {
        try span.digests().md5.map(Hexadecimal.text) == tag
    }

    /// Parts that nobody joins cost money and show in no listing.
    private func abandoning(_ upload: String, _ key: String, because error: any Error) async -> any Error {
        var request = S3Request(method: "DELETE", key: prefix + key, query: [("uploadId", upload)])
        request.isCleanup = true
        request.silenceLimit = 10
        do {
            try await BlockingWork.run { [request] in try execute(request) }
            return error
        } catch let failure {
            // An upload that the store does not know has no parts.
            if (failure as? S3Failure)?.status == 404 { return error }
            guard let told = error as? PulihError else { return error }
            return PulihError(
                told.code, told.summary, object: told.object,
                leftBehind:
                    "\(told.leftBehind), parts of the unfinished upload \(upload) are left in the store",
                hint: told.hint, isTransient: told.isTransient, isDiskFull: told.isDiskFull, cause: told.cause
            )
        }
    }
}

/// A part that the store has.
private struct SentPart: Sendable {
    let tag: String
    let md5: [UInt8]?

    /// What tells the store to join them.
    static func list(_ parts: [SentPart]) -> String {
        var text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        for (index, part) in parts.enumerated() {
            let tag = EntityTag.quoted(part.tag).replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            text += "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(tag)</ETag></Part>"
        }
        return text + "</CompleteMultipartUpload>"
    }

    /// The tag of the whole where the store makes it as Amazon does without keys of its customers; nil: not known.
    static func tag(_ parts: [SentPart]) -> String? {
        guard var md5 = MD5() else { return nil }
        for part in parts {
            guard let bytes = part.md5 else { return nil }
            bytes.withUnsafeBytes { md5.update($0) }
        }
        return "\(Hexadecimal.text(md5.finish()))-\(parts.count)"
    }
}
