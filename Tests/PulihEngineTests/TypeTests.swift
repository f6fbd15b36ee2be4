import PulihModel
import Testing

@testable import PulihEngine

@Suite struct TypeTests {
    private func check(_ column: ColumnSpec, _ expected: KeyValuePairs<String, String?>) async throws {
        let bench = try Bench()
        // Large files take short cuts, which must come to the same.
        for isLarge in [false, true] {
            let values = try await bench.values(of: expected.map(\.key), column, isLarge: isLarge)
            for (value, (text, wanted)) in zip(values, expected) {
                #expect(value == wanted, "\(text.debugDescription), \(isLarge ? "large" : "small")")
            }
        }
    }

    @Test func integers() async throws {
        try await check(
            .of(.integer),
            [
                "7": "7", "-12": "-12", "+5": "5", " 8 ": "8", "\t9\u{A0}": "9", "12.00": "12", "": nil,
                "  ": nil,
                "2147483647": "2147483647",
                "2147483648": "! '2147483648' is out of range for integer",
                "00123": "! '00123' has a leading zero, which integer would lose: declare the column as text",
                "3.17E+15": "! '3.17E+15' is written in scientific notation; an integer needs all its digits",
                "1.5": "! '1.5' has a fraction; v is declared as integer", "1_000": "! '1_000' is no integer",
                "0x1f": "! '0x1f' is no integer", "abc": "! 'abc' is no integer",
                "1,000": "! '1,000' is no integer",
                "NULL": "! 'NULL' is no integer", "--1": "! '--1' is no integer",
                "1 2": "! '1 2' is no integer",
            ])
        try await check(
            .of(.smallint), ["300000": "! '300000' is out of range for smallint", "-32768": "-32768"])
        try await check(
            .of(.bigint),
            [
                "9007199254740993": "9007199254740993",
                "1e3": "! '1e3' is written in scientific notation; an integer needs all its digits",
            ])
        try await check(
            .of(.hugeint),
            ["170141183460469231731687303715884105727": "170141183460469231731687303715884105727"])
    }

    @Test func decimals() async throws {
        try await check(
            .of(.decimal(precision: 10, scale: 2)),
            [
                "1.5": "1.50", "-0.25": "-0.25", "12": "12.00", ".5": "0.50", "5.": "5.00", "1.2300": "1.23",
                " 3.10 ": "3.10", "007.5": "7.50",
                "1.239": "! '1.239' has more than 2 decimal places; decimal(10,2) would round it",
                "123456789.00": "! '123456789.00' is out of range for decimal(10,2)",
                "1e2": "! '1e2' is written in scientific notation; a decimal needs all its digits",
                "nan": "! 'nan' is no number", "": nil,
            ])
        var column = ColumnSpec.of(.decimal(precision: 12, scale: 2))
        column.decimalMark = ","
        column.thousandsMark = "."
        column.prefix = "Rp"
        column.suffix = ",-"
        try await check(
            column,
            [
                "Rp 1.234.567,50": "1234567.50", "1.234,5": "1234.50", "-Rp1.000": "-1000.00",
                "Rp -5": "-5.00",
                "1234,5": "1234.50",
                "Rp.5": "! 'Rp.5' has groups of digits that . does not separate in threes",
                "1.23,4": "! '1.23,4' has groups of digits that . does not separate in threes",
                "12,345": "! '12,345' has more than 2 decimal places; decimal(12,2) would round it",
                "Rp 2.000,-": "2000.00", "$5": "! '$5' is no number",
            ])
    }

    @Test func doubles() async throws {
        try await check(
            .of(.double),
            [
                "1": "1.0", "1.5e3": "1500.0", "-.5": "-0.5", "1e400": "! '1e400' is out of range for double",
                "nan": "! 'nan' is no number", "inf": "! 'inf' is no number",
                "Infinity": "! 'Infinity' is no number",
                "1_0": "! '1_0' is no number",
            ])
    }

    @Test func booleans() async throws {
        var column = ColumnSpec.of(.boolean)
        column.trueWords = ["Y"]
        column.falseWords = ["N"]
        try await check(
            column,
            [
                "true": "true", "FALSE": "false", "tRuE": "true", " Y ": "true", "N": "false",
                "1": "! '1' is none of true, false, Y, N", "yes": "! 'yes' is none of true, false, Y, N",
            ])
    }

