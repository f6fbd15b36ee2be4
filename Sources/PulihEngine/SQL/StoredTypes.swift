internal import PulihModel

extension ColumnType {
    /// Parquet keeps the value as text.
    var isStoredAsText: Bool { [.text, .json, .hugeint].contains(self) }

    /// The value as Parquet keeps it without loss: DuckDB would write a HUGEINT as a floating-point number.
    func stored(_ value: String) -> String {
        self == .hugeint ? "CAST(\(value) AS VARCHAR)" : value
    }

    /// The value as it was before `stored`.
    func restored(_ value: String) -> String {
        self == .hugeint ? "CAST(\(value) AS HUGEINT)" : value
    }
}
