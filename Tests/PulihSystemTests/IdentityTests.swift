import Foundation
import Testing

@testable import PulihSystem

@Suite struct IdentityTests {
    @Test func hostIsTheSameEachTime() throws {
        let host = try HostIdentity.current()
        #expect(try HostIdentity.current() == host)
        #expect(!host.hostID.isEmpty)
        #expect(host.bootID.count == 36)
        #expect(!host.hostName.isEmpty)
    }

    @Test func hostIDCanBeSetFromOutside() throws {
        #expect(try HostIdentity.current(override: "rack7").hostID == "rack7")
        #expect(try HostIdentity.current(override: "").hostID != "")
        #expect(try HostIdentity.current(override: "", boot: "next").bootID == "next")
    }

    @Test func thisProcessIsAliveAndItsNumberAloneIsNotEnough() throws {
        let me = try ProcessIdentity.current()
        #expect(me.pid == getpid())
        #expect(try ProcessIdentity.of(pid: getpid()) == me)
        #expect(try ProcessIdentity.isAlive(me))
        #expect(try !ProcessIdentity.isAlive(ProcessIdentity(pid: me.pid, startTime: me.startTime + 1)))
    }

    @Test func anEndedProcessIsDead() throws {
        let child = try ChildProcess("sleep", ["100"])
        let identity = try #require(try ProcessIdentity.of(pid: child.pid))
        #expect(try ProcessIdentity.isAlive(identity))
        child.kill()
        _ = try child.waitBlocking()
        #expect(try !ProcessIdentity.isAlive(identity))
        #expect(try ProcessIdentity.of(pid: child.pid) == nil)
    }

    @Test func aSignalReachesThatVeryProcess() throws {
        let child = try ChildProcess("sleep", ["100"])
        let identity = try #require(try ProcessIdentity.of(pid: child.pid))
        let later = ProcessIdentity(pid: child.pid, startTime: identity.startTime + 1)
        #expect(try later.kill() == .gone)
        #expect(try identity.terminate() == .sent)
        #expect(try child.waitBlocking().ending == .killed(signal: SIGTERM))
        #expect(try identity.kill() == .gone)
    }

    @Test func readsStatisticsOfAnOddlyNamedProgram() throws {
        let fields = (4...30).map(String.init).joined(separator: " ")
        let entry = try #require(ProcessIdentity.parse("42 (a) S 99 (b c) R \(fields)"))
        #expect(entry.state == "R")
        #expect(entry.startTime == 22)
        #expect(ProcessIdentity.parse("42 (a) R 1 2 3") == nil)
        #expect(ProcessIdentity.parse("") == nil)
    }
}
