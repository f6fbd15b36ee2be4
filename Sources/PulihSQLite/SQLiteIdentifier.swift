/// Names in SQL. Values are always bound; names cannot be.
public enum SQLiteIdentifier {
    /// The name between double quotes, safe to put into SQL whatever it holds.
    public static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
