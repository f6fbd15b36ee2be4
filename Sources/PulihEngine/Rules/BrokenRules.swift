internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem

/// Looks up the records that break rules, and quarantines those that have to be.
struct BrokenRules {
    let session: DuckDBSession
    let request: RowCheckRequest
    let rows: FileRows
    let rules: [RuleSQL]
    /// Records that break each rule.
    let counts: [Int]
    /// On the file system of the quarantine.
    let workFolder: String

    private static let shown = 5

    /// - Parameter broken: positions of the rules that something breaks.
    /// - Returns: findings by position, and what was quarantined.
    func run(_ broken: [Int]) throws -> ([Int: RuleFinding], QuarantineTable.Installed) {
        let files = try TemporaryFiles(in: workFolder)
        let scratch = ScratchTables(session)
        let result = Result { try lookUp(broken, files, scratch) }
        let cleaning = Result {
            try scratch.dropAll()
            try files.removeAll()
        }
        let outcome = try result.get()
        try cleaning.get()
        return outcome
    }

    private struct Hit {
        var record: QuarantineRecord
        var note: String?
    }

    private func lookUp(
        _ broken: [Int], _ files: TemporaryFiles, _ scratch: ScratchTables
    ) throws -> ([Int: RuleFinding], QuarantineTable.Installed) {
        let hits = scratch.name("hits")
        try session.execute(
            """
            CREATE TABLE \(SQLText.identifier(hits)) (rule INTEGER, ordinal BIGINT, column_name VARCHAR, \
            value VARCHAR, note VARCHAR, corrected VARCHAR)
            """)
        var keys: [Int: Int] = [:]
        for index in broken { keys[index] = try collect(index, into: hits, scratch) }

        let sorted = scratch.name("sorted")
        try session.execute(
            """
            CREATE TABLE \(SQLText.identifier(sorted)) AS \
            SELECT row_number() OVER (ORDER BY ordinal, rule, column_name) AS k, * FROM \(SQLText.identifier(hits))
            """)
        let quarantine = QuarantineTable(session, scratch, keep: request.file.spec.limits.keep)
        quarantine.expect(try quarantinedRecords(broken, in: sorted))
        let examples = try walk(sorted, quarantine)
        let quarantined = try quarantine.install(request.file.rowRejectedPath, files)
        var findings: [Int: RuleFinding] = [:]
        for index in broken {
            let own = examples[index] ?? []
            findings[index] = RuleFinding(
                rule: rules[index].rule.name, severity: rules[index].severity, records: counts[index],
                message: message(index, own, keys: keys[index] ?? 0), examples: own.map(\.record))
        }
        return (findings, quarantined)
    }

    private func quarantinedRecords(_ broken: [Int], in hits: String) throws -> Int {
        let quarantining = broken.filter { rules[$0].severity == .quarantine }
        guard !quarantining.isEmpty else { return 0 }
        let list = quarantining.map(String.init).joined(separator: ", ")
        return try session.scalar(
            "SELECT count(DISTINCT ordinal) FROM \(SQLText.identifier(hits)) WHERE rule IN (\(list))"
        ).int ?? 0
    }

    /// Puts the records of a rule into the table; only the first few where nothing is quarantined.
    /// - Returns: how many keys are repeated.
    private func collect(_ index: Int, into hits: String, _ scratch: ScratchTables) throws -> Int {
        let rule = rules[index]
        let columns = request.file.spec.columns.filter { rule.rule.columns.contains($0.name) }
        let source = rows.converted(columns, ordinal: RowCheck.ordinal, text: RowCheck.text)
        var selects = try rule.hits(rows: source)
        var keyCount = 0
        if let repeated = rule.repeatedKeys(rows: source) {
            let keys = scratch.name("keys\(index)")
            keyCount = try session.execute("CREATE TABLE \(SQLText.identifier(keys)) AS \(repeated)")
            let limit = rule.severity == .quarantine ? nil : Self.shown
            selects = rule.repeated(rows: source, keys: keys, limit: limit).map { [$0] } ?? []
        }
        let limit = rule.severity == .quarantine ? "" : " ORDER BY 2 LIMIT \(Self.shown)"
        for select in selects {
            try session.execute(
                """
                INSERT INTO \(SQLText.identifier(hits)) \
                SELECT \(index) AS rule, h.* FROM (\(select)) AS h(ordinal, column_name, value, note, corrected)\(limit)
                """)
        }
        return keyCount
    }

