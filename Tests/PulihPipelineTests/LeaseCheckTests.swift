import PulihModel
import PulihPipeline
import PulihSystem
import Testing

@Suite struct LeaseCheckTests {
    private let me: ProcessIdentity
    private let host: HostIdentity
    private static let noon: Int64 = 1_767_268_800_000_000

    init() throws {
        me = try ProcessIdentity.current()
        host = HostIdentity(hostID: "here", bootID: "boot", hostName: "db1")
    }

    private func record(
        host: String = "here", boot: String = "boot", start: UInt64? = nil, silent seconds: Int64 = 0
    ) -> LeaseRecord {
        let owner = LeaseOwner(
            hostID: host, hostName: "db1", bootID: boot, pid: me.pid, processStart: start ?? me.startTime,
            user: "ann")
        return LeaseRecord(
            lease: Lease(client: "client1", epoch: 3, owner: owner), since: Self.noon,
            heartbeat: Self.noon - seconds * 1_000_000, doing: "start client1")
    }

    private func absence(_ record: LeaseRecord) -> String? {
        LeaseCheck.absence(of: record, host: host, now: Self.noon, expiry: 60)
    }

    @Test func whoRunsIsThere() {
        #expect(absence(record()) == nil)
        #expect(absence(record(silent: 60)) == nil)
        #expect(absence(record(host: "there", silent: 60)) == nil)
    }

    @Test func aNumberThatAnotherProcessGotIsNotTheOwner() {
        #expect(absence(record(start: me.startTime + 1)) == "process \(me.pid) on db1 is gone")
    }

    @Test func nothingOutlivesAReboot() {
        #expect(absence(record(boot: "earlier")) == "db1 was restarted")
    }

    @Test func ofAnotherHostOnlyTheHeartbeatTells() {
        #expect(absence(record(host: "there", boot: "other", start: 1)) == nil)
        #expect(
            absence(record(host: "there", silent: 61))
                == "no heartbeat from db1 since 2026-01-01T11:58:59.000000Z")
    }

    @Test func aProcessOfThisHostThatIsSilentHangs() {
        #expect(
            absence(record(silent: 61))
                == "no heartbeat from db1 since 2026-01-01T11:58:59.000000Z, where process \(me.pid) hangs")
    }
}
