internal import PulihArchive
internal import PulihCrypto
internal import PulihModel
internal import PulihSystem

enum Survey {
    /// Reads the file once, or twice where its text is not its bytes: these are hashed, the text is counted. Blocks the
    /// thread.
    static func read(_ path: String, _ format: RecordFormat, keepIn cache: ShapeCache) throws -> FileSurvey {
        var hash = SHA256()
        var bytes = 0
        let shape: FileShape
        if try !RawReader.isText(path, format) {
            let before = try FileIdentity.of(path)
            var reader = try FileReader(path)
            var block = [UInt8](repeating: 0, count: FileReader.bufferSize)
            while true {
                let count = try reader.read(into: &block)
                if count == 0 { break }
                bytes += count
                block.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                try Task.checkCancellation()
            }
            shape = try FileShape.read(path, format)
            guard try FileIdentity.of(path) == before else {
                throw PulihError(
                    .data, "\(path) changed while it was read", object: path, leftBehind: "nothing was done",
                    hint: "wait until it is complete, then run again", isTransient: true)
            }
        } else {
            shape = try FileShape.read(path, format) { block in
                bytes += block.count
                hash.update(block)
            }
        }
        cache.keep(shape, format)
        return FileSurvey(
            sha256: hash.finish().hex, bytes: bytes, records: shape.records, blankLines: shape.blankLines,
            header: shape.header, firstRecordFields: shape.firstRecordFields, isEmpty: shape.isEmpty)
    }
}
