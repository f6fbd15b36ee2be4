import PulihModel
import Testing

@Suite struct RetryConfigurationTests {
    private func workspace(_ settings: String) throws -> Workspace {
        try Workspace(yaml: Workspace.yaml() + "settings: {\(settings)}\n")
    }

    @Test func standardAndStages() throws {
        let settings = try workspace(
            "retry: {attempts: 5, wait_seconds: 0.5, stages: {publish: {attempts: 9, jitter: 0}, convert: }}"
        ).load().settings
        let standard = RetryPolicy(attempts: 5, waitSeconds: 0.5)
        #expect(settings.retry.standard == standard)
        #expect(
            settings.retry.stages == [
                .publish: RetryPolicy(attempts: 9, waitSeconds: 0.5, jitter: 0), .convert: standard,
            ])
    }

    @Test func withoutAWord() throws {
        #expect(try workspace("threads: 1").load().settings.retry == RetryPolicies())
    }

    @Test(arguments: [
        ("retry: {attempts: 0}", "'attempts' must be a whole number from 1 to 100, not '0'"),
        ("retry: {wait: 3}", "unknown key 'wait'"),
        ("retry: {jitter: 2}", "'jitter' must be a number from 0 to 1, not '2'"),
        ("retry: {stages: {publsh: {attempts: 2}}}", "'publsh' is no stage (did you mean 'publish'?)"),
        ("retry: 3", "retry must be a mapping, not '3'"),
    ])
    func mistakesAreNamed(_ settings: String, _ message: String) throws {
        let problems = try workspace(settings).problems()
        #expect(problems.count == 1)
        #expect(problems.first?.contains(message) == true, "\(problems)")
    }
}
