internal import CSystem
internal import Glibc

/// Waits for changes in folders: by events of the file system, or, where there are none, by looking now and then.
///
/// Watching begins with the value, so that nothing is lost between looking and waiting: look after making it.
public final class FolderWatch: Sendable {
    /// Why events cannot be had; nil: they can.
    public let pollingReason: String?
    /// -1: none.
    private let events: Int32
    private let wakeUp: BytePipe

    /// Between two looks where there are no events.
    public static let pollMilliseconds = 5_000

    /// The folders must be there. Blocks.
    public init(_ folders: [String]) throws(SystemFailure) {
        wakeUp = try BytePipe()
        _ = pulih_set_nonblocking(wakeUp.readEnd)
        for folder in folders {
            guard let name = try NetworkFolder.kind(folder) else { continue }
            (events, pollingReason) = (-1, "\(folder) is on \(name), which does not tell of files")
            return
        }
        let descriptor = pulih_watch_open()
        guard descriptor >= 0 else {
            (events, pollingReason) = (-1, try Self.refusal(Glibc.errno, "watch", folders.first ?? ""))
            return
        }
        for folder in folders where unsafe pulih_watch_add(descriptor, folder) < 0 {
            let code = Glibc.errno
            _ = Glibc.close(descriptor)
            (events, pollingReason) = (-1, try Self.refusal(code, "watch", folder))
            return
        }
        (events, pollingReason) = (descriptor, nil)
    }

    deinit {
        if events >= 0 { _ = Glibc.close(events) }
    }

    /// Blocks until something may have changed, the time is over or `wake` was called.
    public func wait(milliseconds: Int) {
        let limit = events < 0 ? min(milliseconds, Self.pollMilliseconds) : milliseconds
        _ = uninterrupted { Int(pulih_wait_readable(events, wakeUp.readEnd, Int32(clamping: max(0, limit)))) }
        drain(events)
    }

    /// Ends `wait`, this one and every later one. From any thread.
    public func wake() {
        var byte: UInt8 = 1
        _ = unsafe Glibc.write(wakeUp.writeEnd, &byte, 1)
    }

    private func drain(_ descriptor: Int32) {
        guard descriptor >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { raw in
                unsafe Glibc.read(descriptor, raw.baseAddress, raw.count)
            }
            if count <= 0 { return }
        }
    }

    /// Limits of the system are no failure: one looks now and then instead.
    private static func refusal(
        _ code: Int32, _ operation: String, _ path: String
    ) throws(SystemFailure) -> String {
        let failure = SystemFailure(operation, path: path, errno: code)
        guard [EMFILE, ENFILE, ENOSPC, ENOMEM, ENOSYS].contains(code) else { throw failure }
        return failure.description
    }
}
