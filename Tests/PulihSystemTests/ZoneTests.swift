import PulihSystem
import Testing

@Suite struct ZoneTests {
    private func time(_ text: String) throws -> Int64 { try #require(Timestamp.parse(text)) }

    @Test func aZoneWithoutSummerTime() throws {
        let jakarta = try LocalZone.named("Asia/Jakarta")
        let now = try time("2026-11-20T23:30:00Z")
        #expect(jakarta.text(now) == "2026-11-21 06:30")
        #expect(jakarta.local(now).minute == 390)
        let day = jakarta.local(now).day
        #expect(jakarta.time(day: day, minute: 360) == (try time("2026-11-20T23:00:00Z")))
        #expect(jakarta.time(day: day, minute: 1440) == (try time("2026-11-21T17:00:00Z")))
    }

    /// Clocks leap over 02:30 in March and show it twice in October; beyond the table of the zone's file too.
    @Test(arguments: ["2026", "2099"]) func summerTimeBeginsAndEnds(_ year: String) throws {
        let berlin = try LocalZone.named("Europe/Berlin")
        let (spring, autumn) = year == "2026" ? ("03-29", "10-25") : ("03-29", "10-25")
        let march = berlin.local(try time("\(year)-\(spring)T12:00:00Z")).day
        #expect(berlin.text(berlin.time(day: march, minute: 90)) == "\(year)-\(spring) 01:30")
        #expect(berlin.time(day: march, minute: 150) == (try time("\(year)-\(spring)T01:30:00Z")))
        #expect(berlin.text(berlin.time(day: march, minute: 150)) == "\(year)-\(spring) 03:30")
        let october = berlin.local(try time("\(year)-\(autumn)T12:00:00Z")).day
        #expect(berlin.time(day: october, minute: 150) == (try time("\(year)-\(autumn)T00:30:00Z")))
        #expect(berlin.time(day: october, minute: 240) == (try time("\(year)-\(autumn)T03:00:00Z")))
    }

    @Test func theSouthHasSummerOverNewYear() throws {
        let sydney = try LocalZone.named("Australia/Sydney")
        #expect(sydney.text(try time("2099-01-15T00:00:00Z")) == "2099-01-15 11:00")
        #expect(sydney.text(try time("2099-07-15T00:00:00Z")) == "2099-07-15 10:00")
    }

    @Test(arguments: [
        "Asia/Jakrta", "asia", "../../etc/passwd", "", "Asia/", "/etc/localtime", "zone1970.tab",
    ])
    func whatIsNoZone(_ name: String) throws {
        #expect(throws: ZoneFailure.unknown(name)) { try LocalZone.named(name) }
    }

    @Test func utcNeedsNoData() throws {
        #expect(try LocalZone.named("UTC") == .utc)
        #expect(LocalZone.utc.text(0) == "1970-01-01 00:00")
    }
}
