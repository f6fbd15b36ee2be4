public import PulihSystem

/// How to reach a server and as whom.
///
/// Everything libpq knows holds: URLs, `key=value` strings, `service=`, `sslmode`, `PG…` variables, `~/.pgpass`.
public struct PostgresSettings: Sendable, CustomStringConvertible {
    /// A URL or `key=value` text, without password.
    public var conninfo: String
    /// Beats every other place where libpq looks for one.
    public var password: String?
    /// What `pg_stat_activity` shows.
    public var applicationName: String
    /// Taken with `SET ROLE` right after connecting.
    public var role: String?
    /// Server settings of the session, such as `lock_timeout`.
    public var parameters: [String: String]
    /// Which failpoints its statements pass.
    public var store: FailpointStore

    public init(
        conninfo: String, password: String? = nil, applicationName: String, role: String? = nil,
        parameters: [String: String] = [:], store: FailpointStore = .warehouse
    ) {
        self.conninfo = conninfo
        self.password = password
        self.applicationName = applicationName
        self.role = role
        self.parameters = parameters
        self.store = store
    }

    /// Without the password.
    public var description: String { conninfo }

    /// libpq's keywords and values. `dbname` comes first and is expanded, so that what follows it wins over it;
    /// the defaults before it give way to it.
    var keywords: [(String, String)] {
        var list: [(String, String)] = [
            // A server that is gone is noticed within a minute, not within hours.
            ("connect_timeout", "10"), ("keepalives_idle", "20"), ("keepalives_interval", "10"),
            ("keepalives_count", "3"), ("tcp_user_timeout", "60000"),
            ("dbname", conninfo),
        ]
        if let password { list.append(("password", password)) }
        list.append(("application_name", applicationName))
        list.append(("client_encoding", "UTF8"))
        return list
    }

    /// How values are written, and what the caller wants; one statement each.
    var sessionParameters: [(String, String)] {
        [
            ("DateStyle", "ISO, YMD"), ("TimeZone", "UTC"), ("IntervalStyle", "postgres"),
            ("bytea_output", "hex"), ("extra_float_digits", "1"), ("standard_conforming_strings", "on"),
        ] + parameters.sorted { $0.key < $1.key }
    }
}
