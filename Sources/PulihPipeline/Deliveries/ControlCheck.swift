internal import PulihModel
internal import PulihSystem

/// Compares what a file holds with what its sender says.
///
/// All records count but those that configuration skips: loaded or in quarantine. So a trailer is none, and neither is
/// a line of subtotals that a skip rule leaves out.
struct ControlCheck: Sendable {
    let context: BatchContext
    let file: ManifestFile
    let spec: FileSpec

    /// - Parameter details: of the step.
    /// - Returns: the same with what was compared.
    /// - Throws: `data` naming each total that differs, expected and found.
    func compare(_ outcome: ConvertOutcome, _ details: JSONValue) async throws -> JSONValue {
        guard let control = spec.control, let figures = outcome.control else { return details }
        // Claimed before side files were configured.
        if !control.isTrailer, file.sideName == nil { return details }
        let said = try await said(control, outcome, figures)
        var totals: [Total] = []
        if let place = control.records {
            let found = file.records - outcome.skipped.values.reduce(0, +)
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
                "\(file.physicalName) is not what its sender says: "
                    + wrong.map(\.text).joined(separator: ", ")
                    + (bad == 0
                        ? ""
                        : " (\(bad) of its records cannot be taken, and what they hold is not all in sums)"),
                object: file.physicalName, leftBehind: "nothing of it was loaded", hint: hint), details: all)
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
                        ? "\(file.physicalName) has no trailer: no record has '\(word)' in field \(field)"
                        : "\(file.physicalName) has \(count == 1 ? "a trailer" : "\(count) trailers") where its last record alone should be one"
                )
            }
            return { place in Int(place).flatMap { $0 <= last.count ? last[$0 - 1] : nil } }
        case .sideFile:
            let values = try await sideValues()
            return { values[$0.lowercased()] }
        }
    }

    private func sideValues() async throws -> [String: String] {
        let name = spec.sideName(of: file.physicalName) ?? ""
        let places = [WorkspaceLayout.RawPlace.success, .failed, .archive].map {
            context.files.layout.raw(context.client.name, file.key.source, $0) + "/" + name
        }
        let bytes = try await BlockingWork.run { () throws -> [UInt8]? in
            for path in places where try FileIdentity.ifPresent(path) != nil {
                return try FileReader.readAll(path, limit: 1 << 20)
            }
            return nil
        }
        guard let bytes else {
            throw PulihError(
                .data, "\(name), which says what \(file.physicalName) holds, is gone",
                object: file.physicalName,
                leftBehind: "nothing of it was loaded",
                hint: "put it into \(context.environment.layout.shown(places[0])), \(context.restartHint())")
        }
        guard let values = ControlText.values(String(decoding: bytes, as: UTF8.self)) else {
            throw refusal(
                "\(name) cannot be read: it is neither lines of name=value nor a header and one record")
        }
        return values
    }

    private func number(
        _ text: String?, _ what: String, _ place: String, _ column: ColumnSpec? = nil
    ) throws -> ExactNumber {
        let source =
            spec.control?.isTrailer == true ? "field \(place) of the trailer" : "'\(place)' in its side file"
        guard let text else {
            throw refusal("\(file.physicalName): \(what) should stand as \(source), and nothing is there")
        }
        let number = ExactNumber(
            text, decimal: column?.decimalMark ?? ".", thousands: column?.thousandsMark,
            prefix: column?.prefix,
            suffix: column?.suffix)
        if let number { return number }
        throw refusal("\(file.physicalName): \(what), \(source), is no number: '\(text)'")
    }

    private func refusal(_ summary: String) -> PulihError {
        PulihError(
            .data, summary, object: file.physicalName, leftBehind: "nothing of it was loaded", hint: hint)
    }

    private var hint: String {
        "ask the sender for a whole file, then 'pulih replace \(context.client.name) \(context.batch)"
            + " \(file.physicalName) NEW', \(context.restartHint())"
    }
}

extension JSONValue {
    fileprivate func with(_ name: String, _ value: JSONValue) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members + [JSONMember(name, value)])
    }
}
