internal import PulihModel
internal import PulihPipeline
internal import PulihReports
internal import PulihSystem

extension Workspace {
    /// By client: expected files that are due, were taken by no batch and do not lie in `incoming` either.
    func lateFiles(
        _ clients: [Client], _ catalog: any Catalog, _ places: Places
    ) async throws -> [String: [LateFile]] {
        let now = SystemClock().now()
        var late: [String: [LateFile]] = [:]
        for client in clients {
            let deliveries = Deliveries(configuration, catalog, client)
            let due = try await deliveries.expected(at: now).filter { $0.batch == nil && $0.due <= now }
            guard !due.isEmpty else { continue }
            let lying = try await Deliveries.lying(in: layout, client, configuration, places: places)
            for file in due where !lying.contains(file.key) {
                late[client.name, default: []].append(
                    LateFile(
                        key: file.key, pattern: file.pattern, due: file.due, deadline: file.deadline,
                        microseconds: now - file.due,
                        newest: try await catalog.lastLoaded(client: client.name, key: file.key)))
            }
        }
        return late
    }
}
