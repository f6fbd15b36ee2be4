public import PulihModel

/// A line of `columns:` in `pulih.yml`.
public enum ColumnLine {
    /// `Segment: {type: text, required: false}`
    public static func yaml(_ column: ColumnSpec) -> String {
        var members = ["type: \(YAMLWriter.text(column.type.description))"]
        if column.name != column.source.lowercased() {
            members.append("name: \(YAMLWriter.text(column.name))")
        }
        if !column.isRequired { members.append("required: false") }
        return "\(YAMLWriter.text(column.source)): {\(members.joined(separator: ", "))}"
    }
}
