internal import PulihModel
internal import PulihSystem

/// The time of one delivery of an expected file. Pure.
struct DeliveryWindow: Sendable, Equatable {
    /// What comes from then on counts, until the next window opens. Microseconds since 1970 UTC.
    let opens: Int64
    /// From then on it is late.
    let due: Int64

    /// The newest one that is open.
    static func current(_ expectation: Expectation, _ zone: LocalZone, at now: Int64) -> DeliveryWindow {
        let today = zone.local(now).day
        var day = today + 1
        while true {
            if expectation.days.contains(Weekday(ofDay: day)) {
                let opening = expectation.opensDayBefore ? day - 1 : day
                let opens = zone.time(day: opening, minute: expectation.from)
                // Beyond a year there is a day of every name.
                if opens <= now || day < today - 366 {
                    return DeliveryWindow(opens: opens, due: zone.time(day: day, minute: expectation.by))
                }
            }
            day -= 1
        }
    }
}
