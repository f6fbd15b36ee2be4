internal import Foundation
internal import PulihModel
internal import PulihObjects
internal import PulihPipeline
internal import PulihSystem

extension Workspace {
    /// The stores that `places:` of `pulih.yml` names. Nothing is asked of them yet.
    /// - Throws: `configuration` when a key or secret is not where it should be.
    func makePlaces() async throws -> Places {
        let (layout, places) = (layout, configuration.places)
        return try await BlockingWork.run {
            Places(
                raw: try places.raw.map { try store($0, "raw", in: layout) },
                data: try places.data.map { try store($0, "data", in: layout) })
        }
    }

    /// How many files of each client wait in the storage place. One that cannot be asked is told of and left out:
    /// everything else is worth knowing then.
    func waitingObjects(_ clients: [Client]) async -> (places: Places, counts: [String: Int]) {
        do {
            let places = try await makePlaces()
            var counts: [String: Int] = [:]
            for client in clients { counts[client.name] = try await places.waiting(layout, client) }
            return (places, counts)
        } catch {
            Output.error.line(
                "files in the storage place are not counted: \(PulihError.wrapping(error).summary)")
            return (Places(), [:])
        }
    }

    /// Runs the body with copies of raw files that rest, and removes them when it ends.
    func withRestingCopies<Value>(_ body: (RestingCopies) async throws -> Value) async throws -> Value {
        // The name tells 'doctor --repair' whose it is.
        let pid = ProcessInfo.processInfo.processIdentifier
        let folder = "\(layout.workFolder)/copies-reader-\(pid)"
        let copies = RestingCopies(layout, try await makePlaces(), folder: folder)
        let result: Result<Value, any Error>
        do { result = .success(try await body(copies)) } catch { result = .failure(error) }
        try await BlockingWork.run {
            guard try FileIdentity.ifPresent(folder) != nil else { return }
            try FileManager.default.removeItem(atPath: folder)
        }
        return try result.get()
    }
}

private func store(_ location: S3Location, _ name: String, in layout: WorkspaceLayout) throws -> S3Store {
    let place = "places.\(name)"
    return try S3Store(
        S3Settings(
            bucket: location.bucket, prefix: location.prefix, endpoint: location.endpoint,
            region: location.region, isPathStyle: location.hasPathStyle,
            keyID: try Secrets.read(location.key, "the key of \(place)", under: place, in: layout),
            secret: try Secrets.read(location.secret, "the secret of \(place)", under: place, in: layout)))
}
