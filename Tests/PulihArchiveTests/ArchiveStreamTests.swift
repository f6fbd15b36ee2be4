import Foundation
import PulihArchive
import Testing

@Suite struct ArchiveStreamTests {
    /// Writes a file for `body`, and removes it.
    private func withFile<T>(_ data: Data, _ body: (String) throws -> T) throws -> T {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("pulih-\(UUID().uuidString)")
        try data.write(to: url)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: url) } }
        return try body(url.path)
    }

    private func read(_ path: String, limits: ArchiveLimits = ArchiveLimits(), piece: Int = 4096) throws
        -> Data
    {
        let stream = try ArchiveStream(path: path, limits: limits)
        var content = Data()
        var buffer = [UInt8](repeating: 0, count: piece)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
            if count == 0 { break }
            content.append(contentsOf: buffer[..<count])
        }
        #expect(stream.position == Int64(content.count))
        return content
    }

    private func content(_ data: Data, limits: ArchiveLimits = ArchiveLimits(), piece: Int = 4096) throws
        -> String
    {
        String(decoding: try withFile(data) { try read($0, limits: limits, piece: piece) }, as: UTF8.self)
    }

    @Test(arguments: ArchiveFormat.allCases, [1, 7, 4096, 1 << 20])
    func reads(_ format: ArchiveFormat, _ piece: Int) throws {
        let data = try #require(Fixture.whole[format])
        #expect(try content(data, piece: piece) == Fixture.content)
        try withFile(data) { path throws in
            #expect(try ArchiveFormat.detect(path) == format)
            #expect(try ArchiveStream.isCompressed(path))
            #expect(try ArchiveStream(path: path).memberName == (format == .zip ? "t.csv" : nil))
        }
    }

    @Test(arguments: ArchiveFormat.allCases)
    func readsEmptyContent(_ format: ArchiveFormat) throws {
        #expect(try content(#require(Fixture.empty[format])) == "")
    }

    @Test(arguments: ArchiveFormat.allCases)
    func refusesEveryCut(_ format: ArchiveFormat) throws {
        for data in [Fixture.whole[format], Fixture.empty[format]] {
            let data = try #require(data)
            for length in 0..<data.count {
                #expect(throws: ArchiveFailure.self, "the first \(length) of \(data.count) bytes") {
                    try content(data.prefix(length))
                }
            }
        }
    }

    /// A changed bit in a name or a time does no harm; anywhere else the file is refused.
    @Test(arguments: ArchiveFormat.allCases)
    func neverDeliversDamagedContent(_ format: ArchiveFormat) throws {
        let data = try #require(Fixture.whole[format])
        var refused = 0
        for bit in 0..<data.count * 8 {
            var damaged = data
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            do {
                #expect(try content(damaged) == Fixture.content, "bit \(bit)")
            } catch is ArchiveFailure {
                refused += 1
            }
        }
        #expect(refused > data.count * 2)
    }

    @Test(arguments: [ArchiveFormat.gzip, .zstandard, .bzip2, .xz])
    func readsStreamsThatFollowEachOther(_ format: ArchiveFormat) throws {
        let data = try #require(Fixture.whole[format])
        #expect(try content(data + data + data) == Fixture.content + Fixture.content + Fixture.content)
        #expect(throws: ArchiveFailure.self) { try content(data + data.dropLast()) }
    }

    @Test(arguments: [ArchiveFormat.gzip, .zstandard, .bzip2, .xz])
    func refusesWhatFollowsTheEnd(_ format: ArchiveFormat) throws {
        let failure = #expect(throws: ArchiveFailure.self) {
            try content(#require(Fixture.whole[format]) + Data("rest".utf8))
        }
        #expect(failure?.kind == .damaged)
    }

    @Test func failuresSayWhereAndWhy() throws {
        let cut = #expect(throws: ArchiveFailure.self) { try content(Fixture.gzip.dropLast(3)) }
        #expect(cut?.kind == .damaged)
        #expect(cut?.offset == 12_000)
        #expect(cut?.message == "the file ends inside its compressed data")
        #expect(
            cut?.description.hasSuffix(
                "after 12000 bytes of content: the file ends inside its compressed data") == true)
        var wrong = Fixture.gzip
        wrong[wrong.count - 8] ^= 1
        #expect(
            #expect(throws: ArchiveFailure.self) { try content(wrong) }?.message == "incorrect data check")
        wrong = Fixture.gzip
        wrong[wrong.count - 1] ^= 1
        #expect(
            #expect(throws: ArchiveFailure.self) { try content(wrong) }?.message == "incorrect length check")
        let zip = #expect(throws: ArchiveFailure.self) { try content(Fixture.zip.dropLast(3)) }
        #expect(zip?.message == "the zip archive has no readable directory at its end")
    }

    @Test func aRefusedFileStaysRefused() throws {
        try withFile(Fixture.gzip.dropLast(3)) { path throws in
            let stream = try ArchiveStream(path: path)
            var buffer = [UInt8](repeating: 0, count: 20_000)
            let first = #expect(throws: ArchiveFailure.self) {
                try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
            }
            let second = #expect(throws: ArchiveFailure.self) {
                try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
            }
            #expect(first == second)
        }
    }

    @Test func aZipMustHoldOneFile() throws {
        let two = #expect(throws: ArchiveFailure.self) { try content(Fixture.twoFiles) }
        #expect(two?.kind == .notOneMember)
        #expect(two?.members == ["t.csv", "u.csv"])
        #expect(two?.message == "the archive holds 2 files, one is expected: t.csv, u.csv")
        for data in [Fixture.onlyAFolder, Fixture.nothingInZip] {
            let none = #expect(throws: ArchiveFailure.self) { try content(data) }
            #expect(none?.kind == .notOneMember)
            #expect(none?.message == "the archive holds no file")
        }
        #expect(#expect(throws: ArchiveFailure.self) { try content(Fixture.locked) }?.kind == .unsupported)
    }

    @Test(arguments: ["", "1f8b", "id,name\n1,a\n", "BZh9 is no mark of bzip2 here\n", "PK,id\n"])
    func plainFilesAreNotCompressed(_ text: String) throws {
        try withFile(Data(text.utf8)) { path throws in
            #expect(try !ArchiveStream.isCompressed(path))
            let failure = #expect(throws: ArchiveFailure.self) { try ArchiveStream(path: path) }
            #expect(failure?.kind == .unsupported)
        }
    }

    @Test func missingFilesAndFoldersAreUnreadable() throws {
        let missing = #expect(throws: ArchiveFailure.self) { try ArchiveStream.isCompressed("/no/such/file") }
        #expect(missing?.kind == .unreadable)
        #expect(missing?.description == "unable to decompress /no/such/file: No such file or directory")
        #expect(
            #expect(throws: ArchiveFailure.self) { try ArchiveStream(path: "/") }?.message == "Is a directory"
        )
    }

    @Test func limitsEndTheReading() throws {
        for data in Fixture.whole.values {
            #expect(try content(data, limits: ArchiveLimits(bytes: 12_000)).count == 12_000)
            let failure = #expect(throws: ArchiveFailure.self) {
                try content(data, limits: ArchiveLimits(bytes: 11_999))
            }
            #expect(failure?.kind == .limit)
            #expect(failure?.message == "the content is larger than the limit of 11999 bytes")
        }
        // 24 MB in 266 kB, also more than one buffer of input.
        var many = Data()
        for _ in 0..<2000 { many.append(Fixture.gzip) }
        #expect(try content(many, limits: ArchiveLimits(ratio: 100), piece: 1 << 20).utf8.count == 24_000_000)
        let failure = #expect(throws: ArchiveFailure.self) {
            try content(many, limits: ArchiveLimits(ratio: 50), piece: 1 << 20)
        }
        #expect(failure?.message == "the content is more than 50 times as large as the file")
        #expect(try content(Fixture.gzip, limits: ArchiveLimits(ratio: 1)) == Fixture.content)
    }
}
