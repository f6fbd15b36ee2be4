internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem

/// All row rules of a file. Blocks the thread.
///
/// One statement counts: the conditions in one scan of the columns that have rules, and one hash aggregation per key,
/// each over its key columns only, so that no two keys' tables are in memory at once. Records are looked up only when
/// something was found.
struct RowCheck {
    static let ordinal = "__pulih_ordinal"
    static let text = "__pulih_corrected"
    static let number = "__pulih_number"
    static let first = "__pulih_first"

    let session: DuckDBSession
    let request: RowCheckRequest
    let parquets: ParquetCache
    /// For temporary files; on the file system of the quarantine.
    let workFolder: String

    func run() throws -> RowCheckOutcome {
        var outcome = try checkRules()
        if let sought = request.overlap {
            try OverlapSearch(
                session: session, file: request.file, sought: sought, parquets: parquets,
                workFolder: workFolder
            ).run(into: &outcome)
        }
        return outcome
    }

    private func checkRules() throws -> RowCheckOutcome {
        let spec = request.file.spec
        let rules = try spec.rules.map {
            try RuleSQL($0, $0.severity(default: request.defaultSeverity), spec)
        }
        let rows = try FileRows(session, request.file, parquets)
        let counts = try count(rules, rows)
        var findings: [Int: RuleFinding] = [:]
        for (index, rule) in rules.enumerated() {
            if let message = RowCountCheck(request).problem(rule.rule) {
                findings[index] = RuleFinding(
                    rule: rule.rule.name, severity: rule.severity, records: 0, message: message, examples: [])
            }
        }
        let broken = rules.indices.filter { counts.broken[$0] > 0 }
        guard !broken.isEmpty else {
            try DurableFile.remove(request.file.rowRejectedPath)
            return RowCheckOutcome(
                findings: findings.sorted { $0.key < $1.key }.map(\.value), quarantined: 0,
                remaining: counts.rows)
        }
        let (found, quarantined) = try BrokenRules(
            session: session, request: request, rows: rows, rules: rules, counts: counts.broken,
            workFolder: workFolder
        ).run(broken)
        findings.merge(found) { $1 }
        let remaining =
            quarantined.records == 0
            ? counts.rows : try session.scalar("SELECT count(*) FROM (\(try rows.toLoad()))").int ?? 0
        return RowCheckOutcome(
            findings: findings.sorted { $0.key < $1.key }.map(\.value), quarantined: quarantined.records,
            remaining: remaining, kept: quarantined.kept)
    }

    /// Rows to check, and how many break each rule.
    private func count(_ rules: [RuleSQL], _ rows: FileRows) throws -> (rows: Int, broken: [Int]) {
        let spec = request.file.spec
        var fields = ["count(*)"]
        var positions: [Int?] = []
        var scanned = Set<String>()
        for rule in rules {
            var source = ""
            if case .unique(let names, _) = rule.rule.check {
                source = rows.converted(spec.columns.filter { names.contains($0.name) })
            } else {
                scanned.formUnion(rule.rule.columns)
            }
            let field = try rule.count(rows: source)
            positions.append(field == nil ? nil : fields.count)
            if let field { fields.append(field) }
        }
        let source = rows.converted(spec.columns.filter { scanned.contains($0.name) })
        let sql = "SELECT \(fields.joined(separator: ", ")) FROM (\(source))"
        do {
            let row = try session.query(sql).rows[0]
            return (row[0].int ?? 0, positions.map { $0.flatMap { row[$0].int } ?? 0 })
        } catch let failure as DuckDBFailure where failure.isAboutContent {
            try explain(rules)
            throw failure
        }
    }

    /// Finds the rule whose bound or expression DuckDB refused.
    private func explain(_ rules: [RuleSQL]) throws {
        for rule in rules {
            for (text, column) in rule.castLiterals {
                let cast = "SELECT TRY_CAST(? AS \(column.type.duckDBName)) IS NULL"
                if try session.scalar(cast, [.text(text)]).bool == true {
                    throw RuleSQL.failure(
                        rule.rule, "'\(text)' is no value of \(column.name), which is \(column.type)")
                }
            }
            if case .pattern(_, let expression) = rule.rule.check {
                do {
                    _ = try session.scalar("SELECT regexp_full_match('', ?)", [.text(expression)])
                } catch let failure
                    as DuckDBFailure
                {
                    throw RuleSQL.failure(
                        rule.rule, "'\(expression)' is no RE2 expression: \(failure.message)")
                }
            }
        }
    }
}

/// Records of the file against the last good batch and against fixed bounds.
struct RowCountCheck {
    private let request: RowCheckRequest

    init(_ request: RowCheckRequest) {
        self.request = request
    }

    func problem(_ rule: RowRule) -> String? {
        guard case .rowCount(let minPercent, let maxPercent, let min, let max) = rule.check else {
            return nil
        }
        let records = request.records
        if let min, records < min { return "\(rule.name): \(records) records, at least \(min) are expected" }
        if let max, records > max { return "\(rule.name): \(records) records, at most \(max) are expected" }
        guard let last = request.lastGoodRecords, last > 0 else { return nil }
        let percent = Double(records) * 100 / Double(last)
        func message(_ bound: String) -> String {
            "\(rule.name): \(records) records, \(Self.shown(percent)) % of the \(last) of the last good batch; \(bound)"
        }
        if let minPercent, percent < minPercent {
            return message("at least \(Self.shown(minPercent)) % are expected")
        }
        if let maxPercent, percent > maxPercent {
            return message("at most \(Self.shown(maxPercent)) % are expected")
        }
        return nil
    }

    /// One decimal place, none for whole numbers.
    private static func shown(_ number: Double) -> String {
        let tenths = (number * 10).rounded()
        guard tenths.magnitude < 1e15 else { return String(number) }
        let whole = Int(tenths)
        return whole % 10 == 0 ? String(whole / 10) : "\(whole / 10).\(abs(whole % 10))"
    }
}
