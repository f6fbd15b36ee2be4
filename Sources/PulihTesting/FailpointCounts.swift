internal import Foundation

/// What a run wrote to `PULIH_FAILPOINTS_COUNT`.
public enum FailpointCounts {
    /// How often each point was passed, by name; `any` is the sum.
    public static func read(_ path: String) throws -> [String: Int] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        var counts: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let count = Int(parts[1]) else { throw TestFailure("no count: \(line)") }
            counts[String(parts[0])] = count
        }
        return counts
    }
}
