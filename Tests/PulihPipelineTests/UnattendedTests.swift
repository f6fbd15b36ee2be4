import PulihModel
import PulihPipeline
import Synchronization
import Testing

@Suite struct UnattendedTests {
    /// Verbs that end as they are told, and note that they were called.
    final class Script: Sendable {
        private let state: Mutex<(outcomes: [Result<RunResult, PulihError>], calls: [String])>

        init(_ outcomes: [Result<RunResult, PulihError>]) { state = Mutex((outcomes, [])) }

        var calls: [String] { state.withLock { $0.calls } }

        func verbs(standsForAWhile: Bool = false) -> Unattended.Verbs {
            Unattended.Verbs(
                start: { try self.next("start") }, restart: { try self.next("restart") },
                standsForAWhile: { standsForAWhile })
        }

        private func next(_ call: String) throws -> RunResult {
            try state.withLock { state in
                state.calls.append(call)
                return try state.outcomes.removeFirst().get()
            }
        }
    }

    private let unattended = Unattended(
        Settings.usualRestarts, pace: Pace(sleep: { _ in }, chance: { 0.5 }), report: { _ in })

    private func result(_ codes: PulihError.Code?...) -> Result<RunResult, PulihError> {
        let steps = codes.map { code in
            StepRecord(
                client: "client1", batch: BatchID(number: 1), step: StepID(.publish, "x"), attempt: 1,
                status: code == nil ? .success : .failed, reason: "", fingerprint: "", startedAt: 0,
                error: code.map { StepError(PulihError($0, "it failed")) })
        }
        let isBad = steps.contains { $0.status == .failed }
        return .success(
            RunResult(
                client: "client1", batch: BatchID(number: 1), status: isBad ? .failed : .success, message: "",
                steps: steps, exitCode: isBad ? .failed : .done))
    }

    private func error(
        _ code: PulihError.Code, isTransient: Bool = false, cause: String? = nil
    ) -> Result<RunResult, PulihError> {
        .failure(PulihError(code, "no", isTransient: isTransient, cause: cause))
    }

    @Test func aGoodRunIsTheOnlyOne() async {
        let script = Script([result(nil)])
        let ending = await unattended.run("client1", script.verbs())
        #expect(script.calls == ["start"])
        #expect(ending.exitCode == .done)
    }

    @Test func whatFailedByWhatPassesIsRestarted() async {
        let script = Script([result(.unreachable, .busy, nil), result(.busy), result(nil)])
        let ending = await unattended.run("client1", script.verbs())
        #expect(script.calls == ["start", "restart", "restart"])
        #expect(ending.exitCode == .done)
        #expect(ending.restarts == 2)
    }

    @Test func threeTimesAtMost() async {
        let script = Script(Array(repeating: result(.unreachable), count: 9))
        let ending = await unattended.run("client1", script.verbs())
        #expect(script.calls == ["start", "restart", "restart", "restart"])
        #expect(ending.exitCode == .failed)
    }

    @Test(arguments: [PulihError.Code.data, .sql, .storage, .damaged])
    func whatNeedsSomebodyIsNot(_ code: PulihError.Code) async {
        let script = Script([result(code, .unreachable)])
        _ = await unattended.run("client1", script.verbs())
        #expect(script.calls == ["start"])
    }

    @Test func aPlaceThatCannotBeReachedIsComeBackTo() async {
        let script = Script([error(.unreachable, isTransient: true), result(nil)])
        #expect(await unattended.run("client1", script.verbs()).exitCode == .done)
        #expect(script.calls == ["start", "start"])
    }

    @Test func anotherRunIsLeftAlone() async {
        let script = Script([error(.busy, isTransient: true)])
        #expect(await unattended.run("client1", script.verbs()).exitCode == .busy)
        #expect(script.calls == ["start"])
    }

    @Test(arguments: [true, false]) func aFailedBatchThatStands(_ isForAWhile: Bool) async {
        let script = Script([error(.refused), result(nil)])
        _ = await unattended.run("client1", script.verbs(standsForAWhile: isForAWhile))
        #expect(script.calls == (isForAWhile ? ["start", "restart"] : ["start"]))
    }
}
