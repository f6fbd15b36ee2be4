internal import PulihModel
internal import PulihPipeline
internal import PulihSystem
internal import Synchronization

/// Shows a run on stderr: a line per step as it ends and, on a terminal, a sticky line for what still runs.
final class Progress: Sendable {
    private struct State {
        var running: [StepID] = []
        var filesPerKey: [String: Int] = [:]
        var hasSticky = false
    }
    private let state = Mutex(State())
    private let isQuiet: Bool
    private let isTerminal: Bool

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        isTerminal = Terminal.isTerminal(.error)
    }

    func show(_ event: RunEvent) {
        state.withLock { state in
            switch event {
            case .note(let text): line("note: \(text)", &state)
            case .batchBegan(let manifest, let mode):
                state.filesPerKey = Dictionary(
                    manifest.files.map { ($0.key.description, 1) }, uniquingKeysWith: +)
                let records = manifest.files.reduce(0) { $0 + $1.records }
                line(
                    "\(manifest.batch) of \(manifest.client): \(mode.rawValue), \(Columns.plural(manifest.files.count, "file")), "
                        + Columns.plural(records, "record"), &state)
            case .stepBegan(let id): state.running.append(id)
            case .stepWaits(let id): state.running.removeAll { $0 == id }
            case .stepEnded(let record, let position, let total):
                state.running.removeAll { $0 == record.step }
                let width = String(total).count
                let number = String(position)
                line(
                    String(repeating: " ", count: width - number.count)
                        + "\(number) of \(total) \(StepText.word(record)) \(title(record.step, state))\(StepText.tail(record))",
                    &state)
            }
            sticky(&state)
        }
    }

    /// Takes the sticky line away at the end.
    func finish() {
        state.withLock { state in
            state.running = []
            sticky(&state)
        }
    }

    private func line(_ text: String, _ state: inout State) {
        guard !isQuiet else { return }
        if state.hasSticky {
            Output.error.write("\r\u{1B}[K")
            state.hasSticky = false
        }
        Output.error.line(text)
    }

    private func sticky(_ state: inout State) {
        guard isTerminal, !isQuiet else { return }
        if state.hasSticky { Output.error.write("\r\u{1B}[K") }
        state.hasSticky = !state.running.isEmpty
        guard state.hasSticky else { return }
        let width = Terminal.columns(.error) ?? 80
        let text = "running: " + state.running.map { title($0, state) }.joined(separator: ", ")
        Output.error.write(String(text.prefix(width - 1)))
    }

    private func title(_ step: StepID, _ state: State) -> String {
        "\(step.stage.rawValue) \(StepText.thing(step, isAlone: { state.filesPerKey[$0] == 1 }))"
    }
}

/// Words for steps, the same in progress and in `show`.
enum StepText {
    static func word(_ record: StepRecord) -> String {
        if record.reason.hasPrefix("kept") { return "KEPT" }
        switch record.status {
        case .success: return "OK"
        case .warning: return "WARN"
        default: return record.status.rawValue
        }
    }

    /// `crm.cust_info` for the only file of its kind, else with the file's name.
    static func thing(_ step: StepID, isAlone: (String) -> Bool) -> String {
        guard step.stage.isFileStage, let slash = step.thing.firstIndex(of: "/") else { return step.thing }
        let key = String(step.thing[..<slash])
        return isAlone(key) ? key : step.thing
    }

    static func tail(_ record: StepRecord) -> String {
        if record.status == .skipped { return " [\(record.reason)]" }
        if record.reason.hasPrefix("kept") { return " [\(why(record))]" }
        var parts: [String] = []
        if let rows = record.rows { parts.append(Columns.plural(rows, "row")) }
        let seconds = record.endedAt.map { Double($0 - record.startedAt) / 1_000_000 } ?? 0
        parts.append("in \(Columns.seconds(seconds))")
        var text = " [\(parts.joined(separator: " "))\(isAsAlways(record) ? "" : "; \(why(record))")]"
        for warning in warnings(record) { text += "\n      \(warning)" }
        if let error = record.error { text += "\n      \(error.summary.replacing("\n", with: "\n      "))" }
        return text
    }

    /// The planner's reason.
    private static func why(_ record: StepRecord) -> Substring {
        guard let colon = record.reason.firstRange(of: ": ") else { return record.reason[...] }
        return record.reason[colon.upperBound...]
    }

    /// It runs in every new batch, or in every run: not worth a word.
    private static func isAsAlways(_ record: StepRecord) -> Bool {
        record.reason == "ran: new batch" || record.step.stage == .finalize
    }

    /// The last words of a procedure.
    static func notices(_ record: StepRecord) -> [String] {
        (record.details["notices"]?.array?.compactMap(\.string) ?? []).suffix(10)
    }

    /// What a step that ended with warnings has found.
    static func warnings(_ record: StepRecord) -> [String] {
        let details = record.details
        var lines: [String] = details["warnings"]?.array?.compactMap(\.string) ?? []
        for finding in details["findings"]?.array ?? [] {
            if let message = finding["message"]?.string, let severity = finding["severity"]?.string {
                lines.append("\(severity): \(message.replacing("\n", with: "\\n"))")
            }
        }
        if record.step.stage == .convert, let count = details["quarantined"]?.int, count > 0 {
            let kept = details["kept"]?.int.map { ", \(Columns.grouped(Int($0))) kept with their text" } ?? ""
            lines.append("\(Columns.plural(Int(count), "record")) quarantined\(kept)")
        }
        if record.step.stage == .convert, record.status == .warning, record.rows == 0, lines.isEmpty {
            lines.append("the file holds no record; accepted as configured")
        }
        if record.step.stage == .validateMapping, record.status == .warning {
            for name in details["absent"]?.array?.compactMap(\.string) ?? [] {
                lines.append("optional column \(name) is missing; it is NULL")
            }
            for name in details["extra"]?.array?.compactMap(\.string) ?? [] {
                lines.append("column \(name) is not configured; it is left out")
            }
        }
        return lines
    }
}
