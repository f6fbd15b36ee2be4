internal import CSystem
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Wakes a writer that is blocked because nobody empties its pipe, by reading what it writes and throwing it away.
public final class PipeDrain: Sendable {
    private enum State { case idle, draining, ended }

    private let state = Mutex(State.idle)
    private let descriptor: Int32

    /// - Parameter descriptor: the pipe's writing end, which must stay open until `end`. Of anything else nothing is read.
    public init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Begins to read, on a thread of its own.
    public func begin() {
        state.withLock {
            guard $0 == .idle else { return }
            var status = stat()
            guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return }
            // A reading end of the same pipe. Opened no earlier: while it is there, the writer never learns that the other
            // reader has gone.
            let reader = unsafe pulih_open("/proc/self/fd/\(descriptor)", O_RDONLY | O_NONBLOCK, 0)
            guard reader >= 0 else { return }
            $0 = .draining
            DispatchQueue(label: "pulih.drain").async { self.drain(Descriptor(adopting: reader)) }
        }
    }

    public func end() {
        state.withLock { $0 = .ended }
    }

    private func drain(_ reader: consuming Descriptor) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while state.withLock({ $0 == .draining }) {
            var waiting = pollfd(fd: reader.number, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&waiting, 1, 20) > 0 else { continue }
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(reader.number, $0.baseAddress, $0.count)
            }
            // No writer is left.
            if count == 0 { return }
        }
    }
}
