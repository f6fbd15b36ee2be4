/// Sizes such as `256MB`, in powers of 1,000 as DuckDB counts them.
enum ByteSize {
    /// DuckDB cannot do anything useful with less.
    static let leastMemory = 32_000_000

    static func parse(_ text: String) -> Int? {
        let units = ["KB": 1e3, "MB": 1e6, "GB": 1e9]
        guard let unit = units[text.suffix(2).uppercased()] else { return nil }
        var digits = text.dropLast(2)
        while digits.last == " " { digits.removeLast() }
        guard let number = Double(digits), number.isFinite, number >= 0, number * unit < 1e18 else { return nil }
        return Int(number * unit)
    }
}
