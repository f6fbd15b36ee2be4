internal import Glibc

/// A time zone: how far a place's clocks are from UTC at any time, by the machine's zone data.
///
/// The data is the system's (`/usr/share/zoneinfo`), so that new rules come with its updates; nothing of it is in the
/// program.
public struct LocalZone: Sendable, Equatable {
    /// `Asia/Jakarta`
    public let name: String
    private let data: ZoneData

    public static let utc = LocalZone(name: "UTC", data: ZoneData(offset: 0))

    /// Reads files; blocks.
    /// - Parameter name: of the IANA database.
    public static func named(_ name: String) throws(ZoneFailure) -> LocalZone {
        if name == utc.name { return utc }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"),
                        UInt8(ascii: "-"):
                        true
                    default: false
                    }
                }
        }
        guard isName else { throw .unknown(name) }
        var isThere = false
        for folder in folders {
            do {
                if try FileIdentity.ifPresent(folder) == nil { continue }
                isThere = true
                guard let data = ZoneData(try FileReader.readAll("\(folder)/\(name)", limit: 1 << 20)) else {
                    continue
                }
                return LocalZone(name: name, data: data)
            } catch { continue }
        }
        throw isThere ? .unknown(name) : .noData
    }

    /// What `TZ` says, or else `/etc/localtime`; without either UTC. Blocks.
    public static func machine() throws(ZoneFailure) -> LocalZone {
        if let set = unsafe getenv("TZ") {
            let name = unsafe String(cString: set)
            let bare = name.hasPrefix(":") ? String(name.dropFirst()) : name
            if bare.hasPrefix("/") { return try read(bare) }
            if let rule = ZoneRule(bare) { return LocalZone(name: bare, data: ZoneData(rule)) }
            return bare.isEmpty ? utc : try named(bare)
        }
        do {
            if try FileIdentity.ifPresent(localTime) == nil { return utc }
        } catch { throw .damaged("\(localTime): \(error)") }
        return try read(localTime)
    }

    private static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo"]
    private static let localTime = "/etc/localtime"

    private static func read(_ path: String) throws(ZoneFailure) -> LocalZone {
        var name = path
        if let real = unsafe realpath(path, nil) {
            name = unsafe String(cString: real)
            unsafe free(real)
        }
        if let range = name.firstRange(of: "/zoneinfo/") { name = String(name[range.upperBound...]) }
        do {
            if let data = ZoneData(try FileReader.readAll(path, limit: 1 << 20)) {
                return LocalZone(name: name, data: data)
            }
        } catch { throw .damaged("\(path): \(error)") }
        throw .damaged("\(path) holds no time zone")
    }

    // MARK: days and minutes

    /// The day (counted from 1970-01-01) and the minute in it that the clocks show.
    /// - Parameter time: microseconds since 1970 UTC.
    public func local(_ time: Int64) -> (day: Int, minute: Int) {
        let seconds = time.floored(1_000_000)
        let local = seconds + data.offset(at: seconds)
        return (Int(local.floored(86_400)), Int((local - local.floored(86_400) * 86_400) / 60))
    }

    /// When the clocks show this minute of the day: the first time where they show it twice; where they leap over it,
    /// as much later as they leap.
    /// - Parameter minute: 1440 is the end of the day.
    public func time(day: Int, minute: Int) -> Int64 {
        let wanted = Int64(day) * 86_400 + Int64(minute) * 60
        let before = data.offset(at: wanted - 86_400)
        let after = data.offset(at: wanted + 86_400)
        let candidates = [wanted - before, wanted - after].filter { $0 + data.offset(at: $0) == wanted }
        return (candidates.min() ?? wanted - before) * 1_000_000
    }

    /// `2026-11-20 06:00`
    public func text(_ time: Int64) -> String {
        let seconds = time.floored(1_000_000)
        let stamp = Timestamp.format((seconds + data.offset(at: seconds)) * 1_000_000)
        return stamp.prefix(10) + " " + stamp.dropFirst(11).prefix(5)
    }
}

/// Why a time zone is not known.
public enum ZoneFailure: Error, Equatable, Sendable, CustomStringConvertible {
    case unknown(String)
    /// The machine has no zone data at all.
    case noData
    case damaged(String)

    public var description: String {
        switch self {
        case .unknown(let name): "there is no time zone '\(name)'"
        case .noData: "this machine has no time zone data (/usr/share/zoneinfo)"
        case .damaged(let what): "the machine's time zone cannot be read: \(what)"
        }
    }
}

extension Int64 {
    /// The quotient, rounded down.
    func floored(_ divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
