internal import CSystem
internal import Glibc

/// Owns one open file descriptor, closed on exec; closed at the latest when the value goes.
struct Descriptor: ~Copyable, Sendable {
    let number: Int32

    init(adopting number: Int32) {
        self.number = number
    }

    /// The corresponding C function is `open`.
    init(
        opening path: String, _ flags: Int32, permissions: UInt32 = 0, operation: String = "open"
    ) throws(SystemFailure) {
        let (number, code) = uninterrupted { unsafe Int(pulih_open(path, flags, permissions)) }
        guard number >= 0 else { throw SystemFailure(operation, path: path, errno: code) }
        self.number = Int32(number)
    }

    deinit {
        _ = Glibc.close(number)
    }

    /// Reads once; fewer bytes than asked for are normal, 0 is the end.
    borrowing func read(
        into buffer: inout [UInt8], from start: Int = 0, path: String
    ) throws(SystemFailure) -> Int {
        let (count, code) = unsafe buffer.withUnsafeMutableBytes { raw in
            let free = unsafe UnsafeMutableRawBufferPointer(rebasing: raw[start...])
            return uninterrupted { unsafe Glibc.read(number, free.baseAddress, free.count) }
        }
        guard count >= 0 else { throw SystemFailure("read", path: path, errno: code) }
        return count
    }

    /// Reads up to `count` bytes that start at `offset`, without moving the file position.
    borrowing func read(_ count: Int, at offset: Int64, path: String) throws(SystemFailure) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let (step, code) = unsafe buffer.withUnsafeMutableBytes { raw in
                let free = unsafe UnsafeMutableRawBufferPointer(rebasing: raw[filled...])
                return uninterrupted {
                    unsafe pread(number, free.baseAddress, free.count, off_t(offset) + off_t(filled))
                }
            }
            guard step >= 0 else { throw SystemFailure("read", path: path, errno: code) }
            if step == 0 { break }
            filled += step
        }
        buffer.removeLast(count - filled)
        return buffer
    }

    /// Writes all bytes, through short writes, signals and descriptors that would block.
    borrowing func write(_ bytes: ArraySlice<UInt8>, path: String) throws(SystemFailure) {
        let code = writeFully(bytes, to: number, passing: true)
        guard code == 0 else { throw SystemFailure("write", path: path, errno: code) }
    }

    /// The corresponding C function is `fsync`. After a failure the data may be lost even if a later call
    /// succeeds.
    borrowing func sync(path: String) throws(SystemFailure) {
        let code = syncFully(number)
        guard code == 0 else { throw SystemFailure("sync", path: path, errno: code) }
    }

    /// The corresponding C function is `fstat`.
    borrowing func status(path: String) throws(SystemFailure) -> stat {
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else {
            throw SystemFailure("examine", path: path, errno: Glibc.errno)
        }
        return status
    }

    /// Closes and tells of write errors that the system held back until now.
    consuming func close(path: String) throws(SystemFailure) {
        let number = number
        discard self
        // Linux frees the descriptor even when the call was interrupted.
        guard Glibc.close(number) == 0 || Glibc.errno == EINTR else {
            throw SystemFailure("close", path: path, errno: Glibc.errno)
        }
    }
}

/// Repeats a call that a signal interrupted; returns its result and, below 0, the error number.
func uninterrupted(_ call: () -> Int) -> (value: Int, errno: Int32) {
    while true {
        let value = call()
        if value >= 0 { return (value, 0) }
        let code = Glibc.errno
        if code != EINTR { return (value, code) }
    }
}

/// Makes what was written durable; returns 0 or the error number.
func syncFully(_ number: Int32) -> Int32 {
    uninterrupted { Failpoints.call(.fsyncBefore, after: .fsyncAfter) { Int(fsync(number)) } }.errno
}

/// Writes all bytes; returns 0 or the error number.
/// - Parameter passing: the failpoint of writes to files.
func writeFully(_ bytes: ArraySlice<UInt8>, to number: Int32, passing: Bool = false) -> Int32 {
    unsafe bytes.withUnsafeBytes { raw in
        var written = 0
        while written < raw.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: raw[written...])
            let (count, code) = uninterrupted {
                passing
                    ? Failpoints.write(rest.count) { unsafe Glibc.write(number, rest.baseAddress, $0) }
                    : unsafe Glibc.write(number, rest.baseAddress, rest.count)
            }
            if count >= 0 {
                written += count
            } else if code == EAGAIN {
                // A terminal or pipe that somebody else made non-blocking.
                var waiting = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&waiting, 1, -1)
            } else {
                return code
            }
        }
        return 0
    }
}
