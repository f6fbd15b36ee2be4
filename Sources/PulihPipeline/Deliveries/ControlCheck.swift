internal import PulihModel
internal import PulihSystem

/// Compares what a file holds with what its sender says.
///
/// All records count but those that configuration skips: loaded or in quarantine. So a trailer is none, and neither is
/// a line of subtotals that a skip rule leaves out.
struct ControlCheck: Sendable {
    /// Side files are small.
    static let longest = 1 << 20

    /// The file's, for messages.
    let name: String
    /// Counted in the raw file.
    let records: Int
    let spec: FileSpec
    let leftBehind: String
    let hint: String
    /// Reads the side file; nil: there is none.
    let side: @Sendable () async throws -> (name: String, bytes: [UInt8])?

    /// - Parameter details: of the step.
    /// - Returns: the same with what was compared.
    /// - Throws: `data` naming each total that differs, expected and found.
    func compare(_ outcome: ConvertOutcome, _ details: JSONValue) async throws -> JSONValue {
        guard let control = spec.control, let figures = outcome.control else { return details }
        let said = try await said(control, outcome, figures)
        var totals: [Total] = []
        if let place = control.records {
            let found = records - outcome.skipped.values.reduce(0, +)
            totals.append(
                Total(
                    name: "records", expected: try number(said(place), "records", place),
                    found: ExactNumber(found)))
        }
        for sum in control.sums {
            let column = spec.columns.first { $0.name == sum.column }
            totals.append(
                Total(
                    name: "sum of \(sum.column)",
                    expected: try number(said(sum.place), "the sum of \(sum.column)", sum.place, column),
                    found: figures.sums[sum.column] ?? ExactNumber(0)))
        }
        let all = details.with("control", .array(totals.map(\.json)))
        let wrong = totals.filter { $0.expected != $0.found }
        guard !wrong.isEmpty else { return all }
        let bad = outcome.quarantined
        throw StepFailure(
            error: PulihError(
                .data,
                "\(name) is not what its sender says: "
                    + wrong.map(\.text).joined(separator: ", ")
                    + (bad == 0
                        ? ""
                        : " (\(bad) of its records cannot be taken, and what they hold is not all in sums)"),
                object: name, leftBehind: leftBehind, hint: hint), details: all)
    }

    private struct Total {
        let name: String
        let expected: ExactNumber
        let found: ExactNumber

        var text: String { "\(name) \(expected) expected, \(found) found" }
        var json: JSONValue {
            [
                "total": .string(name), "expected": .string(expected.description),
                "found": .string(found.description),
            ]
        }
    }

    // MARK: what the sender says

    /// Gives a total's text by where it stands; nil: it is not there.
    private func said(
        _ control: ControlTotals, _ outcome: ConvertOutcome, _ figures: ControlFigures
    ) async throws -> (String) -> String? {
        switch control.place {
        case .trailer(let field, let word):
            let count = outcome.skipped[ControlTotals.trailerReason] ?? 0
            guard count == 1, let last = figures.lastRecord, field <= last.count, last[field - 1] == word
            else {
                throw refusal(
                    count == 0
                        ? "\(name) has no trailer: no record has '\(word)' in field \(field)"
                        : "\(name) has \(count == 1 ? "a trailer" : "\(count) trailers") where its last record alone should be one"
                )
            }
            return { place in Int(place).flatMap { $0 <= last.count ? last[$0 - 1] : nil } }
        case .sideFile:
            let values = try await sideValues()
            return { values[$0.lowercased()] }
        }
    }

    private func sideValues() async throws -> [String: String] {
        guard let side = try await side() else { return [:] }
        guard let values = ControlText.values(String(decoding: side.bytes, as: UTF8.self)) else {
            throw refusal(
                "\(side.name) cannot be read: it is neither lines of name=value nor a header and one record")
        }
        return values
    }

    private func number(
        _ text: String?, _ what: String, _ place: String, _ column: ColumnSpec? = nil
    ) throws -> ExactNumber {
        let source =
            spec.control?.isTrailer == true ? "field \(place) of the trailer" : "'\(place)' in its side file"
        guard let text else {
            throw refusal("\(name): \(what) should stand as \(source), and nothing is there")
        }
        let number = ExactNumber(
            text, decimal: column?.decimalMark ?? ".", thousands: column?.thousandsMark,
            prefix: column?.prefix,
            suffix: column?.suffix)
        if let number { return number }
        throw refusal("\(name): \(what), \(source), is no number: '\(text)'")
    }

    private func refusal(_ summary: String) -> PulihError {
        PulihError(
            .data, summary, object: name, leftBehind: leftBehind, hint: hint)
    }
}

extension ControlCheck {
    /// Of a batch's file; nil: it was claimed before side files were configured.
    init?(_ context: BatchContext, _ file: ManifestFile, _ spec: FileSpec) {
        if spec.control?.isTrailer == false, file.sideName == nil { return nil }
        let sideName = spec.sideName(of: file.physicalName) ?? ""
        let places = context.files.sidePlaces(sideName, of: file.key.source)
        let physical = file.physicalName
        self.init(
            name: physical, records: file.records, spec: spec, leftBehind: "nothing of it was loaded",
            hint:
                "ask the sender for a whole file, then 'pulih replace \(context.client.name) \(context.batch)"
                + " \(physical) NEW', \(context.restartHint())",
            side: {
                let bytes = try await BlockingWork.run { () throws -> [UInt8]? in
                    for path in places where try FileIdentity.ifPresent(path) != nil {
                        return try FileReader.readAll(path, limit: Self.longest)
                    }
                    return nil
                }
                guard let bytes else {
                    throw PulihError(
                        .data, "\(sideName), which says what \(physical) holds, is gone", object: physical,
                        leftBehind: "nothing of it was loaded",
                        hint:
                            "put it into \(context.environment.layout.shown(places[0])), \(context.restartHint())"
                    )
                }
                return (sideName, bytes)
            })
    }
}

extension JSONValue {
    fileprivate func with(_ name: String, _ value: JSONValue) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members + [JSONMember(name, value)])
    }
}
