import PulihModel
import PulihYAML

/// Reads one entry of `columns:`.
struct ColumnReader {
    static let keys = [
        "type", "name", "format", "months", "decimal", "thousands", "prefix", "suffix", "nulls", "trim", "true", "false",
        "required",
    ]

    let source: YAMLSource

    func read(_ pair: YAMLPair) -> ColumnSpec {
        var column = ColumnSpec(source: pair.name, name: pair.name.lowercased(), type: .text)
        if pair.value.pairs == nil, !pair.value.isNull {
            column.type = type(pair.value, pair.name)
        } else if let section = Section(
            pair.value, "column \(pair.name)", keys: Self.keys, in: source, place: pair.key)
        {
            read(section, into: &column)
        }
        checkName(column.name, pair)
        return column
    }

    private func read(_ section: Section, into column: inout ColumnSpec) {
        if let node = section["type"] {
            column.type = type(node, column.source)
        } else {
            section.reportMissing("type", hint: "types are \(ColumnType.names.joined(separator: ", "))")
        }
        column.name = section.text("name") ?? column.name
        column.nulls = section.texts("nulls")?.map(\.text)
        column.isRequired = section.bool("required") ?? true
        readTime(section, &column)
        readNumber(section, &column)
        readText(section, &column)
    }

    private func readTime(_ section: Section, _ column: inout ColumnSpec) {
        let isTime = [.date, .time, .timestamp, .timestamptz].contains(column.type)
        column.format = section.text("format")
        column.months = section.word("months") ?? .english
        refuse(["format", "months"], unless: isTime, "date, time, timestamp and timestamptz", section, column)
        if let format = column.format, isTime, let problem = TimeFormat.problem(format) {
            section.report("format", problem.message, hint: problem.hint)
        }
        if isTime, section.has("months"), !TimeFormat.hasMonthName(column.format ?? "") {
            section.report("months", "'months' needs a 'format' with %b or %B")
        }
    }

    private func readNumber(_ section: Section, _ column: inout ColumnSpec) {
        let hasFraction = column.type.isNumeric && !column.type.isInteger
        column.decimalMark = section.text("decimal") ?? "."
        column.thousandsMark = section.text("thousands")
        column.prefix = section.text("prefix")
        column.suffix = section.text("suffix")
        refuse(["decimal"], unless: hasFraction, "decimal and double", section, column)
        refuse(["thousands", "prefix", "suffix"], unless: column.type.isNumeric, "numbers", section, column)
        for key in ["decimal", "thousands"] {
            guard let mark = section.text(key), let character = mark.unicodeScalars.first else { continue }
            let isMark = mark.unicodeScalars.count == 1 && !"0123456789+-eE".unicodeScalars.contains(character)
            if !isMark { section.report(key, "'\(key)' must be one character that is no digit or sign, not '\(mark)'") }
        }
        for (key, mark) in [("decimal", column.decimalMark), ("thousands", column.thousandsMark)] where mark == "" {
            section.report(key, "'\(key)' is empty")
        }
        if hasFraction, column.decimalMark == column.thousandsMark {
            section.report(
                "thousands", "decimal mark and thousands mark of \(column.source) are both '\(column.decimalMark)'")
        }
    }

    private func readText(_ section: Section, _ column: inout ColumnSpec) {
        column.trim = section.bool("trim") ?? false
        column.trueWords = section.texts("true")?.map(\.text) ?? []
        column.falseWords = section.texts("false")?.map(\.text) ?? []
        if column.type != .text, section.has("trim") {
            section.report("trim", "'trim' is for text; values of type \(column.type) are always trimmed")
        }
        refuse(["true", "false"], unless: column.type == .boolean, "boolean", section, column)
        if let both = column.trueWords.first(where: column.falseWords.contains) {
            section.report("false", "'\(both)' means both true and false")
        }
    }

    private func refuse(
        _ keys: [String], unless isFitting: Bool, _ types: String, _ section: Section, _ column: ColumnSpec
    ) {
        for key in keys where !isFitting && section.has(key) {
            section.report(key, "'\(key)' is for \(types), and column \(column.source) is \(column.type)")
        }
    }

    private func type(_ node: YAMLNode, _ name: String) -> ColumnType {
        guard let word = node.text else {
            source.report(node, "the type of column \(name) must be a text, not \(node.shown)")
            return .text
        }
        if let type = ColumnType(word) { return type }
        if word.lowercased().hasPrefix("decimal") {
            source.report(
                node, "'\(word)' of column \(name) is no decimal",
                hint: "write decimal(precision,scale), precision 1 to 38, scale 0 to precision")
        } else {
            let near = Self.familiar[word.lowercased().prefix { $0.isLetter }.description]
                ?? Suggestion.nearest(to: word, among: ColumnType.names)
            source.report(
                node, "unknown type '\(word)' of column \(name)",
                hint: near.map { "did you mean '\($0)'?" }
                    ?? "types are \(ColumnType.names.joined(separator: ", "))")
        }
        return .text
    }

    /// Words of other systems.
    private static let familiar = [
        "int": "integer", "int2": "smallint", "int4": "integer", "int8": "bigint", "long": "bigint",
        "numeric": "decimal(12,2)", "number": "decimal(12,2)", "float": "double", "real": "double",
        "varchar": "text", "nvarchar": "text", "char": "text", "string": "text", "str": "text",
        "bool": "boolean", "bit": "boolean", "datetime": "timestamp",
    ]

    private func checkName(_ name: String, _ pair: YAMLPair) {
        if name.isEmpty {
            source.report(pair.key, "column '\(pair.name)' has no name in bronze", hint: "give it a 'name'")
        } else if name.lowercased().hasPrefix("dwh_") {
            source.report(
                pair.key, "column '\(name)' has a name of Pulih's own columns",
                hint: "names that begin with dwh_ are Pulih's; give it another 'name'")
        }
    }
}
