import PulihModel
import PulihYAML

/// Reads one file of a source.
struct FileSpecReader {
    static let keys = [
        "pattern", "type", "delivery", "per_batch", "target", "csv", "xlsx", "xls", "json", "parquet",
        "drift",
        "duplicates",
        "empty",
        "limits",
        "skip",
        "columns", "rules", "expected", "control", "unpack",
    ]
    static let deliveries =
        "full: a delivery replaces all before it; delta: it adds to them; "
        + "{upsert: [key]}: it adds, and the newest row of a key is in force"

    let source: YAMLSource
    let key: FileKey

    /// nil, reported, when it is no mapping.
    func read(_ pair: YAMLPair) -> FileSpec? {
        guard let section = Section(pair.value, "file \(key)", keys: Self.keys, in: source, place: pair.key)
        else {
            return nil
        }
        var columns = columns(section)
        let format = format(section, columns)
        if format.hasPlaces { columns.append(RecordPlace.column) }
        let names = ColumnNames(columns, source: source)
        let delivery = delivery(section, names)
        let control = section["control"].flatMap {
            ControlReader(source: source, columns: names).read($0, of: key)
        }
        var spec = FileSpec(
            key: key, pattern: pattern(section), delivery: delivery,
            perBatch: section.word("per_batch") ?? (delivery == .full ? .one : .all), target: target(section),
            format: format, columns: columns, drift: section.word("drift") ?? .fail,
            rules: RuleReader(source: source, columns: names).read(section.elements("rules")),
            limits: limits(section), duplicates: .skip,
            empty: section.word("empty") ?? .refuse,
            skips: skips(section, names) + JSONLayoutReader.skips(of: format)
                + [control?.skip].compactMap { $0 },
            at: source.at(pair.key))
        spec.expected = section["expected"].flatMap { ExpectationReader(source: source).read($0, of: key) }
        spec.control = control
        DuplicatesReader(source: source, columns: names).read(section, into: &spec)
        return spec
    }

    private func format(_ section: Section, _ columns: [ColumnSpec]) -> RecordFormat {
        let type: FileType = section.word("type") ?? .csv
        for other in FileType.allCases where other.section != type.section && section.has(other.rawValue) {
            section.report(
                other.rawValue,
                "'\(other.rawValue)' is for files of type \(other.rawValue), and this is \(type.rawValue)",
                hint: "write type: \(other.rawValue), or leave it out")
        }
        if type != .csv, section.has("unpack") {
            section.report("unpack", "'unpack' is for files of type csv")
        }
        switch type {
        case .csv:
            var format = RecordFormat(.csv, DialectReader(source: source).read(section["csv"]))
            format.unpacking = UnpackReader(source: source).read(section["unpack"], format.dialect)
            return format
        case .xlsx:
            let found = WorkbookLayoutReader(source: source).read(
                section["xlsx"], "xlsx", columns: columns.count)
            return RecordFormat(.xlsx(found.layout), found.dialect)
        case .parquet:
            let schema = ParquetSchema(columns.map { .init($0.source, $0.type) })
            return RecordFormat(.parquet(schema), CSVDialect(nulls: nulls(section["parquet"])))
        case .xls:
            let found = WorkbookLayoutReader(source: source).read(
                section["xls"], "xls", columns: columns.count)
            return RecordFormat(.xls(found.layout), found.dialect)
        case .json, .ndjson:
            let nodes = (section["columns"]?.pairs ?? []).map(\.key)
            return JSONLayoutReader(source: source, isLines: type == .ndjson)
                .read(section["json"], Array(zip(columns, nodes)))
        }
    }

    /// Of a section that has nothing else.
    private func nulls(_ node: YAMLNode?) -> [String] {
        let section = node.flatMap { Section($0, "parquet", keys: ["nulls"], in: source) }
        return section?.texts("nulls")?.map(\.text) ?? []
    }

