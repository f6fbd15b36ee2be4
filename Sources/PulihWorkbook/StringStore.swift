internal import PulihSystem

/// The shared strings of a workbook by number, in memory that does not grow with them: beyond a limit they lie in a file
/// without a name, and those that were asked for last are kept.
final class StringStore {
    /// Neighbours in one piece, which is read as a whole.
    private struct Chunk {
        var bytes: [UInt8] = []
        /// Where each ends.
        var ends: [Int32] = []
    }

    private struct Place {
        let first: Int
        let offset: Int64
        let count: Int
        let strings: Int
    }

    private static let chunkBytes = 32 << 10
    private static let keptChunks = 256

    private(set) var count = 0
    private let limit: Int
    private var open = Chunk()
    /// Until there are too many.
    private var resident: [Chunk] = []
    private var places: [Place] = []
    private var bytes: Int64 = 0
    private var file: SpillFile?
    private var cache: [(number: Int, chunk: Chunk)?] = []
    private var last = 0

    /// - Parameter limit: bytes of text that stay in memory.
    init(limit: Int = 32 << 20) {
        self.limit = limit
    }

    func append(_ text: [UInt8]) throws {
        open.bytes.append(contentsOf: text)
        open.ends.append(Int32(open.bytes.count))
        count += 1
        if open.bytes.count + 4 * open.ends.count >= Self.chunkBytes { try close() }
    }

    /// No string comes any more.
    func finish() throws {
        if !open.ends.isEmpty { try close() }
    }

    private func close() throws {
        let size = open.ends.count * 4 + open.bytes.count
        places.append(
            Place(first: count - open.ends.count, offset: bytes, count: size, strings: open.ends.count))
        bytes += Int64(size)
        if let file {
            try Self.write(open, to: file)
        } else {
            resident.append(open)
            if bytes > Int64(limit) { try spill() }
        }
        open = Chunk()
    }

    private func spill() throws {
        let file = try SpillFile()
        for chunk in resident { try Self.write(chunk, to: file) }
        resident = []
        cache = Array(repeating: nil, count: Self.keptChunks)
        self.file = file
    }

    private static func write(_ chunk: Chunk, to file: SpillFile) throws {
        var image = [UInt8]()
        image.reserveCapacity(chunk.ends.count * 4 + chunk.bytes.count)
        for end in chunk.ends {
            for shift in [0, 8, 16, 24] { image.append(UInt8(truncatingIfNeeded: end >> Int32(shift))) }
        }
        try file.append(image + chunk.bytes)
    }

    /// - Parameter index: below `count`.
    func withText<R>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> R) throws -> R {
        let number = chunk(of: index)
        let within = index - places[number].first
        guard let file else { return try Self.text(resident[number], within, body) }
        let slot = number % Self.keptChunks
        if cache[slot]?.number != number {
            cache[slot] = (number, try Self.read(places[number], from: file))
        }
        return try Self.text(cache[slot]!.chunk, within, body)
    }

    private func chunk(of index: Int) -> Int {
        if index >= places[last].first, index - places[last].first < places[last].strings { return last }
        var (low, high) = (0, places.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if places[middle].first <= index { low = middle } else { high = middle - 1 }
        }
        last = low
        return low
    }

    private static func text<R>(
        _ chunk: Chunk, _ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> R
    ) throws -> R {
        let begin = index == 0 ? 0 : Int(chunk.ends[index - 1])
        let end = Int(chunk.ends[index])
        return try chunk.bytes.withUnsafeBufferPointer {
            try body(UnsafeBufferPointer(rebasing: $0[begin..<end]))
        }
    }

    private static func read(_ place: Place, from file: SpillFile) throws -> Chunk {
        let image = try file.read(place.count, at: place.offset)
        guard image.count == place.count else {
            throw WorkbookFailure(.damaged, "the temporary file of its shared strings was cut")
        }
        var chunk = Chunk()
        chunk.ends.reserveCapacity(place.strings)
        for at in stride(from: 0, to: place.strings * 4, by: 4) {
            let word = image[at..<(at + 4)].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            chunk.ends.append(Int32(bitPattern: word))
        }
        chunk.bytes = Array(image[(place.strings * 4)...])
        return chunk
    }
}
