import Synchronization
import Testing

@testable import PulihSystem

@Suite struct FailpointTests {
    private func plan(_ text: String, onKill: @escaping @Sendable () -> Void = {}) throws -> FailpointPlan {
        try FailpointPlan(text, kill: onKill)
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
        final class Counter: Sendable { let count = Atomic(0) }
        let counter = Counter()
        let plan = try plan("publish.before_commit=kill:2;claim.before_intent=fail") {
            counter.count.add(1, ordering: .relaxed)
        }
        try plan.hit(.publishBeforeCommit)
        #expect(counter.count.load(ordering: .relaxed) == 0)
        try plan.hit(.publishBeforeCommit)
        #expect(counter.count.load(ordering: .relaxed) == 1)
    }

    @Test func armedPointsCountNoHits() throws {
        let plan = try plan("load_bronze.lose_record=fail")
        #expect(plan.isArmed(.loadLoseRecord))
        #expect(!plan.isArmed(.loadAfterCommit))
        #expect(throws: SystemFailure.self) { try plan.hit(.loadLoseRecord) }
    }

    @Test(arguments: [
        ("claim.befor_intent=kill", "there is no failpoint claim.befor_intent; there are lease.after_claim"),
        ("claim.before_intent", "claim.before_intent has no action; write =kill or =fail"),
        ("claim.before_intent=die", "claim.before_intent has the unknown action die; write kill or fail"),
        ("claim.before_intent=kill:0", "claim.before_intent counts from 1: 0 is no number of a hit"),
        ("claim.before_intent=kill:x", "claim.before_intent counts from 1: x is no number of a hit"),
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
