import Foundation
import Testing

@testable import PulihSystem

@Suite struct RenameTests {
    let folder: TemporaryFolder
    /// What a file system answers that cannot rename without replacing.
    static let lacking: @Sendable (String, String) -> Int32 = { _, _ in EINVAL }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func rename(_ source: String, _ target: String, lacking: Bool) throws {
        if lacking {
            try DurableFile.rename(source, to: target, sync: true, atomicRename: RenameTests.lacking)
        } else {
            try DurableFile.rename(source, to: target)
        }
    }

    @Test func aSharedFileHasTwoNames() throws {
        let source = try folder.put("x", "a")
        try DurableFile.share(source, as: folder.path("b"))
        #expect(try FileIdentity.of(folder.path("b")).inode == FileIdentity.of(source).inode)
        #expect(throws: SystemFailure.self) { try DurableFile.share(source, as: folder.path("b")) }
    }

    /// Between two file systems there are no links.
    @Test(.enabled(if: hasOtherFileSystem)) func whereThereAreNoLinksItIsACopy() throws {
        let source = try folder.put("x", "a")
        let other = "/dev/shm/pulih-\(UUID())"
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: other) }
        try DurableFile.share(source, as: other + "/b")
        #expect(try String(contentsOfFile: other + "/b", encoding: .utf8) == "x")
        #expect(try folder.text("a") == "x")
        let failure = #expect(throws: SystemFailure.self) { try DurableFile.share(source, as: other + "/b") }
        #expect(failure?.isExisting == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: other) == ["b"])
    }

    private static let hasOtherFileSystem: Bool = {
        let number = { (path: String) in
            (try? FileManager.default.attributesOfFileSystem(forPath: path))?[.systemNumber] as? Int
        }
        let own = number(FileManager.default.temporaryDirectory.path)
        return number("/dev/shm").map { $0 != own } ?? false
    }()

    @Test(arguments: [false, true]) func movesTheVeryFile(lacking: Bool) throws {
        try DurableFile.createFolders(folder.path("done"))
        let source = try folder.put("x", "a")
        let inode = try FileIdentity.of(source).inode
        try rename(source, folder.path("done/b"), lacking: lacking)
        #expect(try FileIdentity.of(folder.path("done/b")).inode == inode)
        #expect(try FileIdentity.ifPresent(source) == nil)
    }

    @Test(arguments: [false, true]) func neverReplaces(lacking: Bool) throws {
        let source = try folder.put("new", "a")
        let target = try folder.put("old", "b")
        #expect(throws: SystemFailure("rename", path: source, target: target, errno: EEXIST)) {
            try rename(source, target, lacking: lacking)
        }
        #expect(try folder.text("a") == "new")
        #expect(try folder.text("b") == "old")
    }

    @Test(arguments: [false, true]) func saysThatTheSourceIsMissing(lacking: Bool) throws {
        let (source, target) = (folder.path("a"), folder.path("b"))
        #expect {
            try rename(source, target, lacking: lacking)
        } throws: {
            "\($0)" == "cannot rename \(source) to \(target): No such file or directory"
        }
    }

    @Test(arguments: [false, true]) func finishesWhatACrashLeftHalfDone(lacking: Bool) throws {
        let source = try folder.put("x", "a")
        try FileManager.default.linkItem(atPath: source, toPath: folder.path("b"))
        try rename(source, folder.path("b"), lacking: lacking)
        #expect(try folder.names() == ["b"])
    }

    /// Taken for two names, one of them would be dropped, and the file with it.
    @Test(arguments: [false, true]) func keepsAFileThatIsRenamedToItself(lacking: Bool) throws {
        let source = try folder.put("x", "a")
        try FileManager.default.linkItem(atPath: source, toPath: folder.path("elsewhere"))
        for path in [source, folder.path("./a"), folder.path + "//a"] {
            #expect(throws: SystemFailure.self) { try rename(source, path, lacking: lacking) }
        }
        #expect(try folder.names() == ["a", "elsewhere"])
    }

    @Test func manyRenamesShareOneSync() throws {
        try DurableFile.createFolders(folder.path("done"))
        for number in 0..<100 {
            let source = try folder.put("\(number)", "\(number)")
            try DurableFile.rename(source, to: folder.path("done/\(number)"), sync: false)
        }
        try DurableFile.syncFolder(folder.path("done"))
        #expect(try listFolder(folder.path("done")).count == 100)
    }
}
