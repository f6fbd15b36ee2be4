/// Which of many rejected records are kept with their text: all of them as long as they are few; otherwise the first, as
/// many as half of what may be kept, and of those that follow every so many, evenly, up to the last.
struct QuarantineSample {
    private let first: Int
    private let stride: Int
    private var seen = 0

    /// - Parameters:
    ///   - keep: how many records at most.
    ///   - expected: how many will come; fewer may.
    init(keep: Int, of expected: Int) {
        guard expected > keep else {
            first = .max
            stride = 1
            return
        }
        first = (keep + 1) / 2
        let others = keep - first
        stride = others == 0 ? .max : (expected - first + others - 1) / others
    }

    /// Called once for each record, in the order of the file.
    mutating func takesNext() -> Bool {
        seen += 1
        return seen <= first || (seen - first) % stride == 0
    }
}
