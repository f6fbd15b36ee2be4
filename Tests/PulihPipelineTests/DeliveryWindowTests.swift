import PulihModel
import PulihSystem
import Testing

@testable import PulihPipeline

@Suite struct DeliveryWindowTests {
    private func window(
        _ expectation: PulihModel.Expectation, at now: String, _ zone: String = "Asia/Jakarta"
    ) throws
        -> [String]
    {
        let zone = try LocalZone.named(zone)
        let window = DeliveryWindow.current(expectation, zone, at: try #require(Timestamp.parse(now)))
        return [zone.text(window.opens), zone.text(window.due)]
    }

    @Test func aDailyFileIsOfTheDayThatClocksShow() throws {
        let daily = PulihModel.Expectation(by: 360)
        // 2026-11-20 is a Friday. 23:59 and 00:00 in Jakarta:
        #expect(try window(daily, at: "2026-11-20T16:59:00Z") == ["2026-11-20 00:00", "2026-11-20 06:00"])
        #expect(try window(daily, at: "2026-11-20T17:00:00Z") == ["2026-11-21 00:00", "2026-11-21 06:00"])
    }

    @Test func onTheOtherDaysTheLastDeliveryCounts() throws {
        let weekdays = PulihModel.Expectation(
            by: 360, days: [.monday, .tuesday, .wednesday, .thursday, .friday])
        let friday = ["2026-11-20 00:00", "2026-11-20 06:00"]
        #expect(try window(weekdays, at: "2026-11-22T10:00:00Z") == friday)
        #expect(
            try window(weekdays, at: "2026-11-22T17:00:00Z") == ["2026-11-23 00:00", "2026-11-23 06:00"])
    }

    @Test func aDeliveryMayBeginTheEveningBefore() throws {
        let early = PulihModel.Expectation(by: 360, from: 1080)
        #expect(try window(early, at: "2026-11-20T10:59:00Z") == ["2026-11-19 18:00", "2026-11-20 06:00"])
        #expect(try window(early, at: "2026-11-20T11:00:00Z") == ["2026-11-20 18:00", "2026-11-21 06:00"])
    }

    @Test func theEndOfTheDayFollowsSummerTime() throws {
        let daily = PulihModel.Expectation()
        // The 29th of March 2026 has 23 hours in Berlin.
        #expect(
            try window(daily, at: "2026-03-29T10:00:00Z", "Europe/Berlin")
                == ["2026-03-29 00:00", "2026-03-30 00:00"])
        let zone = try LocalZone.named("Europe/Berlin")
        let window = DeliveryWindow.current(
            daily, zone, at: try #require(Timestamp.parse("2026-03-29T10:00:00Z")))
        #expect(window.due - window.opens == 23 * 3_600_000_000)
    }

    @Test func theNextTimeOfDay() throws {
        let zone = try LocalZone.named("Asia/Jakarta")
        let next = { (now: String) throws in
            zone.text(Waiting.next(360, zone, after: try #require(Timestamp.parse(now))))
        }
        #expect(try next("2026-11-20T22:59:00Z") == "2026-11-21 06:00")
        #expect(try next("2026-11-20T23:00:00Z") == "2026-11-22 06:00")
    }

    @Test func sideFilesAreReadInBothForms() {
        #expect(
            ControlText.values("\u{FEFF}count = 3\r\nTotal=\"1,5\"\n\n# end\n") == [
                "count": "3", "total": "1,5",
            ])
        #expect(ControlText.values("count: 3\n") == ["count": "3"])
        #expect(ControlText.values("Count;Total\n3;10,5\n") == ["count": "3", "total": "10,5"])
        #expect(ControlText.values("count,total\n3\n") == nil)
        #expect(ControlText.values("") == nil)
        #expect(ControlText.values("1\n2\n3\n") == nil)
    }

    @Test func numbersAreComparedExactly() {
        #expect(ExactNumber("0010.50") == ExactNumber("+10.5"))
        #expect(
            ExactNumber("Rp 1.234,50", decimal: ",", thousands: ".", prefix: "Rp") == ExactNumber("1234.5"))
        #expect(ExactNumber("-0.00") == ExactNumber("0"))
        #expect(ExactNumber("99999999999999999999.01") != ExactNumber("99999999999999999999.02"))
        for text in ["", "-", "1e3", "1.2.3", "1.", "x", "1 2"] {
            #expect(ExactNumber(text) == nil, "\(text)")
        }
    }
}
