import Foundation
import Testing

@testable import PulihSystem

@Suite struct FileTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func identityTellsAChangeOfContent() throws {
        let file = try folder.put("abc", "a")
        let before = try FileIdentity.of(file)
        #expect(before.size == 3)
        #expect(try FileIdentity.of(file) == before)
        let handle = try #require(FileHandle(forWritingAtPath: file))
        try handle.write(contentsOf: Data("xyzw".utf8))
        let after = try FileIdentity.of(file)
        #expect(after != before)
        #expect(after.isSameFile(as: before))
        let decoded = try JSONDecoder().decode(FileIdentity.self, from: JSONEncoder().encode(after))
        #expect(decoded == after)
    }

    @Test func identityOfNothing() throws {
        #expect(try FileIdentity.ifPresent(folder.path("none")) == nil)
        #expect { try FileIdentity.of(folder.path("none")) } throws: {
            ($0 as? SystemFailure)?.isMissing == true
        }
    }

    @Test func listsByBytesWithKinds() throws {
        for name in ["b", "B", "é", ".hidden"] { _ = try folder.put("", name) }
        try DurableFile.createFolders(folder.path("sub"))
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "b")
        let entries = try listFolder(folder.path)
        #expect(entries.map(\.name) == [".hidden", "B", "b", "link", "sub", "é"])
        #expect(entries.map(\.kind) == [.file, .file, .file, .symbolicLink, .folder, .file])
        #expect(!entries.map(\.isNameExact).contains(false))
        #expect(throws: SystemFailure.self) { try listFolder(folder.path("none")) }
    }

    @Test func marksANameThatNoPathLeadsTo() throws {
        let bytes = Array(folder.path.utf8) + [UInt8(ascii: "/"), UInt8(ascii: "x"), 0xE9, 0]
        let number = bytes.withUnsafeBytes {
            open($0.bindMemory(to: CChar.self).baseAddress!, O_CREAT, 0o600)
        }
        #expect(number >= 0)
        close(number)
        let entries = try listFolder(folder.path)
        #expect(entries == [FolderEntry(name: "x\u{FFFD}", kind: .file, isNameExact: false)])
    }

    @Test func readsInChunksToTheEnd() throws {
        let file = try folder.put("abcdefgh", "a")
        var reader = try FileReader(file)
        var buffer = [UInt8](repeating: 0, count: 5)
        #expect(try reader.read(into: &buffer) == 5)
        #expect(try reader.read(into: &buffer) == 3)
        #expect(buffer == Array("fghde".utf8))
        #expect(try reader.read(into: &buffer) == 0)
        #expect(try reader.identity() == FileIdentity.of(file))
    }

    @Test func readsAllUpToALimit() throws {
        let file = try folder.put("abcd", "a")
        #expect(try FileReader.readAll(file, limit: 4) == Array("abcd".utf8))
        #expect { try FileReader.readAll(file, limit: 3) } throws: {
            "\($0)" == "cannot read \(file): it is longer than 3 bytes"
        }
        #expect(try !FileReader.readAll("/proc/self/status", limit: 1 << 20).isEmpty)
        #expect { try FileReader.readAll(folder.path, limit: 3) } throws: {
            "\($0)" == "cannot read \(folder.path): Is a directory"
        }
    }

    @Test func readsTextOnlyIfItIsText() throws {
        #expect(try FileReader.readText(folder.put("grün", "a"), limit: 10) == "grün")
        try DurableFile.write([0x61, 0xFC, 0x62], to: folder.path("latin1"))
        #expect { try FileReader.readText(folder.path("latin1"), limit: 10) } throws: {
            "\($0)" == "cannot read \(folder.path("latin1")): it is not valid UTF-8"
        }
    }

    @Test func aLockHasOneHolder() throws {
        let path = folder.path("lock")
        #expect(try FileLock.holder(of: path) == nil)
        let lock = try #require(try FileLock.tryAcquire(path))
        #expect(try FileLock.tryAcquire(path) == nil)
        #expect(try FileLock.holder(of: path) == getpid())
        lock.release()
        lock.release()
        #expect(try FileLock.tryAcquire(path) != nil)
        #expect(throws: SystemFailure.self) { try FileLock.tryAcquire(folder.path("none/lock")) }
    }

    @Test func aLockGoesWithItsObject() throws {
        let path = folder.path("lock")
        var lock = try FileLock.tryAcquire(path)
        #expect(lock != nil)
        lock = nil
        #expect(try FileLock.tryAcquire(path) != nil)
    }

    @Test func knowsTheRoom() throws {
        #expect(try DiskSpace.free(folder.path) > 0)
        #expect(throws: SystemFailure.self) { try DiskSpace.free(folder.path("none")) }
        #expect(try Memory.peakResident() > 1 << 20)
        #expect(try Memory.total() > Memory.peakResident())
    }

    @Test(arguments: [
        ("a/b.csv", "a", "b.csv"), ("b.csv", ".", "b.csv"), ("/b", "/", "b"), ("a//b/", "a", "b"),
        ("/", "/", ""),
    ])
    func splitsPaths(path: String, folder: String, name: String) {
        #expect(PathParts.folder(of: path) == folder)
        #expect(PathParts.name(of: path) == name)
    }
}
