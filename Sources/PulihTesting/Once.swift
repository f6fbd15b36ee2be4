/// A value that is made when it is first asked for.
public actor Once<Value: Sendable> {
    private let body: @Sendable () async throws -> Value
    private var task: Task<Value, any Error>?

    public init(_ body: @escaping @Sendable () async throws -> Value) {
        self.body = body
    }

    public var value: Value {
        get async throws {
            if task == nil { task = Task { [body] in try await body() } }
            return try await task!.value
        }
    }
}
