/// Where code that waits between two tries gets its waits and its chance; tests bring their own.
public struct Pace: Sendable {
    /// Waits for so many seconds. - Throws: `CancellationError`, at once, when the task is cancelled.
    public let sleep: @Sendable (Double) async throws -> Void
    /// From 0 to 1, another one each time.
    public let chance: @Sendable () -> Double

    public init(
        sleep: @escaping @Sendable (Double) async throws -> Void, chance: @escaping @Sendable () -> Double
    ) {
        self.sleep = sleep
        self.chance = chance
    }

    public static let real = Pace(
        sleep: { try await Task.sleep(for: .seconds($0)) }, chance: { Double.random(in: 0...1) })
}