    private func pattern(_ section: Section) -> String {
        let hint = "such as \"\(key.name)*.csv\""
        guard let pattern = section.requiredText("pattern", hint: hint) else { return "" }
        if pattern.isEmpty || pattern.contains("/") {
            section.report("pattern", "'\(pattern)' is no pattern of a file name", hint: hint)
        } else if let open = pattern.lastIndex(of: "["), !pattern[open...].dropFirst(2).contains("]") {
            section.report("pattern", "the '[' in the pattern '\(pattern)' is not closed")
        }
        return pattern
    }

    private func target(_ section: Section) -> String {
        guard let target = section.text("target") else { return "\(key.source)_\(key.name)" }
        if !Identifier.isValid(target) {
            section.report(
                "target", "'\(target)' cannot be the name of a bronze table", hint: Identifier.rule)
        }
        return target
    }

    private func delivery(_ section: Section, _ columns: ColumnNames) -> Delivery {
        guard let node = section["delivery"] else {
            section.report("delivery", "the delivery of \(key) is not declared", hint: Self.deliveries)
            return .full
        }
        switch node.text {
        case "full": return .full
        case "delta": return .delta
        case "upsert":
            section.report("delivery", "upsert needs its key", hint: "write delivery: {upsert: [column, …]}")
            return .delta
        default: break
        }
        guard node.pairs?.map(\.name) == ["upsert"] else {
            let word = node.text ?? node.pairs?.first?.name
            section.report(
                "delivery", "unknown delivery \(word.map { "'\($0)'" } ?? node.kindName)",
                hint: word.flatMap { Suggestion.nearest(to: $0, among: ["full", "delta", "upsert"]) }
                    .map { "did you mean '\($0)'?" } ?? Self.deliveries)
            return .full
        }
        guard let upsert = Section(node, "delivery", keys: ["upsert"], in: source) else { return .delta }
        let key = upsert.requiredTexts("upsert")
        columns.check(key, in: "upsert")
        return .upsert(key: key.map(\.text))
    }

    private func columns(_ section: Section) -> [ColumnSpec] {
        let pairs = section["columns"].map { source.entries($0, "columns of \(key)") } ?? []
        if pairs.isEmpty {
            section.report(
                "columns", "\(section.what) has no columns", hint: "'pulih infer FILE' proposes them")
        }
        var columns = pairs.map { ColumnReader(source: source).read($0) }
        if let type = section["type"]?.text.flatMap(FileType.init(rawValue:)), type.section == "json" {
            columns = columns.map(JSONLayoutReader.named)
        }
        var owners: [String: String] = [:]
        for (pair, column) in zip(pairs, columns) {
            if let earlier = owners.updateValue(column.source, forKey: column.name.lowercased()) {
                source.report(
                    pair.key, "columns \(earlier) and \(column.source) are both '\(column.name)' in bronze",
                    hint: "give one of them another 'name'; letters in lower and upper case are the same")
            }
        }
        return columns
    }

    private func limits(_ section: Section) -> QuarantineLimits {
        var limits = QuarantineLimits(records: 1_000, percent: 10)
        guard let node = section["limits"],
            let section = Section(node, "limits", keys: ["records", "percent", "keep"], in: source)
        else { return limits }
        // `none` lifts a limit; without a word it keeps its default.
        if section["records"]?.text == "none" {
            limits.records = nil
        } else if let records = section.int("records", in: 0...Int.max) {
            limits.records = records
        }
        if section["percent"]?.text == "none" {
            limits.percent = nil
        } else if let percent = section.number("percent", upTo: 100) {
            limits.percent = percent
        }
        limits.keep = section.int("keep", in: 1...10_000_000) ?? limits.keep
        return limits
    }

    private func skips(_ section: Section, _ columns: ColumnNames) -> [SkipRule] {
        section.elements("skip").compactMap { node in
            let keys = ["reason", "column", "matches"]
            guard let section = Section(node, "skip", keys: keys, in: source) else { return nil }
            let reason = section.requiredText("reason") ?? ""
            let column = section.requiredTexts("column")
            columns.check(column, in: "skip")
            if column.count > 1 { section.report("column", "'column' of skip is one column") }
            let expression = section.requiredText("matches") ?? ""
            section.checkExpression("matches", expression)
            return SkipRule(reason: reason, column: column.first?.text ?? "", matches: expression)
        }
    }
}
