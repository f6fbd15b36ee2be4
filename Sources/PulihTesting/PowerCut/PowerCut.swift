internal import Foundation
internal import Glibc
internal import PulihSystem

/// A disk of one workspace that loses, when the power goes, whatever was not synced.
///
/// Run a program with `environment`; kill it, best by a failpoint's `cut`; then `restore`.
public struct PowerCut: Sendable {
    /// What a disk may have kept though nobody asked it to.
    public enum Loss: CaseIterable, Sendable {
        /// Nothing: names and contents are those of the last sync.
        case everything
        /// Names, as file systems that write their journal every few seconds do; contents are those of the last sync.
        case contents
    }

    public let root: String
    private let shadow: String
    private let library: String

    /// - Parameter root: a folder whose content is durable when the first program starts.
    public init(_ root: String) async throws {
        self.root = root
        shadow = "\(root).shadow.\(UInt32.random(in: .min ... .max))"
        library = try await PowerCutLibrary.shared.path()
    }

    /// For the programs whose disk this is.
    public var environment: [String: String] {
        ["LD_PRELOAD": library, "PULIH_POWERCUT_ROOT": root, "PULIH_POWERCUT_SHADOW": shadow]
    }

    /// Puts the folder into the state in which the power cut left it. Nobody may use it meanwhile.
    public func restore(_ loss: Loss = .everything) throws {
        guard FileManager.default.fileExists(atPath: shadow) else {
            throw TestFailure("no program ran on the disk \(root)")
        }
        var done: Set<UInt64> = []
        switch loss {
        case .everything:
            let top = try FileIdentity.of(root).inode
            for name in try FileManager.default.contentsOfDirectory(atPath: root) {
                try FileManager.default.removeItem(atPath: "\(root)/\(name)")
            }
            try rebuild(root, folder: top, &done)
        case .contents:
            for path in try FileManager.default.subpathsOfDirectory(atPath: root).map({ "\(root)/\($0)" }) {
                let kind = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
                if kind == .typeRegular { try settle(path, FileIdentity.of(path).inode, &done) }
            }
        }
        try forget()
    }

    /// Ends the disk's watch without a power cut.
    public func forget() throws {
        if FileManager.default.fileExists(atPath: shadow) {
            try FileManager.default.removeItem(atPath: shadow)
        }
    }

    private func rebuild(_ path: String, folder: UInt64, _ done: inout Set<UInt64>) throws {
        let record = "\(shadow)/folders/\(folder)"
        // A folder that was made and never synced holds nothing.
        guard FileManager.default.fileExists(atPath: record) else { return }
        for line in try String(contentsOfFile: record, encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 2)
            guard parts.count == 3, let inode = UInt64(parts[1]) else {
                throw TestFailure("no entry: \(line)")
            }
            let inner = "\(path)/\(parts[2])"
            switch parts[0] {
            case "d":
                try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
                try rebuild(inner, folder: inode, &done)
            case "f":
                let kept = "\(shadow)/inodes/\(inode)"
                try settle(kept, inode, &done)
                guard link(kept, inner) == 0 else { throw SystemFailure("link", path: inner, errno: errno) }
            default: throw TestFailure("\(inner) is neither file nor folder")
            }
        }
    }

    /// Gives a file the content that it had when it was last synced; its inode stays.
    private func settle(_ path: String, _ inode: UInt64, _ done: inout Set<UInt64>) throws {
        guard done.insert(inode).inserted else { return }
        let content = "\(shadow)/content/\(inode)"
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.truncate(atOffset: 0)
        if FileManager.default.fileExists(atPath: content) {
            try file.write(contentsOf: try Data(contentsOf: URL(fileURLWithPath: content)))
            var status = stat()
            guard stat(content, &status) == 0 else {
                throw SystemFailure("examine", path: content, errno: errno)
            }
            let times = [status.st_atim, status.st_mtim]
            guard futimens(file.fileDescriptor, times) == 0 else {
                throw SystemFailure("set times of", path: path, errno: errno)
            }
        }
        try file.close()
    }
}

/// The layer, built from the C source beside this file when it is first needed.
private actor PowerCutLibrary {
    static let shared = PowerCutLibrary()
    private var building: Task<String, any Error>?

    func path(source: String = #filePath) async throws -> String {
        if let building { return try await building.value }
        let task = Task {
            let folder = try TemporaryFolders.make()
            let input = URL(fileURLWithPath: source).deletingLastPathComponent().path + "/powercut.c"
            let built = try await ChildProcess.run(
                "cc", ["-shared", "-fPIC", "-O2", "-Wall", "-o", "\(folder)/powercut.so", input, "-ldl"])
            guard built.isSuccess else { throw TestFailure("cc \(input): \(built.errorText)") }
            return "\(folder)/powercut.so"
        }
        building = task
        return try await task.value
    }
}
