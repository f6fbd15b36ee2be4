/// The one place where identifiers and literals become SQL text.
///
/// Values travel as bound parameters; `literal` serves the few places where an engine takes none (file paths
/// and reader options), and doubles every quote.
public enum SQLText {
    public static func identifier(_ name: String) -> String {
        quoted(name, by: "\"")
    }

    public static func literal(_ text: String) -> String {
        quoted(text, by: "'")
    }

    private static func quoted(_ text: String, by quote: Character) -> String {
        // Most texts hold none, and a statement of many columns is written for each of many files.
        guard text.utf8.contains(where: { $0 == quote.asciiValue }) else { return "\(quote)\(text)\(quote)" }
        let parts = text.split(separator: quote, omittingEmptySubsequences: false)
        return "\(quote)\(parts.joined(separator: "\(quote)\(quote)"))\(quote)"
    }

    public static func identifiers(_ names: [String]) -> String {
        names.map(identifier).joined(separator: ", ")
    }

    /// `2026-11-20 02:00:00.000000`: how a timestamp is written in SQL, in UTC. Years 0 to 9999.
    /// - Parameter microseconds: since 1970.
    public static func timestamp(_ microseconds: Int64) -> String {
        let day = floorDivide(microseconds, 86_400_000_000)
        let inDay = microseconds - day * 86_400_000_000
        let (year, month, dayOfMonth) = civil(day)
        let seconds = inDay / 1_000_000
        let date = [padded(year, 4), padded(month, 2), padded(dayOfMonth, 2)].joined(separator: "-")
        let time = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map { padded($0, 2) }.joined(
            separator: ":")
        return "\(date) \(time).\(padded(inDay % 1_000_000, 6))"
    }

    /// Counts in eras of 400 years (146,097 days) whose years begin in March, so that the leap day comes
    /// last.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1
        )
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        (value - (value % divisor + divisor) % divisor) / divisor
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// A schema-qualified table or view.
public struct TableName: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let schema: String
    public let table: String

    public init(schema: String, table: String) {
        self.schema = schema
        self.table = table
    }

    /// Quoted, ready for a statement.
    public var sql: String { SQLText.identifier(schema) + "." + SQLText.identifier(table) }
    public var description: String { "\(schema).\(table)" }
    public static func < (left: TableName, right: TableName) -> Bool { left.description < right.description }
}

/// The names of the columns that Pulih adds to every bronze table.
public enum Lineage {
    public static let batch = "dwh_batch_id"
    public static let file = "dwh_source_file"
    /// The record's ordinal in the raw file, from 1, header not counted; blank lines are no records.
    public static let row = "dwh_source_row"
    public static let loadedAt = "dwh_loaded_at"
    public static let all = [batch, file, row, loadedAt]
    /// Where a record stands in a workbook or a document, as a person finds it there. A column of the file like others.
    public static let place = "dwh_source_place"
}

/// The names of the columns that Pulih adds to every history.
public enum Version {
    public static let validFrom = "valid_from"
    /// NULL of a version that holds still.
    public static let validTo = "valid_to"
    public static let isCurrent = "is_current"
    public static let all = [validFrom, validTo, isCurrent]
}
