internal import PulihModel

/// What convert hands to the later stages, also over a restart: through the journal's details.
struct ConvertedFigures: Sendable, Equatable {
    let converted: Int
    let quarantined: Int
    let skipped: [String: Int]
    let corrected: Int
    let received: [String]
    /// Of the quarantined records those that are kept with their text.
    let kept: Int
    let drifts: JSONValue?
    /// Size of the Parquet, so that a damaged one is noticed.
    let parquetBytes: Int?
    /// Of the Parquet, the corrections beside it and the quarantine.
    let parquetSHA256: String?

    var skippedTotal: Int { skipped.values.reduce(0, +) }

    init(_ outcome: ConvertOutcome, parquetBytes: Int, parquetSHA256: String) {
        self.parquetBytes = parquetBytes
        self.parquetSHA256 = parquetSHA256
        converted = outcome.converted
        quarantined = outcome.quarantined
        skipped = outcome.skipped
        corrected = outcome.corrected
        received = outcome.received
        kept = outcome.kept
        drifts = outcome.drifts.isEmpty ? nil : .array(outcome.drifts.map(\.json))
    }

    /// nil when the details are not of a convert step that ended.
    init?(_ details: JSONValue) {
        guard let converted = details["converted"]?.int, let quarantined = details["quarantined"]?.int,
            let received = details["received"]?.array
        else { return nil }
        self.converted = Int(converted)
        self.quarantined = Int(quarantined)
        self.corrected = Int(details["corrected"]?.int ?? 0)
        self.received = received.compactMap(\.string)
        self.kept = Int(details["kept"]?.int ?? quarantined)
        self.drifts = details["type_drifts"]
        self.parquetBytes = details["parquet_bytes"]?.int.map { Int($0) }
        self.parquetSHA256 = details["parquet_sha256"]?.string
        var skipped: [String: Int] = [:]
        if case .object(let members)? = details["skipped"] {
            for member in members { skipped[member.name] = Int(member.value.int ?? 0) }
        }
        self.skipped = skipped
    }

    /// `kept` and `type_drifts` only where there is something to say.
    var json: JSONValue {
        var members = [
            JSONMember("converted", .number(converted)), JSONMember("quarantined", .number(quarantined)),
            JSONMember("corrected", .number(corrected)),
            JSONMember(
                "skipped",
                .object(skipped.sorted { $0.key < $1.key }.map { JSONMember($0.key, .number($0.value)) })),
            JSONMember("received", .strings(received)), JSONMember("parquet_bytes", .optional(parquetBytes)),
            JSONMember("parquet_sha256", .optional(parquetSHA256)),
        ]
        if kept < quarantined { members.append(JSONMember("kept", .number(kept))) }
        if let drifts { members.append(JSONMember("type_drifts", drifts)) }
        return .object(members)
    }
}

/// Records of a file that are left out on purpose, by reason.
func skippedRecords(_ converted: ConvertedFigures, _ checked: CheckedFigures?) -> [String: Int] {
    guard let checked, checked.overlapping > 0 else { return converted.skipped }
    return converted.skipped.merging([Overlap.skipped: checked.overlapping], uniquingKeysWith: +)
}

extension JSONValue {
    /// Details with what a person is to be told of them.
    func warning(_ lines: [String]) -> JSONValue {
        guard !lines.isEmpty, case .object(let members) = self else { return self }
        return .object(members + [JSONMember("warnings", .strings(lines))])
    }
}

/// What the row rules hand to the load.
struct CheckedFigures: Sendable, Equatable {
    let quarantined: Int
    let remaining: Int
    /// Left out because they stand in bronze already.
    let overlapping: Int
    let findings: JSONValue
    /// Of the quarantine that the rules wrote; `-` where there is none.
    let quarantineSHA256: String?

    init(_ outcome: RowCheckOutcome, quarantineSHA256: String) {
        self.quarantineSHA256 = quarantineSHA256
        quarantined = outcome.quarantined
        remaining = outcome.remaining
        overlapping = outcome.overlapping
        findings = .array(
            outcome.findings.map { finding in
                [
                    "rule": .string(finding.rule), "severity": .string(finding.severity.rawValue),
                    "records": .number(finding.records), "message": .string(finding.message),
                ]
            })
    }

    init?(_ details: JSONValue) {
        guard let quarantined = details["quarantined"]?.int, let remaining = details["remaining"]?.int else {
            return nil
        }
        self.quarantined = Int(quarantined)
        self.remaining = Int(remaining)
        self.overlapping = Int(details["overlapping"]?.int ?? 0)
        self.findings = details["findings"] ?? .array([])
        self.quarantineSHA256 = details["quarantine_sha256"]?.string
    }

    var json: JSONValue {
        let members = [
            JSONMember("quarantined", .number(quarantined)), JSONMember("remaining", .number(remaining)),
            JSONMember("findings", findings), JSONMember("quarantine_sha256", .optional(quarantineSHA256)),
        ]
        return .object(
            members + (overlapping > 0 ? [JSONMember("overlapping", .number(overlapping))] : []))
    }
}

/// Words for findings, the same wherever they are shown.
enum Findings {
    /// The limit that was broken; nil: none.
    static func brokenLimit(_ limits: QuarantineLimits, quarantined: Int, of records: Int) -> String? {
        if let limit = limits.records, quarantined > limit { return "the limit is \(limit)" }
        if let limit = limits.percent, records > 0, Double(quarantined) * 100 > limit * Double(records) {
            let share = (Double(quarantined) * 1000 / Double(records)).rounded() / 10
            return "\(share) %, the limit is \(plain(limit)) %"
        }
        return nil
    }

    /// What stands in quarantine of so many records.
    static func left(_ quarantined: Int, kept: Int) -> String {
        kept < quarantined
            ? "\(kept) of the \(quarantined) records are in quarantine with their text, of the others the number"
            : "the records are in quarantine"
    }

    /// - Parameter format: of the file.
    static func describe(_ record: QuarantineRecord, _ format: RecordFormat) -> String {
        let column = record.column.isEmpty ? "" : ", column \(record.column)"
        return "\(record.place(format) ?? "line \(record.line)")\(column): \(record.reason)"
    }

    private static func plain(_ number: Double) -> String {
        number == number.rounded() ? String(Int(number)) : String(number)
    }
}
