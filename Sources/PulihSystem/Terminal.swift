internal import CSystem
internal import Glibc

/// The two streams people read.
public enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2
}

/// What stands behind a stream.
public enum Terminal {
    public static func isTerminal(_ stream: StandardStream) -> Bool {
        isatty(stream.rawValue) == 1
    }

    /// Width in columns; nil if the stream is no terminal or does not tell.
    public static func columns(_ stream: StandardStream) -> Int? {
        let columns = pulih_columns(stream.rawValue)
        return columns > 0 ? Int(columns) : nil
    }
}
