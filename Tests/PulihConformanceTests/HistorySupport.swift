import PulihModel

/// Rows (k, v) of one batch of the history `silver.h`, and its time in microseconds after noon.
struct HistoryBatch {
    var rows: [(k: Int, v: String?)]
    var time: Int

    init(_ rows: [(k: Int, v: String?)], at time: Int) {
        self.rows = rows
        self.time = time
    }

    /// The SELECT that gives these rows, always with the same types.
    var select: String {
        let values = rows.map { "(\($0.k), \($0.v.map { "'\($0)'" } ?? "NULL"))" }
        let from =
            values.isEmpty
            ? "(VALUES (0, '')) AS r(k, v) WHERE false"
            : "(VALUES \(values.joined(separator: ", "))) AS r(k, v)"
        return "SELECT k, CAST(v AS VARCHAR) AS v FROM \(from)"
    }

    func model(_ batch: Int, named name: String = "h", deletes: DeletePolicy = .close) -> ModelBuild {
        history(select, batch: batch, at: time, named: name, deletes: deletes)
    }
}

func history(
    _ sql: String, batch: Int, at time: Int, named name: String = "h", deletes: DeletePolicy = .close,
    onSchemaChange: SchemaChangePolicy = .fail, tests: [ResolvedTest] = [], preHooks: [String] = [],
    postHooks: [String] = []
) -> ModelBuild {
    model(
        name, sql, .history, key: ["k"], onSchemaChange: onSchemaChange, deletes: deletes, tests: tests,
        batch: batch, batchTime: noon + Int64(time), preHooks: preHooks, postHooks: postHooks)
}

extension WarehouseReader {
    /// Versions by key and beginning, such as `1 a 10-20` and `1 b 20- *`: times in microseconds after noon, a
    /// star for the current one.
    func versions(of name: String = "h", column: String = "v", schema: String = "silver_client1") async throws
        -> [String]
    {
        let time = { (column: String) in
            "CAST(round(extract(epoch FROM \(column)) * 1000000) AS BIGINT) - \(noon)"
        }
        return try await rows(
            """
            SELECT k, \(column), \(time("valid_from")), \(time("valid_to")),
                CASE WHEN is_current THEN ' *' ELSE '' END
            FROM \(schema).\(name) ORDER BY k, valid_from
            """
        ).map { "\($0[0]!) \($0[1] ?? "NULL") \($0[2]!)-\($0[3] ?? "")\($0[4]!)" }
    }
}

/// What a history must hold: each batch worked out by hand, in order.
struct ExpectedHistory {
    private var open: [Int: (v: String?, from: Int)] = [:]
    private var closed: [(k: Int, v: String?, from: Int, to: Int)] = []

    init(_ batches: [HistoryBatch], deletes: DeletePolicy = .close) {
        for batch in batches { add(batch, deletes) }
    }

    private mutating func add(_ batch: HistoryBatch, _ deletes: DeletePolicy) {
        let newest = (open.values.map(\.from) + closed.flatMap { [$0.from, $0.to] }).max()
        let moment = newest.map { max(batch.time, $0 + 1) } ?? batch.time
        let given = Dictionary(uniqueKeysWithValues: batch.rows.map { ($0.k, $0.v) })
        for (key, version) in open {
            let isGone = !given.keys.contains(key)
            if isGone ? deletes == .close : given[key]! != version.v {
                closed.append((key, version.v, version.from, moment))
                open[key] = nil
            }
        }
        for (key, value) in given where open[key] == nil { open[key] = (value, moment) }
    }

    var versions: [String] {
        let rows =
            closed.map { ($0.k, $0.from, "\($0.k) \($0.v ?? "NULL") \($0.from)-\($0.to)") }
            + open.map { ($0.key, $0.value.from, "\($0.key) \($0.value.v ?? "NULL") \($0.value.from)- *") }
        return rows.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }
}

/// A sequence of numbers that a seed decides.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
