internal import PulihModel
internal import PulihPipeline
internal import PulihSystem

/// Tells the program under `alerts:` of an unattended run that ended badly for good: once, until it ends well again or
/// another run ends badly.
struct AlertHook {
    private let workspace: Workspace
    private let report: (String) -> Void
    private static let timeLimit: Duration = .seconds(60)

    init(workspace: Workspace, report: @escaping (String) -> Void) {
        self.workspace = workspace
        self.report = report
    }

    /// Never throws: the run has ended as it has. What goes wrong here is reported.
    func tell(_ ending: Unattended.Ending) async {
        do {
            let mark = workspace.layout.alertMark(ending.client)
            let told = try await BlockingWork.run {
                try FileIdentity.ifPresent(mark) == nil ? nil : try FileReader.readText(mark, limit: 1 << 20)
            }
            guard let trouble = ending.trouble else {
                if ending.exitCode == .done, told != nil {
                    _ = try await BlockingWork.run { try DurableFile.remove(mark) }
                }
                return
            }
            if told == trouble, !ending.hasRun { return }
            try await call(EndingText(ending).alert(workspace.layout.root, at: SystemClock().now()))
            try await BlockingWork.run {
                try DurableFile.createFolders(PathText.folder(of: mark))
                try DurableFile.write(trouble, to: mark)
            }
        } catch {
            report("the alert of \(ending.client) could not be told: \(PulihError.wrapping(error).summary)")
        }
    }

    private func call(_ alert: JSONValue) async throws {
        let words = workspace.configuration.alerts.onFailure
        guard let program = words.first else { return }
        let outcome = try await ChildProcess.run(
            program, Array(words.dropFirst()), folder: workspace.layout.root,
            input: Array((alert.compact + "\n").utf8), timeLimit: Self.timeLimit)
        guard !outcome.isSuccess else { return }
        let said = outcome.errorText.split(separator: "\n").last.map { ": \($0)" } ?? ""
        throw PulihError(
            .failed,
            outcome.ranOutOfTime
                ? "\(program) did not end within \(Self.timeLimit)"
                : "\(program) ended with \(outcome.ending)\(said)", object: program)
    }
}

extension Unattended.Ending {
    /// What somebody has to know, in words that stay the same while it does; nil: nothing.
    fileprivate var trouble: String? {
        switch outcome {
        case .success(let result):
            result.exitCode == .done ? nil : result.batch?.description ?? result.message
        case .failure(let error):
            // Another run at work, or a pause.
            if error.code == .busy && error.cause == nil {
                nil
            } else {
                BatchID(error.object) == nil ? "\(error.code) \(error.object)" : error.object
            }
        }
    }

    /// A run took place; else something kept it from running.
    fileprivate var hasRun: Bool {
        if case .success = outcome { true } else { false }
    }
}

extension WorkspaceLayout {
    /// What the alert hook was told of last.
    fileprivate func alertMark(_ client: String) -> String { "\(root)/data/.alerts/\(client)" }
}