    @Test func datesAndTimes() async throws {
        try await check(
            .of(.date),
            [
                "2024-02-29": "2024-02-29", "2024-1-5": "2024-01-05", "2024/01/05": "2024-01-05",
                "2024-01-05 00:00:00": "2024-01-05", "2023-02-29": "! '2023-02-29' is no day of the calendar",
                "2024-01-05 10:00:00":
                    "! '2024-01-05 10:00:00' has a time of day, which a date would lose: declare the column as timestamp",
                "infinity": "! 'infinity' is no date as 2024-12-31 is; a format can be declared",
                "epoch": "! 'epoch' is no date as 2024-12-31 is; a format can be declared",
                "20240105": "! '20240105' is no date as 2024-12-31 is; 'format: \"%Y%m%d\"' reads it",
                "12024-01-05": "! '12024-01-05' is no date as 2024-12-31 is; a format can be declared",
                "0044-01-01 (BC)": "! '0044-01-01 (BC)' is no day of the calendar",
            ])
        try await check(
            .of(.timestamp),
            [
                "2024-01-05 10:11:12": "2024-01-05 10:11:12",
                "2024-01-05T10:11:12.5": "2024-01-05 10:11:12.5",
                "2024-01-05": "2024-01-05 00:00:00", "2024-01-05 7:08": "2024-01-05 07:08:00",
                "2024-01-05 24:00:00":
                    "! '2024-01-05 24:00:00' is no timestamp as 2024-12-31 23:59:59 is; a format can be declared",
                "2024-01-05T10:11:12Z":
                    "! '2024-01-05T10:11:12Z' names a time zone, which a timestamp would lose: declare the column as timestamptz",
            ])
        try await check(
            .of(.timestamptz),
            [
                "2024-01-05T10:00:00+07:00": "2024-01-05 03:00:00+00",
                "2024-01-05 10:00:00Z": "2024-01-05 10:00:00+00",
                "2024-01-05 10:00:00": "2024-01-05 10:00:00+00",
                "2024-01-05 10:00:00 Asia/Jakarta":
                    "! '2024-01-05 10:00:00 Asia/Jakarta' is no timestamp as 2024-12-31 23:59:59+07:00 is; a format can be declared",
            ])
        try await check(
            .of(.time),
            [
                "10:11:12": "10:11:12", "7:05": "07:05:00",
                "24:00:00": "! '24:00:00' is no time of day as 23:59:59 is; a format can be declared",
            ])
    }

    @Test func formats() async throws {
        var column = ColumnSpec.of(.date)
        column.format = "%d/%m/%Y"
        try await check(
            column,
            [
                "31/01/2024": "2024-01-31", "1/2/2024": "2024-02-01", " 01/02/2024 ": "2024-02-01",
                "31/02/2024": "! '31/02/2024' does not match %d/%m/%Y",
                "1/2/24": "! '1/2/24' does not match %d/%m/%Y",
                "2024-01-31": "! '2024-01-31' does not match %d/%m/%Y",
                "1/2/2024x": "! '1/2/2024x' does not match %d/%m/%Y",
            ])
        column.format = "%Y%m%d"
        column.nulls = ["", "0"]
        try await check(
            column,
            ["20101229": "2010-12-29", "2010122": "! '2010122' does not match %Y%m%d", "0": nil, " 0 ": nil])
        column.format = "%d %B %Y"
        column.months = .indonesian
        try await check(
            column,
            [
                "17 Agustus 1945": "1945-08-17", "5 MEI 2024": "2024-05-05", "1 Desember 2023": "2023-12-01",
                "9 September 2020": "2020-09-09",
                "2 Febuari 2020": "! '2 Febuari 2020' does not match %d %B %Y",
            ])
        column.format = "%d-%b-%y"
        try await check(
            column,
            [
                "17-Agu-45": "2045-08-17", "01-Agt-24": "2024-08-01", "01-Okt-24": "2024-10-01",
                "02-Nop-24": "2024-11-02", "03-Peb-24": "2024-02-03",
                "3-Des-99": "1999-12-03",
            ])
        column.format = "%d/%m/%Y %H:%M"
        try await check(
            column,
            [
                "01/02/2024 00:00": "2024-02-01",
                "01/02/2024 10:00": "! '01/02/2024 10:00' does not match %d/%m/%Y %H:%M",
            ])
        column.type = .timestamptz
        column.format = "%Y-%m-%d %H:%M:%S %z"
        try await check(column, ["2024-01-05 10:00:00 +0700": "2024-01-05 03:00:00+00"])
        column.type = .time
        column.format = "%I:%M %p"
        try await check(column, ["10:05 PM": "22:05:00", "13:05 PM": "! '13:05 PM' does not match %I:%M %p"])
    }

    @Test func textsKeepWhatTheyAre() async throws {
        try await check(
            .of(.text), ["00123": "00123", "  x ": "  x ", " ": " ", "": nil, "NULL": "NULL", "a\nb": "a\nb"])
        var column = ColumnSpec.of(.text)
        column.trim = true
        column.nulls = ["", "NULL", "…"]
        try await check(
            column, ["  x ": "x", "NULL": nil, " NULL ": nil, "…": nil, "  ": nil, "": nil, "é ": "é"])
        column.trim = false
        column.nulls = ["-"]
        try await check(column, ["": "", "-": nil, " -": " -"])
    }

    @Test func identifiersAndDocuments() async throws {
        try await check(
            .of(.uuid),
            [
                "6ba7b810-9dad-11d1-80b4-00c04fd430c8": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
                "{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
                "6ba7": "! '6ba7' is no UUID",
            ])
        try await check(
            .of(.json), ["{\"a\": [1, 2]}": "{\"a\": [1, 2]}", "{a}": "! '{a}' is not valid JSON"])
    }

    @Test func nullWordsOfTheColumnReplaceThoseOfTheFile() async throws {
        var column = ColumnSpec.of(.integer)
        column.nulls = ["-", "…"]
        try await check(column, ["-": nil, " … ": nil, "": "! '' is no integer", "3": "3"])
    }
}
