import Foundation
import PulihDuckDB

/// Lends a connection to a new database in memory.
func withMemory<T: Sendable>(
    options: [String: String] = [:], _ body: @Sendable (DuckDBSession) throws -> T
) async throws -> T {
    try await DuckDBDatabase(path: nil, options: options).connect().run(body)
}

/// Lends a folder that is gone afterwards.
func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pulih-\(UUID().uuidString)")
        .path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let result: Result<T, any Error>
    do { result = .success(try await body(folder)) } catch { result = .failure(error) }
    try FileManager.default.removeItem(atPath: folder)
    return try result.get()
}
