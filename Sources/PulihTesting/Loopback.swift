internal import Glibc

/// Sockets of this machine.
enum Loopback {
    /// - Returns: nil when nobody listens there.
    static func connect(_ port: Int) -> Int32? {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let isConnected = withAddress(port) { Glibc.connect(number, $0, $1) == 0 }
        if isConnected { return number }
        close(number)
        return nil
    }

    /// A socket that listens at a free port.
    static func listen() throws -> (number: Int32, port: Int) {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard withAddress(0, { bind(number, $0, $1) == 0 }), Glibc.listen(number, 64) == 0 else {
            throw TestFailure("no free port")
        }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(number, $0, &length) == 0
            }
        }
        guard isKnown else { throw TestFailure("a socket has no port") }
        return (number, Int(UInt16(bigEndian: address.sin_port)))
    }

    private static func withAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool) -> Bool
    {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// - Returns: empty at the end, or when the connection is gone.
    static func receive(_ number: Int32, upTo limit: Int = 64 << 10) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limit)
        var count = 0
        repeat { count = read(number, &buffer, limit) } while count < 0 && errno == EINTR
        return Array(buffer.prefix(max(0, count)))
    }

    /// - Returns: false when the other side is gone.
    @discardableResult
    static func send(_ number: Int32, _ bytes: some Collection<UInt8>) -> Bool {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
