internal import Synchronization

/// A value that a callback on another thread adds to.
final class Gathered<Value: Sendable>: Sendable {
    private let storage: Mutex<Value>

    init(_ value: Value) {
        storage = Mutex(value)
    }

    func update(_ body: (inout Value) -> Void) {
        storage.withLock { body(&$0) }
    }

    var value: Value { storage.withLock { $0 } }
}
