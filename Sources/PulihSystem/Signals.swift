internal import Glibc

/// What this process does about signals.
public enum Signals {
    /// Lets writes to a closed pipe fail with an error instead of ending the process. Call at start.
    public static func ignoreSIGPIPE() {
        _ = signal(SIGPIPE, SIG_IGN)
    }
}
