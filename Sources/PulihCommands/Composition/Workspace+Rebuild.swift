internal import PulihCatalog
internal import PulihModel
internal import PulihPipeline
internal import PulihSystem

extension Workspace {
    /// Puts the old catalog aside, if there is one, and makes an empty one in its place.
    /// - Parameter replace: also when the old one is whole.
    /// - Returns: where the old one is now; nil: there was none.
    /// - Throws: `refused` for a whole one, `busy` when somebody runs a client.
    func renewCatalog(replace: Bool) async throws -> String? {
        var aside: String?
        switch try await stateOfCatalog() {
        case .missing: break
        case .empty: return nil
        case .whole:
            guard replace else {
                throw PulihError(
                    .refused, "the catalog \(catalogShown) is there and can be read", object: catalogShown,
                    leftBehind: "nothing was changed",
                    hint: "'pulih catalog rebuild --replace' puts it aside and makes another")
            }
        case .damaged, .halfBuilt: break
        }
        let mark = "before_\(Timestamp.format(SystemClock().now()).prefix(19).filter(\.isNumber))"
        switch configuration.catalog {
        case .sqlite(let path):
            aside = try await SQLiteCatalog.putAside(path: layout.resolve(path), mark: mark)
                .map(layout.shown)
        case .postgresql(let location):
            aside = try await PostgresCatalog.putAside(
                location, password: try await password(of: location, "catalog"), mark: mark)
        }
        return aside
    }

    private enum CatalogState { case missing, empty, whole, damaged, halfBuilt }

    private func stateOfCatalog() async throws -> CatalogState {
        do {
            let catalog = try await openCatalog(readOnly: true)
            let state = try await state(of: catalog)
            try await catalog.close()
            return state
        } catch let error as PulihError {
            switch error.code {
            case .damaged: return .damaged
            // A server that does not answer fails again when the new one is made.
            case .unreachable: return .missing
            default: throw error
            }
        }
    }

    private func state(of catalog: any Catalog) async throws -> CatalogState {
        if let client = try await aliveClients(catalog).sorted().first {
            throw PulihError(
                .busy, "\(client) is being run", object: client, leftBehind: "nothing was changed",
                hint: "wait until it ends, or see 'pulih status \(client)'", isTransient: true)
        }
        if try await CatalogRebuild.isUnfinished(catalog) { return .halfBuilt }
        return try await catalog.batches(client: nil, limit: 1).isEmpty ? .empty : .whole
    }
}
