import Foundation
import Testing

@testable import PulihSystem

@Suite struct TimeTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (1_772_337_906_000_007, "2026-03-01T04:05:06.000007Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
        (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ])
    func formatsAndParses(microseconds: Int64, text: String) {
        #expect(Timestamp.format(microseconds) == text)
        #expect(Timestamp.parse(text) == microseconds)
    }

    @Test func formatsWhatNoCalendarNeeds() {
        #expect(Timestamp.format(253_402_300_800_000_000) == "+010000-01-01T00:00:00.000000Z")
        #expect(Timestamp.format(-62_167_219_200_000_001) == "-000001-12-31T23:59:59.999999Z")
        #expect(Timestamp.format(.max).hasSuffix("Z"))
        #expect(Timestamp.format(.min).hasPrefix("-290308-"))
    }

    @Test(arguments: [
        ("2026-03-01T04:05:06Z", Int64(1_772_337_906_000_000)),
        ("2026-03-01T04:05:06.5Z", 1_772_337_906_500_000),
    ])
    func parsesShorterFractions(text: String, microseconds: Int64) {
        #expect(Timestamp.parse(text) == microseconds)
    }

    @Test(arguments: [
        "", "2026-03-01", "2026-03-01T04:05:06", "2026-03-01T04:05:06+00:00", "2026-03-01 04:05:06Z",
        "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-03-00T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T04:60:06Z", "2026-03-01T04:05:60Z",
        "2026-03-01T04:05:06.Z", "2026-03-01T04:05:06.1234567Z", "2026-03-01T04:05:06,5Z",
        "2026-03-0aT04:05:06Z",
        "+026-03-01T04:05:06Z", "2026-03-01T04:05:06.5ZZ", "1900-02-29T00:00:00Z",
    ])
    func refusesOtherForms(text: String) {
        #expect(Timestamp.parse(text) == nil)
    }

    /// Every day of four centuries, against a count that knows only the rule for leap years.
    @Test func countsEveryDay() {
        var days: Int64 = -25_567
        for year in 1900..<2300 {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (month, length) in zip(1..., [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
                for day in 1...length {
                    let text = String(format: "%04d-%02d-%02dT00:00:00.000000Z", year, month, day)
                    #expect(Timestamp.parse(text) == days * 86_400_000_000)
                    #expect(Timestamp.format(days * 86_400_000_000) == text)
                    days += 1
                }
            }
        }
    }

    @Test func clocksGoOn() {
        let watch = Stopwatch()
        let now = SystemClock().now()
        #expect(abs(Double(now) / 1e6 - Date().timeIntervalSince1970) < 60)
        #expect(watch.elapsedMicroseconds >= 0)
        #expect(watch.elapsedSeconds < 60)
    }
}
