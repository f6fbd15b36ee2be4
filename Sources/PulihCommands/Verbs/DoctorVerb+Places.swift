internal import PulihModel
internal import PulihPipeline

extension Doctor {
    /// Whether the storage places answer and hold what rests in them.
    func places(_ examination: inout Examination) async {
        do {
            let places = try await workspace.makePlaces()
            let names = [places.raw, places.data].compactMap { $0?.name }
            let catalog = try await workspace.openCatalog(readOnly: true)
            for client in workspace.configuration.clients {
                let report = try await PlacesInspection(
                    layout: workspace.layout, catalog: catalog, places: places, client: client
                ).report()
                let subject = "places of \(client.name)"
                for problem in report.problems { examination.add(subject, problem) }
                if report.problems.isEmpty, !names.isEmpty {
                    examination.ok(
                        subject, "\(report.count) object(s) rest in \(names.joined(separator: " and "))")
                }
            }
            try await catalog.close()
        } catch {
            examination.add("places", error)
        }
    }
}
