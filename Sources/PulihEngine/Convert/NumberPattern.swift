internal import PulihModel

/// How a column's numbers are written, as an RE2 expression over the trimmed text.
struct NumberPattern {
    private let column: ColumnSpec

    init(_ column: ColumnSpec) {
        self.column = column
    }

    /// Numbers are written as DuckDB reads them.
    private var isPlain: Bool {
        column.decimalMark == "." && column.thousandsMark == nil && column.prefix == nil
            && column.suffix == nil
    }

    /// The whole text. Digits beyond the scale may only be zeros: nothing is rounded. An integer has no leading zero,
    /// because what has one is an identifier that would lose it.
    var pattern: String {
        let mark = column.decimalMark.escapedForRegex
        var integer: String
        var fraction: String
        switch column.type {
        case .double:
            integer = "[0-9]+"
            fraction = "(?:\(mark)[0-9]*)?(?:[eE][+-]?[0-9]+)?"
        case .decimal(_, let scale):
            integer = "[0-9]+"
            fraction = "(?:\(mark)[0-9]{0,\(scale)}0*)?"
        default:
            integer = "(?:0|[1-9][0-9]*)"
            fraction = "(?:\(mark)0*)?"
        }
        if let thousands = column.thousandsMark?.escapedForRegex {
            integer = "(?:\(integer)|[1-9][0-9]{0,2}(?:\(thousands)[0-9]{3})+)"
        }
        let whole: String
        switch column.type {
        case .double: whole = "(?:\(integer)\(fraction)|\(mark)[0-9]+(?:[eE][+-]?[0-9]+)?)"
        case .decimal(_, let scale) where scale > 0:
            whole = "(?:\(integer)\(fraction)|\(mark)[0-9]{1,\(scale)}0*)"
        default: whole = "\(integer)\(fraction)"
        }
        guard !isPlain else { return "[+-]?\(whole)" }
        let blanks = "[\(Blanks.characters)]*"
        let prefix = column.prefix.map { "(?:\($0.escapedForRegex)\(blanks))?" } ?? ""
        let suffix = column.suffix.map { "(?:\(blanks)\($0.escapedForRegex))?" } ?? ""
        return "(?:[+-]?\(blanks)\(prefix)|\(prefix)[+-]?\(blanks))\(whole)\(suffix)"
    }

    /// The number as DuckDB reads it, made of a text that the expression matches; nil where it is that already.
    func normalized(_ text: String) -> String? {
        guard !isPlain else { return nil }
        var source = text
        let drop = { (word: String?) in
            guard let word, !word.isEmpty else { return }
            source = "replace(\(source), \(SQLText.literal(word)), '')"
        }
        drop(column.prefix)
        drop(column.suffix)
        drop(column.thousandsMark)
        for blank in Blanks.characters { drop(String(blank)) }
        guard column.decimalMark != "." else { return source }
        return "replace(\(source), \(SQLText.literal(column.decimalMark)), '.')"
    }
}
