internal import CSystem
internal import Glibc
internal import Synchronization

/// A pipe whose ends are closed one by one, each once, at the latest when the value goes.
public final class BytePipe: Sendable {
    private let read: Mutex<Int32>
    private let write: Mutex<Int32>
    /// Descriptors; of no use after their end was closed.
    public let readEnd: Int32
    public let writeEnd: Int32

    /// The corresponding C function is `pipe2`, with close-on-exec.
    public init() throws(SystemFailure) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pulih_pipe(&ends) == 0 else {
            throw SystemFailure("make a pipe", path: "pipe", errno: Glibc.errno)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
        _ = pulih_set_pipe_size(writeEnd, 1 << 20)
        read = Mutex(ends[0])
        write = Mutex(ends[1])
    }

    deinit {
        closeRead()
        closeWrite()
    }

    /// Everything until the end. Blocks.
    public func readAll() throws(SystemFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let (count, code) = unsafe buffer.withUnsafeMutableBytes { raw in
                uninterrupted { unsafe Glibc.read(readEnd, raw.baseAddress, raw.count) }
            }
            guard count >= 0 else { throw SystemFailure("read", path: "pipe", errno: code) }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Who writes gets an error from now on.
    public func closeRead() { Self.close(read) }
    /// Who reads finds the end after what was written.
    public func closeWrite() { Self.close(write) }

    private static func close(_ end: borrowing Mutex<Int32>) {
        let number = end.withLock { number in
            defer { number = -1 }
            return number
        }
        if number >= 0 { _ = Glibc.close(number) }
    }
}
