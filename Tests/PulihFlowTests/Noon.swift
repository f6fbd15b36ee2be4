import Foundation
import PulihTesting

/// The zone in which it is about noon now: what is expected by 06:00 is late, what is expected by 20:00 is not.
enum Noon {
    static var zone: String {
        let hour = Calendar(identifier: .gregorian).dateComponents(in: .gmt, from: Date()).hour ?? 12
        let east = 12 - hour
        return east == 0 ? "UTC" : "Etc/GMT\(east > 0 ? "-" : "+")\(abs(east))"
    }

    /// `Shop` with entries of its files, by name.
    static func configuration(_ entries: [String: String], settings: String = "") -> String {
        var text = Shop.configuration.replacing(
            "parallel_steps: 2}", with: "parallel_steps: 2, time_zone: \(zone)\(settings)}")
        for (file, entry) in entries {
            text = text.replacing(
                "pattern: \"\(file)*.csv\"\n", with: "pattern: \"\(file)*.csv\"\n        \(entry)\n")
        }
        return text
    }
}
