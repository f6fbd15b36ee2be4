// How the parts of a file's configuration are written as JSON: in the catalog's tables and in what is
// fingerprinted.

extension FileSpec {
    /// How the bytes of a file become typed records: type, dialect, columns, records left out.
    public var readingJSON: JSONValue {
        let layout = format.layoutJSON.map { [JSONMember("layout", $0)] } ?? []
        let totals = control.map { [JSONMember("control", $0.json)] } ?? []
        return .object(
            [
                .init("type", .string(format.type.rawValue)), .init("dialect", dialect.json),
                .init("columns", .array(columns.map(\.readingJSON))),
                .init("skip", .array(skips.map(\.json))),
            ] + layout + totals)
    }

    /// What the result of `convert` depends on beside the raw file. Compact JSON, always written the same
    /// way.
    public var readingText: String { readingJSON.compact }

    /// What the result of `validate_mapping` depends on beside the columns received.
    public var mappingText: String {
        let mapped: [JSONValue] = columns.map {
            ["source": .string($0.source), "required": .bool($0.isRequired)]
        }
        let json: JSONValue = ["drift": .string(drift.rawValue), "columns": .array(mapped)]
        return json.compact
    }

    /// What the result of `validate_row` depends on beside the records.
    /// - Parameter severity: the client's, of rules that name none.
    public func rulesText(severity: Severity) -> String {
        let written: [JSONValue] = rules.map {
            [
                "name": .string($0.name), "check": $0.check.json,
                "severity": .string($0.severity(default: severity).rawValue),
            ]
        }
        // What is kept of records changes nothing of the records that are loaded.
        let json: JSONValue = ["rules": .array(written), "limits": limits.failing]
        return json.compact + (soughtOverlap.map { $0.json.compact } ?? "")
    }
}

extension RecordFormat {
    /// The dialect and, where a file is no CSV, its layout.
    public var json: JSONValue {
        guard let layoutJSON, case .object(let members) = dialect.json else { return dialect.json }
        return .object(members + [.init("layout", layoutJSON)])
    }
}

extension CSVDialect {
    public var json: JSONValue {
        [
            "delimiter": .string(delimiter), "quote": .optional(quote), "escape": .optional(escape),
            "header": .bool(hasHeader), "encoding": .string(encoding.rawValue),
            "skip_lines": .number(skipLines),
            "nulls": .strings(nulls),
        ]
    }
}

extension ColumnSpec {
    /// What differs from the defaults, in the words of `pulih.yml`.
    public var optionsJSON: JSONValue {
        .object(readingOptions + (isRequired ? [] : [.init("required", false)]))
    }

    fileprivate var readingJSON: JSONValue {
        .object(
            [
                .init("source", .string(source)), .init("name", .string(name)),
                .init("type", .string(type.description)),
            ] + readingOptions)
    }

    private var readingOptions: [JSONMember] {
        var members: [JSONMember] = []
        func add(_ name: String, _ value: JSONValue, unless isDefault: Bool) {
            if !isDefault { members.append(JSONMember(name, value)) }
        }
        add("format", .optional(format), unless: format == nil)
        add("months", .string(months.rawValue), unless: months == .english)
        add("decimal", .string(decimalMark), unless: decimalMark == ".")
        add("thousands", .optional(thousandsMark), unless: thousandsMark == nil)
        add("prefix", .optional(prefix), unless: prefix == nil)
        add("suffix", .optional(suffix), unless: suffix == nil)
        add("nulls", .strings(nulls ?? []), unless: nulls == nil)
        add("trim", .bool(trim), unless: !trim)
        add("true", .strings(trueWords), unless: trueWords.isEmpty)
        add("false", .strings(falseWords), unless: falseWords.isEmpty)
        return members
    }
}

extension Delivery {
    /// `"full"`, `"delta"` or `{"upsert":["id"]}`.
    public var json: JSONValue {
        switch self {
        case .full, .delta: .string(name)
        case .upsert(let key): ["upsert": .strings(key)]
        }
    }
}

extension QuarantineLimits {
    /// null where there is no limit; `keep` only where it is not the usual one.
    public var json: JSONValue {
        guard keep != QuarantineLimits.usualKeep else { return failing }
        return [
            "records": .optional(records), "percent": .optional(percent), "keep": .number(keep),
        ]
    }

    /// Those beyond which a file fails.
    fileprivate var failing: JSONValue {
        ["records": .optional(records), "percent": .optional(percent)]
    }
}

extension SkipRule {
    public var json: JSONValue {
        let place = field.map { JSONMember("field", .number($0)) } ?? JSONMember("column", .string(column))
        return .object([.init("reason", .string(reason)), place, .init("matches", .string(matches))])
    }
}

extension RowRule.Check {
    public var json: JSONValue {
        switch self {
        case .notNull(let columns): ["not_null": .strings(columns)]
        case .unique(let columns, .none): ["unique": .strings(columns)]
        case .unique(let columns, .first): ["unique": .strings(columns), "keep": "first"]
        case .unique(let columns, .newest(let newest)):
            ["unique": .strings(columns), "keep": ["newest": .string(newest)]]
        case .accepted(let column, let values): ["accepted": .string(column), "values": .strings(values)]
        case .range(let column, let min, let max):
            ["range": .string(column), "min": .optional(min), "max": .optional(max)]
        case .pattern(let column, let expression):
            ["pattern": .string(column), "matches": .string(expression)]
        case .rowCount(let minPercent, let maxPercent, let min, let max):
            [
                "row_count": [
                    "min_percent": .optional(minPercent), "max_percent": .optional(maxPercent),
                    "min": .optional(min), "max": .optional(max),
                ]
            ]
        }
    }
}

extension JSONValue {
    /// Whole numbers are written without a point.
    fileprivate static func optional(_ number: Double?) -> JSONValue {
        guard let number else { return .null }
        return Int64(exactly: number).map { .int($0) } ?? .double(number)
    }
}
