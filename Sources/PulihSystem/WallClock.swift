internal import CSystem
internal import Glibc

/// Where code that needs the time of day gets it; tests bring their own.
public protocol WallClock: Sendable {
    /// Microseconds since 1970-01-01 00:00:00 UTC.
    func now() -> Int64
}

/// The machine's time of day. It may jump when an operator or a time service sets it.
public struct SystemClock: WallClock {
    public init() {}

    public func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}

/// Measures how long something takes, whatever happens to the time of day meanwhile.
public struct Stopwatch: Sendable {
    private let start: Int64

    /// Starts at once.
    public init() {
        start = Stopwatch.monotonicMicroseconds()
    }

    public var elapsedMicroseconds: Int64 {
        Stopwatch.monotonicMicroseconds() - start
    }

    public var elapsedSeconds: Double {
        Double(elapsedMicroseconds) / 1_000_000
    }

    private static func monotonicMicroseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
