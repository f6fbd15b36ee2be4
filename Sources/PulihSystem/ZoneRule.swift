/// How clocks are set year by year, as POSIX writes it: `WIB-7`, `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Sendable, Equatable {
    /// Seconds ahead of UTC.
    let standard: Int64
    private var summer: Summer?

    private struct Summer: Sendable, Equatable {
        let offset: Int64
        let begin: Day
        let end: Day
    }

    /// A day of the year, and the second in it by the clocks that end then.
    private struct Day: Sendable, Equatable {
        enum Kind: Sendable, Equatable {
            /// From 1; the 29th of February is never counted.
            case withoutLeap(Int64)
            /// From 0.
            case ofYear(Int64)
            /// The n-th (5: the last) weekday (0: Sunday) of a month.
            case weekday(month: Int64, week: Int64, day: Int64)
        }
        let kind: Kind
        let second: Int64
    }

    /// nil when it is none.
    init?(_ text: String) {
        var reader = Reader(text[...])
        guard reader.skipName(), let west = reader.time() else { return nil }
        standard = -west
        guard !reader.rest.isEmpty else { return }
        guard reader.skipName() else { return nil }
        let offset = reader.rest.hasPrefix(",") ? standard + 3600 : reader.time().map { -$0 }
        guard let offset, reader.skip(","), let begin = reader.day(), reader.skip(","),
            let end = reader.day(),
            reader.rest.isEmpty
        else { return nil }
        summer = Summer(offset: offset, begin: begin, end: end)
    }

    func offset(at time: Int64) -> Int64 {
        guard let summer else { return standard }
        let year = Self.year(ofDay: (time + standard).floored(86_400))
        let begin = Self.second(summer.begin, year) - standard
        let end = Self.second(summer.end, year) - summer.offset
        let isSummer = begin < end ? begin <= time && time < end : !(end <= time && time < begin)
        return isSummer ? summer.offset : standard
    }

    private static func second(_ day: Day, _ year: Int64) -> Int64 {
        let newYear = Timestamp.days(fromYear: year, month: 1, day: 1)
        let number: Int64
        switch day.kind {
        case .ofYear(let count): number = newYear + count
        case .withoutLeap(let count):
            let isLeap = Timestamp.days(fromYear: year, month: 3, day: 1) - newYear == 60
            number = newYear + count - 1 + (isLeap && count >= 60 ? 1 : 0)
        case .weekday(let month, let week, let wanted):
            let first = Timestamp.days(fromYear: year, month: month, day: 1)
            let next =
                month == 12
                ? Timestamp.days(fromYear: year + 1, month: 1, day: 1)
                : Timestamp.days(fromYear: year, month: month + 1, day: 1)
            // 1970-01-01 was a Thursday.
            let weekday = (first + 4) - (first + 4).floored(7) * 7
            var found = first + (wanted - weekday + 7) % 7 + (week - 1) * 7
            while found >= next { found -= 7 }
            number = found
        }
        return number * 86_400 + day.second
    }

    private static func year(ofDay day: Int64) -> Int64 { Timestamp.civil(fromDays: day).year }

    private struct Reader {
        var rest: Substring

        init(_ text: Substring) { rest = text }

        mutating func skip(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest.removeFirst()
            return true
        }

        /// `CET` or `<+03>`.
        mutating func skipName() -> Bool {
            if skip("<") {
                guard let end = rest.firstIndex(of: ">") else { return false }
                rest = rest[rest.index(after: end)...]
                return true
            }
            let name = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest[name.endIndex...]
            return name.count >= 3
        }

        private mutating func digits() -> Int64? {
            let text = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest[text.endIndex...]
            return Int64(text)
        }

        /// Seconds of `[+-]hh[:mm[:ss]]`.
        mutating func time() -> Int64? {
            let sign: Int64 = skip("-") ? -1 : 1
            if sign == 1 { _ = skip("+") }
            guard let hours = digits() else { return nil }
            var seconds = hours * 3600
            for unit in [60, 1] as [Int64] where skip(":") {
                guard let part = digits() else { return nil }
                seconds += part * unit
            }
            return sign * seconds
        }

        mutating func day() -> Day? {
            let kind: Day.Kind
            if skip("M") {
                guard let month = digits(), skip("."), let week = digits(), skip("."), let day = digits(),
                    (1...12).contains(month), (1...5).contains(week), (0...6).contains(day)
                else { return nil }
                kind = .weekday(month: month, week: week, day: day)
            } else if skip("J") {
                guard let count = digits() else { return nil }
                kind = .withoutLeap(count)
            } else {
                guard let count = digits() else { return nil }
                kind = .ofYear(count)
            }
            guard skip("/") else { return Day(kind: kind, second: 7200) }
            return time().map { Day(kind: kind, second: $0) }
        }
    }
}
