internal import Glibc
internal import PulihSystem

/// One stream of a compound file (OLE 2), which is a small file system: sectors, chained by a table. Read whole.
struct CompoundStream {
    /// Excel itself does not write workbooks of old as large as this.
    static let longest = 512 << 20

    private let bytes: [UInt8]
    private let sectorSize: Int
    private var table: [UInt32] = []

    /// The content of the first of these streams that is there; nil when there is none.
    static func read(_ names: [String], of path: String) throws -> [UInt8]? {
        let bytes: [UInt8]
        do {
            bytes = try FileReader.readAll(path, limit: longest)
        } catch {
            guard error.errno == EFBIG else { throw error }
            throw WorkbookFailure(.limit, "it is larger than any workbook of old: \(error.text)")
        }
        return try CompoundStream(bytes).stream(names)
    }

    private init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        let shift = bytes.count >= 512 ? Int(bytes.word(30)) : 0
        guard shift == 9 || shift == 12 else { throw Self.damaged("its first sector is no header") }
        sectorSize = 1 << shift
        var places = (0..<109).map { bytes.long(76 + 4 * $0) }
        var next = bytes.long(68)
        var left = bytes.count / sectorSize
        while next < 0xFFFF_FFFA, left > 0 {
            let at = try place(of: next)
            for index in 0..<(sectorSize / 4 - 1) { places.append(bytes.long(at + 4 * index)) }
            next = bytes.long(at + sectorSize - 4)
            left -= 1
        }
        for sector in places where sector < 0xFFFF_FFFA {
            let at = try place(of: sector)
            for index in 0..<(sectorSize / 4) { table.append(bytes.long(at + 4 * index)) }
            guard table.count <= bytes.count else { throw Self.damaged("its table of sectors goes round") }
        }
    }

    private func stream(_ names: [String]) throws -> [UInt8]? {
        let directory = try content(from: bytes.long(48), in: table, of: nil)
        guard directory.count % sectorSize == 0 else { throw Self.damaged("its directory is cut") }
        var root: (start: UInt32, size: Int)?
        var found: [String: (start: UInt32, size: Int)] = [:]
        for at in stride(from: 0, to: directory.count - 127, by: 128) {
            let length = min(64, Int(directory.word(at + 64)))
            let units = stride(from: 0, to: max(0, length - 2), by: 2).map { directory.word(at + $0) }
            let entry = (directory.long(at + 116), Int(directory.long(at + 120)))
            switch directory[at + 66] {
            case 5: root = entry
            case 2: found[String(decoding: units, as: UTF16.self)] = entry
            default: break
            }
        }
        guard let entry = names.compactMap({ found[$0] }).first else { return nil }
        guard entry.size < Int(bytes.long(56)) else {
            return try cut(content(from: entry.start, in: table, of: nil), entry.size)
        }
        guard let root else { throw Self.damaged("it has no root") }
        let small = try content(from: root.start, in: table, of: nil)
        let links = try content(from: bytes.long(60), in: table, of: nil)
        let smallTable = stride(from: 0, to: links.count - 3, by: 4).map { links.long($0) }
        return try cut(content(from: entry.start, in: smallTable, of: small), entry.size)
    }

    private func cut(_ content: [UInt8], _ size: Int) throws -> [UInt8] {
        guard content.count >= size else {
            throw Self.damaged("a stream ends after \(content.count) of \(size) bytes")
        }
        return Array(content[..<size])
    }

    /// - Parameter small: where the stream of small sectors is meant, that.
    private func content(from start: UInt32, in table: [UInt32], of small: [UInt8]?) throws -> [UInt8] {
        var content: [UInt8] = []
        var sector = start
        var left = table.count
        while sector < 0xFFFF_FFFA {
            guard left > 0, Int(sector) < table.count, content.count <= bytes.count else {
                throw Self.damaged("a chain of sectors has no end")
            }
            if let small {
                let at = Int(sector) * 64
                guard at < small.count else { throw Self.damaged("small sector \(sector) is not there") }
                content.append(contentsOf: small[at..<min(at + 64, small.count)])
            } else {
                let at = (Int(sector) + 1) * sectorSize
                guard at < bytes.count else {
                    throw Self.damaged("sector \(sector) is not there; the file is cut")
                }
                content.append(contentsOf: bytes[at..<min(at + sectorSize, bytes.count)])
            }
            sector = table[Int(sector)]
            left -= 1
        }
        return content
    }

    private func place(of sector: UInt32) throws -> Int {
        let at = (Int(sector) + 1) * sectorSize
        guard at + sectorSize <= bytes.count else {
            throw Self.damaged("sector \(sector) is not there; the file is cut")
        }
        return at
    }

    private static func damaged(_ problem: String) -> WorkbookFailure {
        WorkbookFailure(
            .damaged, "the workbook is damaged: \(problem)", hint: "deliver the file again, whole")
    }
}

extension [UInt8] {
    /// Little endian; the caller has looked that they are there.
    func word(_ at: Int) -> UInt16 { UInt16(self[at]) | UInt16(self[at + 1]) << 8 }
    func long(_ at: Int) -> UInt32 { UInt32(word(at)) | UInt32(word(at + 2)) << 16 }

    func double(_ at: Int) -> Double {
        Double(bitPattern: UInt64(long(at)) | UInt64(long(at + 4)) << 32)
    }
}
