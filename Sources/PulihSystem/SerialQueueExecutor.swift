import Dispatch

/// Runs an actor's jobs on one dispatch queue of its own, one at a time.
///
/// Blocking C calls made by such an actor hold one thread of Dispatch, never one of Swift's cooperative pool.
public final class SerialQueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    /// - Parameter label: shown by debuggers; need not be unique.
    public init(label: String) {
        queue = DispatchQueue(label: label)
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
