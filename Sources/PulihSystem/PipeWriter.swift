internal import CSystem
internal import Glibc

/// Writes to a pipe of somebody else, without being stuck when nobody reads.
///
/// A file or device is written to as well. `SIGPIPE` must be ignored: see `Signals`.
public struct PipeWriter: ~Copyable {
    private let descriptor: Int32
    private let flags: Int32

    /// - Parameter descriptor: stays open, and the caller's. Until this value goes its writes do not block.
    public init(_ descriptor: Int32) throws(SystemFailure) {
        self.descriptor = descriptor
        let flags = pulih_file_flags(descriptor)
        guard flags >= 0, pulih_set_file_flags(descriptor, flags | O_NONBLOCK) == 0 else {
            throw SystemFailure("write to a pipe", errno: errno)
        }
        self.flags = flags
    }

    deinit {
        _ = pulih_set_file_flags(descriptor, flags)
    }

    /// Writes all bytes.
    /// - Parameter isCancelled: asked while the pipe is full.
    /// - Throws: with `EPIPE` when the reader has gone; `CancellationError`.
    public borrowing func write(_ bytes: UnsafeRawBufferPointer, isCancelled: () -> Bool) throws {
        var rest = unsafe bytes
        while unsafe !rest.isEmpty {
            let (count, code) = uninterrupted { unsafe Glibc.write(descriptor, rest.baseAddress, rest.count) }
            if count >= 0 {
                unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if code == EAGAIN {
                if isCancelled() { throw CancellationError() }
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&waiting, 1, 20)
            } else {
                throw SystemFailure("write to a pipe", errno: code)
            }
        }
    }
}
