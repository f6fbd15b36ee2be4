import Glibc
import Synchronization
import Testing

@testable import PulihSystem

@Suite struct FailpointTests {
    private func plan(
        _ text: String, end: @escaping @Sendable (FailpointEnd) -> Void = { _ in }
    ) throws -> FailpointPlan {
        try FailpointPlan(text, end: end)
    }

    @Test func failsAtTheFirstHitOnly() throws {
        let plan = try plan("claim.before_intent=fail")
        try plan.hit(.publishAfterCommit)
        #expect { try plan.hit(.claimBeforeIntent) } throws: {
            "\($0)" == "cannot pass failpoint claim.before_intent: armed to fail at hit 1"
        }
        try plan.hit(.claimBeforeIntent)
    }

    @Test func failsAtTheHitThatWasNamed() throws {
        let plan = try plan("load_bronze.before_commit=fail:3")
        try plan.hit(.loadBeforeCommit)
        try plan.hit(.loadBeforeCommit)
        #expect(throws: SystemFailure.self) { try plan.hit(.loadBeforeCommit) }
    }

    @Test func kills() throws {
        final class Ends: Sendable { let list = Mutex<[FailpointEnd]>([]) }
        let ends = Ends()
        let plan = try plan("publish.before_commit=kill:2;any=hang:4") { end in
            ends.list.withLock { $0.append(end) }
        }
        try plan.hit(.publishBeforeCommit)
        try plan.hit(.fsyncBefore)
        #expect(ends.list.withLock { $0.isEmpty })
        try plan.hit(.publishBeforeCommit)
        try plan.hit(.renameAfter)
        try plan.hit(.publishBeforeCommit)
        #expect(
            ends.list.withLock { $0.map(\.line) } == [
                "failpoint publish.before_commit killed the process at hit 2 (passage 3)",
                "failpoint rename.after hangs at hit 1 (passage 4)",
            ])
        #expect(plan.counts == "publish.before_commit 3\nfsync.before 1\nrename.after 1\nany 5\n")
    }

    @Test func whatPassesByTheClockDoesNotCount() throws {
        let plan = try plan("heartbeat.before=fail")
        try Failpoints.$areOff.withValue(true) { try plan.hit(.heartbeatBefore) }
        #expect(plan.counts == "any 0\n")
        #expect(throws: SystemFailure.self) { try plan.hit(.heartbeatBefore) }
    }

    @Test func failsSoManyTimes() throws {
        let plan = try plan("catalog.before_commit=enospc*2:2")
        try plan.hit(.catalogBeforeCommit)
        for _ in 0..<2 {
            #expect { try plan.hit(.catalogBeforeCommit) } throws: {
                ($0 as? SystemFailure)?.isDiskFull == true
            }
        }
        try plan.hit(.catalogBeforeCommit)
    }

    @Test func aCallSeesTheFaultAsItsOwnResult() throws {
        let plan = try plan("fsync.before=eintr:1;fsync.after=eio:2;write.before=short:1")
        var calls = 0
        let first = uninterrupted {
            plan.call(.fsyncBefore, .fsyncAfter) {
                calls += 1
                return 0
            }
        }
        // Interrupted once, then done.
        #expect((first.value, first.errno, calls) == (0, 0, 1))
        let second = uninterrupted {
            plan.call(.fsyncBefore, .fsyncAfter) {
                calls += 1
                return 0
            }
        }
        #expect((second.value, second.errno, calls) == (-1, EIO, 2))
        #expect(plan.write(9) { $0 } == 5)
        #expect(plan.write(9) { $0 } == 9)
    }

    @Test func armedPointsCountNoHits() throws {
        let plan = try plan("load_bronze.lose_record=fail")
        #expect(plan.isArmed(.loadLoseRecord))
        #expect(!plan.isArmed(.loadAfterCommit))
        #expect(throws: SystemFailure.self) { try plan.hit(.loadLoseRecord) }
    }

    @Test(arguments: [
        ("claim.befor_intent=kill", "there is no failpoint claim.befor_intent; there are lease.after_claim"),
        (
            "claim.before_intent",
            "claim.before_intent has no action; write = and one of kill, cut, fail, hang, enospc, eio"
        ),
        ("claim.before_intent=die", "claim.before_intent does not know the action die; write one of kill, "),
        ("claim.before_intent=short", "claim.before_intent does not know the action short; write one of "),
        ("any=eintr", "any does not know the action eintr; write one of kill, cut, fail, hang"),
        ("claim.before_intent=kill:0", "claim.before_intent counts from 1: 0 is no such number"),
        ("claim.before_intent=kill:x", "claim.before_intent counts from 1: x is no such number"),
        ("claim.before_intent=fail*0", "claim.before_intent: so many times: 0 is no such number"),
        ("fsync.before=fail*3:2;fsync.before=fail:4", "fsync.before stands there twice"),
        ("claim.before_intent=kill;claim.before_intent=fail", "claim.before_intent stands there twice"),
    ])
    func refusesWhatItDoesNotKnow(text: String, message: String) {
        #expect { _ = try plan(text) } throws: {
            "\($0)".hasPrefix("cannot arm failpoints PULIH_FAILPOINTS: \(message)")
        }
    }

    /// The tests themselves run unarmed.
    @Test func unarmedPointsPass() throws {
        try Failpoints.validate()
        for point in Failpoint.allCases {
            try Failpoints.hit(point)
            #expect(!Failpoints.isArmed(point))
        }
    }
}
