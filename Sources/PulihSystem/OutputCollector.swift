internal import CSystem
internal import Glibc
internal import Synchronization

/// A descriptor that several threads know; whoever closes it first does.
final class SharedDescriptor: Sendable {
    let number: Int32
    private let file: Mutex<Descriptor?>

    init(_ file: consuming Descriptor) {
        number = file.number
        self.file = Mutex(file)
    }

    func close() {
        file.withLock { $0 = nil }
    }
}

/// Both ends of a pipe, closed on exec; reading never blocks.
struct Pipe {
    let reading: SharedDescriptor
    let writing: SharedDescriptor

    init() throws(SystemFailure) {
        var numbers: [Int32] = [-1, -1]
        guard unsafe pulih_pipe(&numbers) == 0 else { throw SystemFailure("make a pipe", errno: errno) }
        reading = SharedDescriptor(Descriptor(adopting: numbers[0]))
        writing = SharedDescriptor(Descriptor(adopting: numbers[1]))
        guard pulih_set_nonblocking(numbers[0]) == 0 else { throw SystemFailure("make a pipe", errno: errno) }
    }
}

/// Reads what a child writes to two pipes until it has ended.
struct OutputCollector: Sendable {
    struct Collected: Sendable {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var ranOutOfTime = false
    }

    let output: SharedDescriptor
    let errors: SharedDescriptor
    /// Closed at the other end when the child has ended.
    let ended: SharedDescriptor

    func collect(timeLimit: Duration?, onTimeout: () -> Void) throws(SystemFailure) -> Collected {
        var collected = Collected()
        var open = (output: true, errors: true)
        let watch = Stopwatch()
        while true {
            var polled = [
                pollfd(fd: open.output ? output.number : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: open.errors ? errors.number : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: ended.number, events: Int16(POLLIN), revents: 0),
            ]
            let timeout = collected.ranOutOfTime ? -1 : remaining(timeLimit, watch)
            let (ready, code) = uninterrupted { unsafe Int(poll(&polled, 3, timeout)) }
            guard ready >= 0 else { throw SystemFailure("wait for output", errno: code) }
            if ready == 0, remaining(timeLimit, watch) == 0 {
                collected.ranOutOfTime = true
                onTimeout()
            }
            // What the child wrote before its end lies in the pipes: no pipe holds more than 1 MiB. A
            // descendant that keeps a pipe open, or goes on writing, is not waited for.
            let limit = polled[2].revents != 0 ? 1 << 20 : 1
            if open.output, polled[0].revents != 0 {
                open.output = try drain(output, into: &collected.output, limit: limit)
            }
            if open.errors, polled[1].revents != 0 {
                open.errors = try drain(errors, into: &collected.errors, limit: limit)
            }
            if polled[2].revents != 0 { return collected }
        }
    }

    /// Reads until nothing is there or `limit` bytes or more came.
    /// - Returns: false at the end of the pipe.
    private func drain(
        _ pipe: SharedDescriptor, into collected: inout [UInt8], limit: Int
    ) throws(SystemFailure) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var taken = 0
        while taken < limit {
            let (count, code) = uninterrupted { unsafe read(pipe.number, &buffer, 65_536) }
            if count < 0, code == EAGAIN { return true }
            guard count >= 0 else { throw SystemFailure("read the output of a process", errno: code) }
            if count == 0 { return false }
            collected.append(contentsOf: buffer[..<count])
            taken += count
        }
        return true
    }

    /// In milliseconds, as `poll` wants it; -1 is for ever.
    private func remaining(_ timeLimit: Duration?, _ watch: Stopwatch) -> Int32 {
        guard let timeLimit else { return -1 }
        let (seconds, attoseconds) = timeLimit.components
        let limit = Double(seconds) + Double(attoseconds) / 1e18
        return Int32(max(0, min((limit - watch.elapsedSeconds) * 1_000, 60_000)).rounded(.up))
    }
}
