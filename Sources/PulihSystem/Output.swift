internal import Glibc
internal import Synchronization

/// Writes whole lines at once, unbuffered: what was said is there even if the process dies next.
///
/// Safe to use from any thread; lines never mix. Needs `Signals.ignoreSIGPIPE()` to survive a closed pipe.
public final class Output: Sendable {
    /// What to do once nobody reads any more.
    public enum WhenClosed: Sendable {
        /// Ends the process quietly, with this status.
        case exit(status: Int32)
        /// Goes on and says nothing any more.
        case discard
    }

    /// Results. Ends the process with status 0 if the reader went away, as in `pulih query … | head`.
    public static let standard = Output(.output, whenClosed: .exit(status: 0))
    /// Progress and diagnostics. A run outlives their reader.
    public static let error = Output(.error, whenClosed: .discard)

    private let number: Int32
    private let name: String
    private let whenClosed: WhenClosed
    private let state = Mutex(State())

    private struct State {
        var isClosed = false
        var failure: SystemFailure?
    }

    public convenience init(_ stream: StandardStream, whenClosed: WhenClosed) {
        self.init(
            number: stream.rawValue, name: stream == .output ? "standard output" : "standard error",
            whenClosed: whenClosed)
    }

    init(number: Int32, name: String, whenClosed: WhenClosed) {
        self.number = number
        self.name = name
        self.whenClosed = whenClosed
    }

    /// The text and a newline.
    public func line(_ text: String = "") {
        write(text + "\n")
    }

    /// The text as it is.
    public func write(_ text: String) {
        write(Array(text.utf8))
    }

    public func write(_ bytes: [UInt8]) {
        state.withLock { state in
            guard !state.isClosed, state.failure == nil else { return }
            switch writeFully(bytes[...], to: number) {
            case 0: break
            case EPIPE:
                if case .exit(let status) = whenClosed { _exit(status) }
                state.isClosed = true
            case let code:
                state.failure = SystemFailure("write to", path: name, errno: code)
            }
        }
    }

    /// The first failure other than a reader gone, for instance a full disk; nothing is written after it.
    /// A program that ends well should look here before it says so.
    public var failure: SystemFailure? {
        state.withLock { $0.failure }
    }
}
