// How a model's configuration is written as JSON: in the catalog's tables and in what is fingerprinted.

extension Model {
    /// Everything of the front matter but the materialization.
    public var optionsJSON: JSONValue {
        let json: JSONValue = [
            "description": .optional(summary), "unique_key": .strings(uniqueKey),
            "on_schema_change": .string(onSchemaChange.rawValue), "tests": .array(tests.map(\.json)),
            "pre_hook": .strings(preHooks), "post_hook": .strings(postHooks),
            "trace": .array(trace.map(\.json)),
        ]
        return json.adding(historyMembers)
    }

    /// Only where it counts, so that other models keep their fingerprints.
    private var historyMembers: [JSONMember] {
        materialization == .history ? [JSONMember("deletes", .string(deletes.rawValue))] : []
    }

    /// What the built and published table depends on beside its upstream tables. Compact JSON, always written
    /// the same way. Description, trace and place in the file are not part of it.
    public var fingerprintText: String {
        let json: JSONValue = [
            "table": .string(table.description), "materialized": .string(materialization.rawValue),
            "unique_key": .strings(uniqueKey), "on_schema_change": .string(onSchemaChange.rawValue),
            "tests": .array(tests.map(\.json)), "pre_hook": .strings(preHooks),
            "post_hook": .strings(postHooks),
            "sql": .string(sql),
        ]
        return json.adding(historyMembers).compact
    }
}

extension JSONValue {
    fileprivate func adding(_ more: [JSONMember]) -> JSONValue {
        if case .object(let members) = self { .object(members + more) } else { self }
    }
}

extension ModelTest {
    public var json: JSONValue {
        ["name": .string(name), "check": check.json, "severity": .string(severity.rawValue)]
    }
}

extension ModelTest.Check {
    public var json: JSONValue {
        switch self {
        case .notNull(let columns): ["not_null": .strings(columns)]
        case .unique(let columns): ["unique": .strings(columns)]
        case .accepted(let column, let values): ["accepted": .string(column), "values": .strings(values)]
        case .relationship(let column, let to, let field):
            ["relationship": .string(column), "to": .string(to.description), "field": .string(field)]
        case .rowCount(let min, let max): ["row_count": ["min": .optional(min), "max": .optional(max)]]
        case .sql(let text): ["sql": .string(text)]
        }
    }
}

extension TraceLink {
    public var json: JSONValue {
        [
            "to": .string(to.description),
            "on": .object(on.map { JSONMember($0.column, .string($0.expression)) }),
            "chosen": .optional(chosen),
        ]
    }
}
