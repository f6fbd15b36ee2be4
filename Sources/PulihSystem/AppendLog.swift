internal import CSystem
internal import Glibc
internal import Synchronization

/// A file of lines that only grows (NDJSON): what `append` returned from survives a power cut.
///
/// Several logs, also in several processes, may append to one file: each append holds the file's lock.
/// Calls block; make them off the cooperative pool.
public final class AppendLog: Sendable {
    public let path: String
    private let state: Mutex<State>

    private struct State: ~Copyable {
        let file: Descriptor
        var tornLines: [String] = []
        var isDoubtful = false
    }

    /// Opens the file, made if missing (its folder must exist), and completes a torn last line.
    public init(_ path: String) throws(SystemFailure) {
        self.path = path
        let file = try Descriptor(opening: path, O_RDWR | O_CREAT | O_APPEND, permissions: 0o644)
        try DurableFile.syncFolder(PathParts.folder(of: path))
        state = Mutex(State(file: file))
        try whileLocked { state throws(SystemFailure) in
            guard let torn = try self.tornLine(state.file) else { return }
            try state.file.write([newline], path: self.path)
            try state.file.sync(path: self.path)
            state.tornLines.append(torn)
        }
    }

    /// Lines without an end that a crash left in the file, in the order met. Each was completed by a newline,
    /// so that it stands alone; only the last 64 KiB of a longer one are told.
    public var tornLines: [String] {
        state.withLock { $0.tornLines }
    }

    /// Whether lines that failed could not be taken back: a part of them may stand in the file.
    public var isDoubtful: Bool {
        state.withLock { $0.isDoubtful }
    }

    /// Adds the lines by one write and one sync.
    ///
    /// After a failure none of the lines count as written; they are taken back where the system lets us.
    /// - Throws: also if a line holds a line break.
    public func append(lines: [String]) throws(SystemFailure) {
        guard !lines.isEmpty else { return }
        var bytes: [UInt8] = []
        for line in lines {
            guard !line.utf8.contains(newline) else {
                throw SystemFailure(
                    "append to", path: path, errno: EINVAL, text: "a line must not hold a line break")
            }
            bytes.append(contentsOf: line.utf8)
            bytes.append(newline)
        }
        try whileLocked { state throws(SystemFailure) in
            let torn = try self.tornLine(state.file)
            let before = try state.file.status(path: self.path).st_size
            do throws(SystemFailure) {
                try state.file.write((torn == nil ? bytes : [newline] + bytes)[...], path: self.path)
                try state.file.sync(path: self.path)
            } catch {
                if ftruncate(state.file.number, before) == 0 { throw error }
                state.isDoubtful = true
                throw SystemFailure(
                    error.operation, path: error.path, errno: error.errno,
                    text: "\(error.text); a part of the lines may stand in the file")
            }
            if let torn { state.tornLines.append(torn) }
        }
    }

    private func whileLocked(
        _ body: (inout State) throws(SystemFailure) -> Void
    ) throws(SystemFailure) {
        try state.withLock { state throws(SystemFailure) in
            let number = state.file.number
            let (result, code) = uninterrupted { Int(pulih_lock(number, 1)) }
            guard result == 0 else { throw SystemFailure("lock", path: path, errno: code) }
            defer { _ = pulih_unlock(number) }
            try body(&state)
        }
    }

    /// The text after the last newline, if any.
    private func tornLine(_ file: borrowing Descriptor) throws(SystemFailure) -> String? {
        let size = Int64(try file.status(path: path).st_size)
        guard size > 0, try file.read(1, at: size - 1, path: path) != [newline] else { return nil }
        let start = max(0, size - 65_536)
        let tail = try file.read(Int(size - start), at: start, path: path)
        let torn = tail.lastIndex(of: newline).map { tail[($0 + 1)...] } ?? tail[...]
        return String(decoding: torn, as: UTF8.self)
    }
}

private let newline = UInt8(ascii: "\n")
