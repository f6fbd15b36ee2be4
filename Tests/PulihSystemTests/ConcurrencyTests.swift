import Foundation
import Testing

@testable import PulihSystem

@Suite struct ConcurrencyTests {
    private struct Refusal: Error {}

    @Test func blockingWorkReturnsAndThrows() async throws {
        #expect(try await BlockingWork.run { 42 } == 42)
        await #expect(throws: Refusal.self) { try await BlockingWork.run { throw Refusal() } }
    }

    /// Each blocks until all have begun: run on the cooperative pool, of a thread a core, they would wait for
    /// ever.
    @Test(.timeLimit(.minutes(10))) func blockingWorkLeavesTheCooperativePoolFree() async throws {
        let count = 4 * ProcessInfo.processInfo.activeProcessorCount
        let begun = DispatchSemaphore(value: 0)
        let go = DispatchSemaphore(value: 0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    try await BlockingWork.run {
                        begun.signal()
                        go.wait()
                    }
                }
            }
            group.addTask {
                try await BlockingWork.run {
                    for _ in 0..<count { begun.wait() }
                    for _ in 0..<count { go.signal() }
                }
            }
            try await group.waitForAll()
        }
    }

    private actor Counter {
        private let queue = SerialQueueExecutor(label: "test")
        nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }
        private var count = 0

        func increment() -> Int {
            count += 1
            return count
        }
    }

    @Test func anActorOnAQueueOfItsOwnKeepsItsState() async {
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { _ = await counter.increment() } }
        }
        #expect(await counter.increment() == 101)
    }
}
