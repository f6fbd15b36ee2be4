import Foundation
import PulihModel
import PulihSystem
import Testing

@testable import PulihPipeline

@Suite(.timeLimit(.minutes(1))) struct WaitingTests {
    private func wait(_ expected: [ExpectedFile], forSeconds seconds: Double) async throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("pulih-\(UUID())").path
        defer { do { try FileManager.default.removeItem(atPath: root) } catch { Issue.record(error) } }
        let configuration = Fixture.configuration()
        try await Waiting(
            WorkspaceLayout(root: root), configuration, configuration.clients[0], expected: { _ in expected }
        ) { _ in }.wait(until: SystemClock().now() + Int64(seconds * 1_000_000))
    }

    private func file(opens: Int64 = 0, batch: BatchID? = nil) -> ExpectedFile {
        ExpectedFile(
            key: FileKey(source: "crm", name: "cust"), pattern: "cust*.csv", together: nil, opens: opens,
            due: 6 * 3_600_000_000, zone: .utc, batch: batch)
    }

    @Test func theDeadlineNamesWhatIsMissing() async throws {
        let error = await #expect(throws: PulihError.self) { try await wait([file()], forSeconds: 0.1) }
        #expect(error?.code.exitCode == .refusedData)
        #expect(
            error?.summary
                == "an expected file of client1 is missing: crm.cust (cust*.csv), expected by 1970-01-01 06:00 UTC"
        )
        #expect(error?.leftBehind == "nothing was started; what came lies in incoming")
    }

    @Test func withoutExpectationsNoFileIsTooFew() async throws {
        let error = await #expect(throws: PulihError.self) { try await wait([], forSeconds: 0.1) }
        #expect(error?.summary == "no file of client1 came in time")
    }

    @Test func whatABatchTookIsThere() async throws {
        try await wait([file(batch: BatchID(number: 1))], forSeconds: 60)
    }
}
