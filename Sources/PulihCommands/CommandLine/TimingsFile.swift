internal import PulihModel
internal import PulihSystem

/// What `PULIH_TIMINGS` asks for: one JSON object, for `scripts/bench` and for whoever wonders where the time went.
enum TimingsFile {
    static func writeIfWanted() async throws {
        guard let path = Timings.path else { return }
        let totals = Timings.totals
        let json = JSONValue.object(
            Timings.Book.allCases.map { book in
                let total = totals[book] ?? Timings.Total()
                return JSONMember(
                    book.rawValue,
                    [
                        "count": .number(total.count),
                        "seconds": .double(Double(total.microseconds) / 1_000_000),
                    ])
            })
        try await BlockingWork.run { try DurableFile.write(json.pretty + "\n", to: path) }
    }
}
