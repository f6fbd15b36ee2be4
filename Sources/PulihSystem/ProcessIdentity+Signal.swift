internal import CSystem
internal import Glibc

extension ProcessIdentity {
    /// What became of a signal.
    public enum Delivery: Equatable, Sendable {
        case sent
        /// That very process does not run any more.
        case gone
        /// It belongs to somebody else.
        case refused
    }

    /// Asks the process to end, as `kill` does. Never reaches another one that got its number.
    public func terminate() throws(SystemFailure) -> Delivery { try send(SIGTERM) }

    /// Ends the process, also one that is stopped.
    public func kill() throws(SystemFailure) -> Delivery { try send(SIGKILL) }

    private func send(_ number: Int32) throws(SystemFailure) -> Delivery {
        // Opened first and looked at then: from here on the number cannot come to mean another process.
        let descriptor = pulih_pidfd_open(pid)
        guard descriptor >= 0 else {
            if Glibc.errno == ESRCH { return .gone }
            throw SystemFailure("signal process", path: String(pid), errno: Glibc.errno)
        }
        defer { _ = close(descriptor) }
        guard try ProcessIdentity.isAlive(self) else { return .gone }
        if pulih_pidfd_send(descriptor, number) == 0 { return .sent }
        switch Glibc.errno {
        case ESRCH: return .gone
        case EPERM: return .refused
        case let code: throw SystemFailure("signal process", path: String(pid), errno: code)
        }
    }
}
