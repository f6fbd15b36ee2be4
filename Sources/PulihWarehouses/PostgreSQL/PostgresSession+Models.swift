import PulihModel

extension PostgresWarehouseSession {
    func build(_ build: ModelBuild) async throws -> BuildOutcome { throw notBuiltYet }
    func publish(_ publication: Publication) async throws -> PublishOutcome { throw notBuiltYet }
    func refresh(_ build: ModelBuild) async throws -> BuildOutcome { throw notBuiltYet }
    func dropBuilds() async throws { throw notBuiltYet }

    private var notBuiltYet: PulihError { PulihError(.bug, "not built yet") }
}
