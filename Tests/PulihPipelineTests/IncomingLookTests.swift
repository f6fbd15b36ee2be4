import Foundation
import PulihModel
import PulihSystem
import Testing

@testable import PulihPipeline

/// When a file in `incoming` is whole.
@Suite struct IncomingLookTests {
    private let settle: Int64 = 60_000_000

    /// - Parameters:
    ///   - ahead: of the clock that stamps the file, in microseconds.
    private func look(
        ahead: Int64 = 0, whole: Bool = false, clock: @escaping (String) throws -> Int64? = { _ in nil }
    ) throws -> IncomingLook {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("pulih-\(UUID())").path
        defer { do { try FileManager.default.removeItem(atPath: root) } catch { Issue.record(error) } }
        let (layout, client) = (WorkspaceLayout(root: root), Fixture.configuration().clients[0])
        let folder = layout.raw(client.name, "crm", .incoming)
        try DurableFile.createFolders(folder)
        try DurableFile.write("id\n1\n", to: "\(folder)/cust.csv")
        return try IncomingLook.take(
            layout, client, settle: settle, now: SystemClock().now() + ahead,
            whole: whole ? ["\(folder)/cust.csv"] : [], clock: clock)
    }

    @Test func aYoungFileIsStillBeingWritten() throws {
        let look = try look()
        #expect(look.growing.map(\.name) == ["cust.csv"])
        #expect(look.complete.isEmpty)
        #expect(try self.look(ahead: 2 * settle).complete.map(\.name) == ["cust.csv"])
    }

    @Test func oneThatIsKnownToBeWholeNeedNotSettle() throws {
        #expect(try look(whole: true).complete.map(\.name) == ["cust.csv"])
    }

    /// This machine's clock is an hour before that of the server, or behind it.
    @Test(arguments: [3_600_000_000, -3_600_000_000] as [Int64])
    func theClockThatStampsTheFileCounts(_ ahead: Int64) throws {
        let young = try look(ahead: ahead) { _ in SystemClock().now() }
        #expect(young.growing.map(\.name) == ["cust.csv"])
        #expect(young.wait <= settle)
        let settled = try look(ahead: ahead) { _ in SystemClock().now() + 2 * settle }
        #expect(settled.complete.map(\.name) == ["cust.csv"])
    }
}
