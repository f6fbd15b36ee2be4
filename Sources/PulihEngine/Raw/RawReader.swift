internal import PulihArchive
internal import PulihModel
internal import PulihSystem
internal import PulihWorkbook

/// Reads a raw file as UTF-8 text, block by block: decompressed, decoded, without its byte order mark, of whatever format.
/// Blocks the thread.
final class RawReader {
    let path: String
    let identity: FileIdentity
    let isCompressed: Bool
    /// What the byte order mark says, or else the dialect.
    let encoding: TextEncoding
    let byteOrderMark: Int
    private let source: any ByteSource
    /// The text is that of the file, not of a reader.
    private let isOwnText: Bool
    private var decoder: TextDecoder
    /// The beginning, read to see the byte order mark.
    private var first: [UInt8]

    /// - Parameter known: of the file as it was read before; what it says is not looked for again while that holds.
    init(_ path: String, _ format: RecordFormat, known: FileShape? = nil) throws {
        self.path = path
        switch format.content {
        case .csv:
            let bytes = try RawBytes(path, format)
            identity = bytes.identity
            isCompressed = bytes.isCompressed
            source = bytes
            isOwnText = true
        case .xlsx(let layout):
            identity = try FileIdentity.of(path)
            isCompressed = false
            source = try WorkbookSource(Workbook(path), layout, hasHeader: format.dialect.hasHeader)
            isOwnText = false
        case .xls(let layout):
            identity = try FileIdentity.of(path)
            isCompressed = false
            source = try WorkbookSource(OldWorkbook(path), layout, hasHeader: format.dialect.hasHeader)
            isOwnText = false
        case .json(let layout):
            let bytes = try RawBytes(path)
            identity = bytes.identity
            isCompressed = bytes.isCompressed
            let isSame = known?.identity.hasSameContent(as: identity) ?? false
            source = JSONRecords(path, layout, identity, known: isSame ? known?.json : nil)
            isOwnText = false
        case .parquet(let schema):
            identity = try FileIdentity.of(path)
            isCompressed = false
            source = ParquetRecords(path, schema)
            isOwnText = false
        }
        first = []
        // A small file needs a small buffer only.
        let expected =
            isCompressed || !isOwnText ? FileReader.bufferSize : max(4, Int(clamping: identity.size))
        var block = [UInt8](repeating: 0, count: min(FileReader.bufferSize, expected))
        while first.count < 4 {
            let count = try source.read(into: &block)
            if count == 0 { break }
            first.append(contentsOf: block[..<count])
        }
        let mark = isOwnText ? Self.byteOrderMark(first) : nil
        encoding = mark?.encoding ?? (isOwnText ? format.dialect.encoding : .utf8)
        byteOrderMark = mark?.count ?? 0
        decoder = TextDecoder(encoding)
    }

    /// The text is byte for byte what the file holds after its byte order mark.
    var isDirect: Bool { isOwnText && !isCompressed && decoder.isTransparent }

    /// What a person should know of the file, once it was read to its end.
    var remarks: [String] { source.remarks }

    /// Of a document that was read to its end.
    var json: JSONFindings? { (source as? JSONRecords)?.findings }

    /// What a reader decodes are the bytes of the file.
    static func isText(_ path: String, _ format: RecordFormat) throws -> Bool {
        switch format.content {
        case .csv: try !ArchiveStream.isCompressed(path)
        case .xlsx, .xls, .json, .parquet: false
        }
    }

    /// Reads to the end; once.
    ///
    /// - Parameters:
    ///   - raw: sees every byte before it is decoded, the byte order mark too.
    ///   - body: gets the text and whether nothing follows; returns how many bytes it consumed. The others come again.
    ///     Returning nil stops.
    func forEachBlock(
        raw: (UnsafeRawBufferPointer) -> Void = { _ in },
        _ body: (UnsafeBufferPointer<UInt8>, Bool) throws -> Int?
    ) throws {
        var block = first
        first = []
        var count = block.count
        var skipped = byteOrderMark
        var text: [UInt8] = []
        while true {
            let isLast = count == 0
            block.withUnsafeBytes { raw(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            let consumed: Int? = try block.withUnsafeBufferPointer { bytes in
                let fresh = UnsafeBufferPointer(rebasing: bytes[min(skipped, count)..<count])
                if decoder.isTransparent, text.isEmpty {
                    guard let consumed = try body(fresh, isLast) else { return nil }
                    text.append(contentsOf: fresh[consumed...])
                    return 0
                }
                decoder.decode(fresh, isLast: isLast, into: &text)
                return try text.withUnsafeBufferPointer { try body($0, isLast) }
            }
            guard let consumed, !isLast else { return }
            text.removeFirst(consumed)
            skipped = 0
            try Task.checkCancellation()
            if identity.size > block.count, block.count < FileReader.bufferSize {
                block = [UInt8](repeating: 0, count: FileReader.bufferSize)
            }
            count = try source.read(into: &block)
        }
    }

    private static func byteOrderMark(_ first: [UInt8]) -> (encoding: TextEncoding, count: Int)? {
        if first.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, 3) }
        if first.starts(with: [0xFF, 0xFE]) { return (.utf16LE, 2) }
        if first.starts(with: [0xFE, 0xFF]) { return (.utf16BE, 2) }
        return nil
    }
}