    /// Reads the raw file beside the hits: places and texts for quarantine and for the examples.
    private func walk(_ table: String, _ quarantine: QuarantineTable) throws -> [Int: [Hit]] {
        var cursor = TableCursor(
            session, table: table, columns: "rule, ordinal, column_name, value, note, corrected")
        var examples: [Int: [Hit]] = [:]
        try RecordPass(path: request.file.rawPath, format: request.file.spec.format).run { record in
            // Of each record once.
            var isKept: Bool?
            while let next = try cursor.peek(), next[1].int == record.ordinal {
                _ = try cursor.next()
                let rule = next[0].int ?? 0
                let isExample = examples[rule, default: []].count < Self.shown
                let isQuarantined = rules[rule].severity == .quarantine
                if isQuarantined, isKept == nil {
                    isKept = quarantine.keepsNext()
                    if isKept == false { try quarantine.add(number: record.ordinal) }
                }
                let isAdded = isQuarantined && isKept == true
                guard isExample || isAdded else { continue }
                let hit = try hit(next, rules[rule], record)
                if isAdded { try quarantine.add(hit.record) }
                if isExample { examples[rule, default: []].append(hit) }
            }
            return try cursor.peek() != nil
        }
        if let lost = try cursor.peek() {
            throw PulihError(
                .damaged, "record \(lost[1].int ?? 0) of \(request.file.physicalName) is not in the raw file",
                object: request.file.physicalName, leftBehind: "nothing was quarantined",
                hint:
                    "the raw file is not the one that was converted; run the convert stage again: --from convert"
            )
        }
        return examples
    }

    private func hit(_ row: [DuckDBValue], _ rule: RuleSQL, _ record: LocatedRecord) throws -> Hit {
        let raw = RawRecord(record)
        let value = row[3].string
        let note = row[4].string
        return Hit(
            record: QuarantineRecord(
                file: request.file.physicalName, record: raw.record, line: raw.line,
                byteOffset: raw.byteOffset,
                column: row[2].string ?? "", value: value, stage: .validateRow, rule: rule.rule.name,
                reason: RuleReason.describe(rule.rule, column: row[2].string ?? "", value: value, note: note),
                rawText: row[5].string ?? raw.text),
            note: note)
    }

    // MARK: messages

    private func message(_ index: Int, _ hits: [Hit], keys: Int) -> String {
        let rule = rules[index].rule
        let count = counts[index]
        if case .unique = rule.check, let first = hits.first {
            let more = keys > 1 ? " (and \(keys - 1) more key\(keys == 2 ? "" : "s"))" : ""
            let key = RuleReason.key(rule, first.record.value)
            return "\(rule.name): \(key) in records \(first.note ?? "")\(more)"
        }
        var seen: [Int] = []
        for hit in hits where !seen.contains(hit.record.record) { seen.append(hit.record.record) }
        let listed = seen.prefix(3).map(String.init).joined(separator: ", ")
        let more = count > min(3, seen.count) ? " (\(count) in all)" : ""
        let what = hits.first.map { $0.record.reason } ?? ""
        return "\(rule.name): \(what) in record\(count == 1 ? "" : "s") \(listed)\(more)"
    }
}

/// Why a record breaks a rule, in words.
enum RuleReason {
    /// `cst_id = 29466`; a key of several columns comes named.
    static func key(_ rule: RowRule, _ value: String?) -> String {
        guard case .unique(let names, _) = rule.check, names.count == 1 else { return value ?? "" }
        return "\(names[0]) = \(value ?? "")"
    }

    static func describe(_ rule: RowRule, column: String, value: String?, note: String?) -> String {
        let shown = "'\(value ?? "")'"
        switch rule.check {
        case .notNull: return "\(column) is empty"
        case .unique: return "\(key(rule, value)) is in records \(note ?? "")"
        case .accepted(_, let values):
            let list = values.prefix(10).joined(separator: ", ") + (values.count > 10 ? ", …" : "")
            return "\(column) is \(shown), none of \(list)"
        case .range(_, let min?, let max?): return "\(column) is \(shown), not between \(min) and \(max)"
        case .range(_, let min?, nil): return "\(column) is \(shown), below \(min)"
        case .range(_, nil, let max): return "\(column) is \(shown), above \(max ?? "")"
        case .pattern(_, let expression): return "\(column) is \(shown), which does not match \(expression)"
        case .rowCount: return ""
        }
    }
}
