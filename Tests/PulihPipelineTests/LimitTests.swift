import PulihModel
import Testing

@testable import PulihPipeline

@Suite struct LimitTests {
    private func limits(
        _ settings: (inout Settings) -> Void = { _ in }, free: [String: Int64] = [:], resident: Int64 = 1
    ) -> RunLimits {
        var configuration = Fixture.configuration()
        settings(&configuration.settings)
        return RunLimits(
            layout: WorkspaceLayout(root: "/w"), configuration: configuration,
            measures: RunLimits.Measures(
                free: { free[$0] ?? 1_000_000_000 }, resident: { resident }, total: { 1_000_000_000 }))
    }

    @Test(arguments: ["/w", "/w/data", "/w/audit", "/w/batch_info", "/w/w"])
    func everyDiskThatIsWrittenTo(_ folder: String) throws {
        let told = try limits(free: [folder: 255_900_000]).fullDisk()
        #expect(told?.hasSuffix("has 255 MB free, settings.disk_reserve is 256 MB") == true, "\(told ?? "")")
        #expect(try limits(free: [folder: 256_000_000]).fullDisk() == nil)
        #expect(try limits({ $0.diskReserveBytes = 0 }, free: [folder: 0]).fullDisk() == nil)
    }

    @Test func memory() throws {
        #expect(try limits(resident: 900_000_000).fullMemory() == nil)
        #expect(
            try limits(resident: 901_000_000).fullMemory()
                == "the process has 901 MB of memory, settings.process_memory is 900 MB")
        #expect(try limits({ $0.processMemoryBytes = 0 }, resident: 901_000_000).fullMemory() == nil)
        #expect(try limits({ $0.processMemoryBytes = 5 }, resident: 6).fullMemory() != nil)
    }
}
