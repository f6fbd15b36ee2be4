internal import PulihArchive
internal import PulihXML

/// Reads a part of a workbook block by block. Blocks the thread.
final class SheetReader: SheetSteps {
    private let stream: ArchiveStream
    private let part: String
    private let reader: XMLReader
    private let block: UnsafeMutableRawBufferPointer
    private var isAtEnd = false

    init(_ stream: ArchiveStream, part: String, _ handler: any XMLHandler) throws {
        self.stream = stream
        self.part = part
        reader = try XMLReader(handler)
        block = .allocate(byteCount: 64 << 10, alignment: 16)
    }

    /// Hands over what the next block holds.
    /// - Returns: false at the end, when the part was found whole.
    /// - Throws: `WorkbookFailure`, `ArchiveFailure`, and what the sink throws.
    func step() throws -> Bool {
        guard !isAtEnd else { return false }
        let count: Int
        do {
            count = try stream.read(into: block)
        } catch {
            throw WorkbookFailure(
                error.kind == .limit ? .limit : .damaged,
                "the workbook's part \(part) cannot be unpacked beyond byte \(error.offset): \(error.message)",
                hint: "deliver the file again, whole")
        }
        isAtEnd = count == 0
        do {
            try reader.read(UnsafeRawBufferPointer(rebasing: block[..<count]), isLast: isAtEnd)
        } catch {
            guard let failure = error as? XMLFailure else { throw error }
            throw WorkbookFailure(
                .damaged, "the workbook's part \(part) is no XML: \(failure)",
                hint: "deliver the file again, whole")
        }
        return !isAtEnd
    }

    deinit {
        block.deallocate()
    }
}

@available(*, unavailable, message: "a part has one reader")
extension SheetReader: Sendable {}
