/// English and Indonesian names of months, as RE2 expressions.
enum MonthWords {
    /// May and Mei, which are both long and short, are in neither.
    static let long = """
        january|february|march|april|june|july|august|september|october|november|december|\(indonesianLong)
        """
    static let short = "jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec|\(indonesianShort)"
    private static let indonesianLong =
        "januari|februari|pebruari|maret|juni|juli|agustus|oktober|nopember|desember"
    private static let indonesianShort = "peb|agu|agt|ags|okt|nop|des"

    /// Texts with a name that is not English too.
    static let indonesian = "(?i)[0-9][- /](?:\(indonesianLong)|\(indonesianShort)|mei)[- /]"

    /// A day, one of the words, and a year of four digits.
    static func date(_ words: String) -> String { "(?i)[0-9]{1,2}[- /](?:\(words))[- /][0-9]{4}" }
}
