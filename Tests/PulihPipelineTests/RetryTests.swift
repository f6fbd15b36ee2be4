import PulihModel
import Synchronization
import Testing

@testable import PulihPipeline

@Suite struct RetryTests {
    /// Notes every wait instead of waiting.
    final class Waits: Sendable {
        private let seconds = Mutex<[Double]>([])
        var all: [Double] { seconds.withLock { $0 } }

        func pace(chance: Double = 0.5) -> Pace {
            Pace(
                sleep: { wait in self.seconds.withLock { $0.append(wait) } }, chance: { chance })
        }
    }

    struct Passing: Error {}
    struct Lasting: Error {}
    private let isPassing: @Sendable (any Error) -> Bool = { $0 is Passing }

    @Test func waitsGrowUntilTheLongest() {
        let policy = RetryPolicy(attempts: 9, waitSeconds: 1, factor: 3, longestSeconds: 20)
        #expect((1...5).map { policy.wait(after: $0, chance: 0.5) } == [1, 3, 9, 20, 20])
    }

    @Test func chanceMakesAWaitLongerOrShorter() {
        let policy = RetryPolicy(waitSeconds: 4, jitter: 0.5)
        #expect([0, 0.5, 1].map { policy.wait(after: 1, chance: $0) } == [2, 4, 6])
        #expect(RetryPolicy(waitSeconds: 4, jitter: 0).wait(after: 1, chance: 1) == 4)
    }

    @Test func whatPassesIsTriedAgainWithWaits() async throws {
        let waits = Waits()
        var tries = 0
        let value = try await RetryPolicy().run(waits.pace(), while: isPassing) {
            tries += 1
            if tries < 3 { throw Passing() }
            return tries
        }
        #expect(value == 3)
        #expect(waits.all == [1, 2])
    }

    @Test func theLastFailureIsThrown() async throws {
        let waits = Waits()
        var tries = 0
        await #expect(throws: Passing.self) {
            try await RetryPolicy(attempts: 4).run(waits.pace(chance: 0), while: isPassing) {
                tries += 1
                throw Passing()
            }
        }
        #expect(tries == 4)
        #expect(waits.all == [0.5, 1, 2])
    }

    @Test func whatLastsIsNotTriedAgain() async throws {
        let waits = Waits()
        await #expect(throws: Lasting.self) {
            try await RetryPolicy().run(waits.pace(), while: isPassing) { throw Lasting() }
        }
        #expect(waits.all.isEmpty)
    }

    @Test func aWaitThatIsCancelledEndsWithTheFailure() async throws {
        let pace = Pace(sleep: { _ in throw CancellationError() }, chance: { 0.5 })
        await #expect(throws: Passing.self) {
            try await RetryPolicy().run(pace, while: isPassing) { throw Passing() }
        }
    }

    @Test func aStageMayHaveItsOwnPolicy() {
        let policies = RetryPolicies(stages: [.publish: RetryPolicy(attempts: 7)])
        #expect(policies[.publish].attempts == 7)
        #expect(policies[.convert].attempts == 3)
    }

    @Test func attemptsGrowOverRunsAndTries() {
        let load = StepID(.loadBronze, "a/b")
        let convert = StepID(.convert, "a/b")
        func record(_ step: StepID, _ attempt: Int) -> StepRecord {
            StepRecord(
                client: "client1", batch: BatchID(number: 1), step: step, attempt: attempt, status: .failed,
                reason: "", fingerprint: "", startedAt: 0)
        }
        let first = StepAttempts(after: [])
        #expect(first[load] == 1)
        first.next(load)
        #expect(first[load] == 2)
        #expect(first[convert] == 1)
        let second = StepAttempts(after: [record(convert, 1), record(load, 1), record(load, 2)])
        #expect(second[convert] == 3)
        #expect(second[load] == 3)
    }
}
