internal import PulihModel
internal import PulihReports
internal import PulihSystem

/// A batch's story for people.
struct StoryText {
    private let story: BatchStory
    private let allAttempts: Bool

    init(_ story: BatchStory, allAttempts: Bool) {
        self.story = story
        self.allAttempts = allAttempts
    }

    func print() {
        let batch = story.batch
        line("\(batch.batch) of \(batch.client): \(story.status.rawValue)")
        line(
            "  \(batch.mode.rawValue), attempt \(batch.attempt), begun \(Timestamp.format(batch.startedAt))"
                + (batch.endedAt.map { ", ended \(Timestamp.format($0))" } ?? ""))
        if story.status == .interrupted {
            line("  \(batch.message.replacing("\n", with: "\n  "))")
            line("  nothing is lost: 'pulih restart \(batch.client)' finishes it")
        } else if !batch.message.isEmpty {
            line("  \(batch.message.replacing("\n", with: "\n  "))")
        }
        files()
        steps()
        recoveries()
        errors()
        if let next = story.next { line("\nnext: \(next)") }
    }

    private func files() {
        guard !story.files.isEmpty else { return }
        line("\nFiles: read = loaded + quarantined + skipped")
        let header = ["  file", "read", "loaded", "quarantined", "skipped", "physical name", "SHA-256"]
        let rows = story.files.map { file in
            [
                "  \(file.key)", Columns.grouped(file.records), file.loaded.map(Columns.grouped) ?? "-",
                file.quarantined.map(Columns.grouped) ?? "-",
                Columns.grouped(file.skipped.values.reduce(0, +)),
                file.physicalName, String(file.sha256.prefix(16)) + "…",
            ]
        }
        for text in Columns.aligned([header] + rows, right: [1, 2, 3, 4]) { line(text) }
        for file in story.files where !file.skipped.isEmpty {
            let reasons = file.skipped.sorted { $0.key < $1.key }.map {
                "\(Columns.grouped($0.value)) \($0.key)"
            }
            line("  \(file.key) skipped: \(reasons.joined(separator: ", "))")
        }
    }

    private func steps() {
        let records = allAttempts ? story.attempts : story.steps
        guard !records.isEmpty else { return }
        line("\nSteps:")
        let keys = Dictionary(story.files.map { ($0.key.description, 1) }, uniquingKeysWith: +)
        let rows = records.map { step in
            [
                "  " + StepText.word(step), step.step.stage.rawValue,
                StepText.thing(step.step, isAlone: { keys[$0] == 1 }), step.rows.map(Columns.grouped) ?? "",
                step.endedAt == nil ? "" : Columns.seconds(step.seconds),
                (allAttempts ? "attempt \(step.attempt), " : "") + step.reason,
            ]
        }
        for text in Columns.aligned(rows, right: [3, 4]) { line(text) }
    }

    private func recoveries() {
        guard !story.recoveries.isEmpty else { return }
        line("\nRecoveries:")
        let rows = story.recoveries.map { recovery in
            [
                "  " + recovery.outcome.rawValue, recovery.what,
                "from \(recovery.from.rawValue)", recovery.seconds.map(Columns.seconds) ?? "",
                recovery.message, "cause: \(recovery.cause.split(separator: "\n").first ?? "-")",
            ]
        }
        for text in Columns.aligned(rows, right: [3]) { line(text) }
    }

    private func errors() {
        for step in story.steps where step.status == .failed || step.status == .warning {
            let warnings = StepText.warnings(step)
            if step.error == nil, warnings.isEmpty { continue }
            line("\n\(step.status.rawValue) \(step.step)")
            for warning in warnings { line("  \(warning)") }
            guard let error = step.error else { continue }
            line("  \(error.summary.replacing("\n", with: "\n  "))")
            for notice in StepText.notices(step) {
                line("  it said: \(notice.replacing("\n", with: "\n  "))")
            }
            if !error.leftBehind.isEmpty { line("  left behind: \(error.leftBehind)") }
            if !error.hint.isEmpty { line("  HINT: \(error.hint)") }
        }
    }

    private func line(_ text: String) { Output.standard.line(text) }
}

/// The way back of rows for people: a tree.
struct TraceText {
    let client: String

    func print(_ rows: [TraceNode], isCut: Bool) {
        if rows.isEmpty { Output.standard.line("no row matches") }
        for row in rows { show(row, indent: "", title: true) }
        if isCut { Output.standard.line("… more than \(Tracer.limit) rows match; narrow the condition") }
    }

    private func show(_ node: TraceNode, indent: String, title: Bool) {
        if title { Output.standard.line("\(indent)\(node.table.live(client))") }
        let mark = node.isChosen == true ? "* chosen  " : ""
        if let raw = node.raw {
            let place = (raw.place ?? raw.line.map { "line \($0)" }).map { ", \($0)" } ?? ""
            Output.standard.line("\(indent)  \(mark)\(raw.batch) \(raw.file) record \(raw.record)\(place)")
            if let sha = raw.sha256 { Output.standard.line("\(indent)    SHA-256 \(sha)") }
            if let text = raw.text { Output.standard.line("\(indent)    \(text)") }
            if let note = raw.note { Output.standard.line("\(indent)    ! \(note)") }
            return
        }
        let cells = node.row.map { "\($0.column)=\($0.value ?? "NULL")" }.joined(separator: " ")
        Output.standard.line("\(indent)  \(mark)\(cells)")
        if let ends = node.ends { Output.standard.line("\(indent)  ! \(ends)") }
        for branch in node.upstream {
            let count = branch.rows.isEmpty ? ": no row" : ""
            Output.standard.line(
                "\(indent)  <- \(branch.table.live(client)) where \(branch.condition)\(count)")
            for row in branch.rows { show(row, indent: indent + "     ", title: false) }
            if branch.isCut { Output.standard.line("\(indent)     … and more than \(Tracer.limit) rows") }
        }
    }
}
