import Foundation
import Testing

@testable import PulihSystem

@Suite struct DurableFileTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func writesAndReplacesWithoutLeavingAnythingElse() throws {
        try DurableFile.write("one", to: folder.path("a.txt"))
        try DurableFile.write("two", to: folder.path("a.txt"), permissions: 0o600)
        #expect(try folder.text("a.txt") == "two")
        #expect(try folder.names() == ["a.txt"])
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path("a.txt"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func writesManyBytes() throws {
        let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 / 7) }
        try DurableFile.write(bytes, to: folder.path("big"))
        #expect(try FileReader.readAll(folder.path("big"), limit: 3_000_001) == bytes)
    }

    @Test func tellsWhereItCouldNotWriteAndCleansUp() throws {
        #expect {
            try DurableFile.write("x", to: folder.path("missing/a.txt"))
        } throws: { error in
            let words = (error as? SystemFailure)?.description ?? ""
            return words.hasPrefix("cannot create \(folder.path("missing/.pulih-tmp-"))")
                && words.hasSuffix(": No such file or directory")
        }
        try DurableFile.createFolders(folder.path("taken/inside"))
        #expect(throws: SystemFailure.self) { try DurableFile.write("x", to: folder.path("taken")) }
        #expect(try folder.names() == ["taken"])
    }

    @Test func recognisesItsTemporaryFiles() {
        #expect(DurableFile.isTemporary("a/.pulih-tmp-12ab"))
        #expect(!DurableFile.isTemporary("a/.pulih"))
    }

    @Test func makesNestedFoldersOnceAndRefusesAFileInTheWay() throws {
        try DurableFile.createFolders(folder.path("a/b/c"))
        try DurableFile.createFolders(folder.path("a/b/c/"))
        #expect(try listFolder(folder.path("a/b")).map(\.kind) == [.folder])
        let file = try folder.put("", "file")
        #expect(throws: SystemFailure("create folder", path: file, errno: ENOTDIR)) {
            try DurableFile.createFolders(file)
        }
        #expect(throws: SystemFailure.self) { try DurableFile.createFolders(file + "/below") }
    }

    @Test func removesAndSaysWhetherThereWasAnything() throws {
        let file = try folder.put("x", "file")
        #expect(try DurableFile.remove(file))
        #expect(try !DurableFile.remove(file))
        #expect(throws: SystemFailure.self) { try DurableFile.remove(folder.path) }
    }

    @Test func copiesContentAndPermissionsAndNeverReplaces() throws {
        let source = try folder.put(String(repeating: "line\n", count: 500_000), "source")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: source)
        #expect(try DurableFile.copy(source, to: folder.path("target")) == 2_500_000)
        #expect(try folder.text("target") == folder.text("source"))
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path("target"))
        #expect(attributes[.posixPermissions] as? Int == 0o640)

        let other = try folder.put("other", "other")
        #expect(throws: SystemFailure("copy", path: other, target: folder.path("target"), errno: EEXIST)) {
            try DurableFile.copy(other, to: folder.path("target"))
        }
        #expect(try folder.names() == ["other", "source", "target"])
    }
}
