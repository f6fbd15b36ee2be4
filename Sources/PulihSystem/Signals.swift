internal import CSystem
internal import Dispatch
internal import Glibc

/// What this process does about signals.
public enum Signals {
    /// Lets writes to a closed pipe fail with an error instead of ending the process. Call at start.
    public static func ignoreSIGPIPE() {
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// From now on the first SIGINT, SIGTERM or SIGHUP calls the body, once and on a thread of its own; a second one ends
    /// the process at once with status 1, whatever its threads do. Call once, at start.
    ///
    /// - Parameter body: gets the signal's name.
    public static func onStop(_ body: @escaping @Sendable (String) -> Void) throws(SystemFailure) {
        let names = [SIGINT: "SIGINT", SIGTERM: "SIGTERM", SIGHUP: "SIGHUP"]
        let numbers = names.keys.sorted()
        let pipe = try BytePipe()
        guard unsafe pulih_catch_stop(pipe.writeEnd, numbers, Int32(numbers.count)) == 0 else {
            throw SystemFailure("catch signals", errno: Glibc.errno)
        }
        DispatchQueue(label: "pulih.signals").async {
            var byte: UInt8 = 0
            let (count, _) = uninterrupted { unsafe Glibc.read(pipe.readEnd, &byte, 1) }
            if count == 1 { body(names[Int32(byte)] ?? "signal \(byte)") }
            // The handler writes to the pipe as long as the process lives.
            withExtendedLifetime(pipe) {}
        }
    }

    /// Ends the process after a while, unless there is something that it has to finish by then.
    public static func exit(
        status: Int32, afterMilliseconds wait: Int, unless: @escaping @Sendable () -> Bool
    ) {
        DispatchQueue(label: "pulih.signals.exit").asyncAfter(deadline: .now() + .milliseconds(wait)) {
            if !unless() { _exit(status) }
        }
    }
}
