import PulihModel

/// An address of a PostgreSQL database as libpq reads it: a URL, or `keyword=value` pairs.
///
/// What is wrong is told without repeating the address, in which somebody may have put a password.
struct PostgresAddress {
    /// What is wrong with an address.
    struct Problem: Error, Equatable {
        let message: String
        var hint = ""
    }

    /// In the order written; of a URL as libpq names its parts.
    let parameters: [(keyword: String, value: String)]

    /// - Throws: the first thing that is wrong.
    init(_ text: String) throws(Problem) {
        parameters = try Self.isURL(text) ? URLParser(text).parameters() : PairParser(text).parameters()
        for (keyword, value) in parameters { try Self.check(keyword, value) }
    }

    static func isURL(_ text: String) -> Bool {
        schemes.contains { text.hasPrefix($0) }
    }

    fileprivate static let schemes = ["postgresql://", "postgres://"]

    private static func check(_ keyword: String, _ value: String) throws(Problem) {
        if keyword == "password" {
            throw Problem(
                message: "a password does not stand in an address",
                hint: "libpq finds it in ~/.pgpass, a service file or PGPASSWORD, or write "
                    + "{postgresql: URL, password: {env: NAME}} or password: {file: PATH}")
        }
        if secrets.contains(keyword) {
            throw Problem(
                message: "'\(keyword)' does not stand in an address", hint: "put it into a service file")
        }
        if keyword == "application_name" || keyword == "fallback_application_name" {
            throw Problem(
                message: "'\(keyword)' cannot be chosen", hint: "Pulih finds its own sessions by that name")
        }
        guard known.contains(keyword) else {
            // A word that is no keyword may be the end of a password.
            let near = Suggestion.hint(for: keyword, among: known)
            throw Problem(
                message: near.isEmpty
                    ? "the address has a keyword that libpq does not know"
                    : "the address has an unknown keyword '\(keyword)'", hint: near)
        }
        if keyword == "port" {
            for port in value.split(separator: ",") where !(1...65_535).contains(Int(port) ?? 0) {
                throw Problem(message: "the address has a port that is no number from 1 to 65535")
            }
        }
        if keyword == "client_encoding", !["utf8", "utf-8"].contains(value.lowercased()) {
            throw Problem(message: "'client_encoding' must be UTF8")
        }
    }

    private static let secrets: Set<String> = [
        "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key",
    ]

    private static let known = [
        "service", "host", "hostaddr", "port", "dbname", "user", "passfile", "require_auth",
        "channel_binding",
        "connect_timeout", "client_encoding", "options", "keepalives", "keepalives_idle",
        "keepalives_interval",
        "keepalives_count", "tcp_user_timeout", "gssencmode", "sslmode", "sslnegotiation", "sslcompression",
        "sslcert", "sslkey", "sslcertmode", "sslrootcert", "sslcrl", "sslcrldir", "sslsni", "sslkeylogfile",
        "requirepeer", "ssl_min_protocol_version", "ssl_max_protocol_version", "min_protocol_version",
        "max_protocol_version", "krbsrvname", "gsslib", "gssdelegation", "target_session_attrs",
        "load_balance_hosts", "servicefile", "oauth_issuer", "oauth_client_id", "oauth_scope",
    ]
}

/// `postgresql://user@host:port,host:port/database?keyword=value&keyword=value`
private struct URLParser {
    private let text: Substring

    init(_ text: String) {
        let scheme = PostgresAddress.schemes.first { text.hasPrefix($0) } ?? ""
        self.text = text.dropFirst(scheme.count)
    }

    func parameters() throws(PostgresAddress.Problem) -> [(keyword: String, value: String)] {
        var found: [(keyword: String, value: String)] = []
        var rest = text
        // As libpq: whatever stands before an @ that no slash precedes.
        if let end = rest.firstIndex(where: { $0 == "@" || $0 == "/" }), rest[end] == "@" {
            let parts = rest[..<end].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if !parts[0].isEmpty { found.append(("user", try decoded(parts[0]))) }
            if parts.count == 2 { found.append(("password", "")) }
            rest = rest[rest.index(after: end)...]
        }
        let hosts = rest.prefix { $0 != "/" && $0 != "?" }
        rest = rest[hosts.endIndex...]
        for host in hosts.split(separator: ",") { found += try server(host) }
        if rest.first == "/" {
            let name = rest.dropFirst().prefix { $0 != "?" }
            rest = rest[name.endIndex...]
            if !name.isEmpty { found.append(("dbname", try decoded(name))) }
        }
        for pair in rest.dropFirst().split(separator: "&") {
            let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw PostgresAddress.Problem(
                    message: "the address has something after '?' that is no keyword=value")
            }
            // What JDBC writes for sslmode=require; libpq takes it too.
            let keyword = try decoded(parts[0])
            found.append((keyword == "ssl" ? "sslmode" : keyword, try decoded(parts[1])))
        }
        return found
    }

    private func server(_ text: Substring) throws(PostgresAddress.Problem)
        -> [(keyword: String, value: String)]
    {
        var host = text.prefix { $0 != ":" }
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else {
                throw PostgresAddress.Problem(message: "the address has a '[' without its ']'")
            }
            host = text[...end]
        }
        let rest = text[host.endIndex...]
        guard rest.isEmpty || rest.first == ":" else {
            throw PostgresAddress.Problem(message: "the address has something after ']' that is no port")
        }
        let named = [(keyword: "host", value: try decoded(host))]
        return rest.isEmpty ? named : named + [(keyword: "port", value: try decoded(rest.dropFirst()))]
    }

    private func decoded(_ text: Substring) throws(PostgresAddress.Problem) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, !digits.hasPrefix("+"), let code = UInt8(digits, radix: 16),
                code > 0
            else {
                throw PostgresAddress.Problem(
                    message: "the address has a '%' that is not followed by two hexadecimal digits",
                    hint: "a '%' itself is written %25")
            }
            bytes.append(code)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// `keyword=value keyword = 'value with blanks'`
private struct PairParser {
    private var rest: Substring

    init(_ text: String) {
        rest = text[...]
    }

    func parameters() throws(PostgresAddress.Problem) -> [(keyword: String, value: String)] {
        var parser = self
        var found: [(keyword: String, value: String)] = []
        parser.skipBlanks()
        while !parser.rest.isEmpty {
            found.append(try parser.pair())
            parser.skipBlanks()
        }
        guard !found.isEmpty else { throw PostgresAddress.Problem(message: "the address is empty") }
        return found
    }

    private mutating func pair() throws(PostgresAddress.Problem) -> (keyword: String, value: String) {
        let keyword = rest.prefix { $0 != "=" && !$0.isWhitespace }
        rest = rest[keyword.endIndex...]
        skipBlanks()
        guard rest.popFirst() == "=" else {
            throw PostgresAddress.Problem(
                message: "the address is neither a URL nor keyword=value pairs",
                hint: "such as postgresql://pulih@localhost:5432/dwh or service=dwh")
        }
        skipBlanks()
        let isQuoted = rest.first == "'"
        if isQuoted { rest.removeFirst() }
        var value = ""
        while let character = rest.first, isQuoted ? character != "'" : !character.isWhitespace {
            rest.removeFirst()
            value.append(character == "\\" ? rest.popFirst() ?? "\\" : character)
        }
        if isQuoted, rest.popFirst() == nil {
            throw PostgresAddress.Problem(message: "the address has a quote without its end")
        }
        return (String(keyword), value)
    }

    private mutating func skipBlanks() { rest = rest.drop(while: \.isWhitespace) }
}
