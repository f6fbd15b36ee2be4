public import PulihModel

/// Writes what `infer` proposes as YAML for `pulih.yml`.
public struct ProposalWriter {
    private let proposal: FileProposal
    private let fileName: String
    private let parts: FileNameParts
    /// Of the file of the configuration.
    private let name: String

    private init(_ proposal: FileProposal, fileName: String, name: String) {
        self.proposal = proposal
        self.fileName = fileName
        self.name = name
        parts = FileNameParts(fileName)
    }

    /// The entries of the tables of a file, six blanks deep, to stand under `files:` of a source system. Each ends in a
    /// line end.
    ///
    /// The loader takes them as they are. What a person must decide, such as the delivery, stands in comments.
    /// - Parameter fileName: of the file that was looked at, without folders.
    public static func yaml(_ proposals: [FileProposal], fileName: String) -> [String] {
        let logicalName = FileNameParts(fileName).logicalName
        var taken: Set<String> = []
        return proposals.map { proposal in
            let stem =
                logicalName + (proposal.table.map { "_" + FileNameParts.identifier($0[...]) } ?? "")
            var name = stem
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(stem)_\(number)"
                number += 1
            }
            return ProposalWriter(proposal, fileName: fileName, name: name).lines()
                .joined(separator: "\n") + "\n"
        }
    }

    private func lines() -> [String] {
        let key = proposal.keys.first.flatMap { key in
            columns().first { $0.source == key || $0.name == key }?.name
        }
        let table = proposal.table.map { ", \(YAMLWriter.comment($0))," } ?? ""
        var lines = [
            "      # proposed from \(YAMLWriter.comment(fileName))\(table) with \(proposal.records) records"
        ]
        lines += proposal.remarks.map { "      # look at: \(YAMLWriter.comment($0))" }
        lines += [
            "      \(name):",
            "        pattern: \(YAMLWriter.quoted(parts.pattern))",
            "        type: \(proposal.format.type.rawValue)",
            "        delivery: full   # full | delta | {upsert: [\(key.map(YAMLWriter.text) ?? "key")]}: choose",
        ]
        lines += FormatLines(proposal.format).lines
        if proposal.drift != .fail { lines.append("        drift: \(proposal.drift.rawValue)") }
        lines += columnLines()
        if let key {
            lines += [
                "        # unique and filled in every record; without the # these rules keep it so:",
                "        # rules:",
                "        #   - not_null: \(YAMLWriter.text(key))",
                "        #   - unique: \(YAMLWriter.text(key))",
            ]
        }
        return lines
    }

    private func columnLines() -> [String] {
        let columns = columns()
        let entries = columns.map { "\(YAMLWriter.text($0.source)): \(entry($0))" }
        // Comments line up, as far as entries are not too long for that.
        let width = min(60, entries.map(\.count).max() ?? 0)
        let lines = entries.enumerated().map { position, entry in
            let samples = position < proposal.samples.count ? proposal.samples[position] : []
            guard !samples.isEmpty else { return "          \(entry)" }
            let padding = String(repeating: " ", count: max(0, width - entry.count))
            let shown = samples.prefix(3).map(YAMLWriter.sample).joined(separator: " | ")
            return "          \(entry)\(padding)   # \(shown)"
        }
        return ["        columns:"] + lines
    }

    private func entry(_ column: ColumnSpec) -> String {
        var members: [String] = []
        if column.name != usualName(column) {
            members.append("name: \(YAMLWriter.text(column.name))")
        }
        func add(_ key: String, _ value: String?) {
            if let value { members.append("\(key): \(value)") }
        }
        add("format", column.format.map(YAMLWriter.quoted))
        add("months", column.months == .english ? nil : column.months.rawValue)
        add("decimal", column.decimalMark == "." ? nil : YAMLWriter.quoted(column.decimalMark))
        add("thousands", column.thousandsMark.map(YAMLWriter.quoted))
        add("prefix", column.prefix.map(YAMLWriter.quoted))
        add("suffix", column.suffix.map(YAMLWriter.quoted))
        add("nulls", column.nulls.map(YAMLWriter.list))
        add("trim", column.trim && column.type == .text ? "true" : nil)
        add("true", column.trueWords.isEmpty ? nil : YAMLWriter.list(column.trueWords))
        add("false", column.falseWords.isEmpty ? nil : YAMLWriter.list(column.falseWords))
        add("required", column.isRequired ? nil : "false")
        // A comma would end the type inside braces.
        let type = YAMLWriter.text(column.type.description)
        return members.isEmpty ? type : "{\((["type: \(type)"] + members).joined(separator: ", "))}"
    }

    /// The bronze name of a column that has none of its own.
    private func usualName(_ column: ColumnSpec) -> String {
        let usual = ColumnSpec(source: column.source, name: column.source.lowercased(), type: .text)
        return proposal.format.type.section == "json" ? JSONLayoutReader.named(usual).name : usual.name
    }

    /// The columns with names that the loader takes: none empty, none twice, none of Pulih's own.
    private func columns() -> [ColumnSpec] {
        var taken: Set<String> = []
        return proposal.columns.enumerated().map { position, column in
            var column = column
            if column.name.isEmpty { column.name = "column_\(position + 1)" }
            if column.name.lowercased().hasPrefix("dwh_") { column.name = "source_" + column.name }
            let name = column.name
            var number = 2
            while !taken.insert(column.name.lowercased()).inserted {
                column.name = "\(name)_\(number)"
                number += 1
            }
            return column
        }
    }
}
