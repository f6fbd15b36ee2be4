import Testing

@testable import PulihWorkbook

@Suite struct ValueTests {
    private func number(_ written: String) -> String? {
        var text: [UInt8] = []
        guard let isLong = CellText.number(Array(written.utf8), into: &text) else { return nil }
        return String(decoding: text, as: UTF8.self) + (isLong ? "!" : "")
    }

    @Test(arguments: [
        ("5", "5"), ("-3", "-3"), ("0", "0"), ("-0", "0"), ("007", "7"), ("1.50", "1.5"), ("2.0", "2"),
        ("0.10000000000000001", "0.1"), ("4.3499999999999996", "4.35"), ("0.5", "0.5"), (".5", "0.5"),
        ("1.0E-3", "0.001"), ("5.0000000000000002E-5", "0.00005"), ("123456789012345", "123456789012345"),
        ("1234567890123456", "1234567890123456!"), ("3.1700000000000000E+15", "3170000000000000!"),
        ("1.23456789e+22", "12345678900000000000000!"), ("999999999999999.9", "999999999999999.9"),
        ("1e300", "1e300!"), ("1.5E-40", "1.5e-40"), ("-1.5E+3", "-1500"), ("12.", "12"),
    ])
    func numbersAreWrittenInTheirShortestExactForm(written: String, text: String) {
        #expect(number(written) == text)
    }

    @Test(arguments: ["", "abc", "1,5", "0x10", "inf", "nan", "1e999", "--1", "1 "])
    func whatIsNoNumberIsNone(written: String) { #expect(number(written) == nil) }

    @Test(arguments: [
        (1.0, NumberKind.date, "1900-01-01"), (59, .date, "1900-02-28"), (60, .date, "1900-02-29"),
        (61, .date, "1900-03-01"), (45356, .date, "2024-03-05"), (2_958_465, .date, "9999-12-31"),
        (45356.573611111111, .timestamp, "2024-03-05T13:46:00"), (45356, .timestamp, "2024-03-05T00:00:00"),
        (45356.5, .date, "2024-03-05T12:00:00"), (0.57291666666666663, .time, "13:45:00"),
        (0.5, .timestamp, "12:00:00"), (0, .date, "1900-01-00"), (0, .time, "00:00:00"),
        (45356.25, .time, "2024-03-05T06:00:00"), (1.5, .duration, "36:00:00"),
        (-0.5, .duration, "-12:00:00"),
        (0.000011574074074074073, .time, "00:00:01"), (0.0000057870370370370373, .time, "00:00:00.500"),
    ])
    func serialsOfTheCountFrom1900(serial: Double, kind: NumberKind, text: String) {
        #expect(SerialDate.text(serial, kind, is1904: false) == text)
    }

    @Test func serialsOfTheCountFrom1904() {
        #expect(SerialDate.text(0, .date, is1904: true) == "1904-01-01")
        #expect(SerialDate.text(60, .date, is1904: true) == "1904-03-01")
        #expect(SerialDate.text(43894, .date, is1904: true) == "2024-03-05")
        #expect(SerialDate.text(0.25, .time, is1904: true) == "06:00:00")
    }

    @Test func whatIsNoDayIsNone() {
        #expect(SerialDate.text(-1, .date, is1904: false) == nil)
        #expect(SerialDate.text(2_958_466, .date, is1904: false) == nil)
        #expect(SerialDate.text(.infinity, .date, is1904: false) == nil)
    }

    @Test(arguments: [
        ("General", NumberKind.number), ("0.00", .number), ("#,##0;[Red]-#,##0", .number),
        ("0.00E+00", .number),
        ("yyyy\\-mm\\-dd;@", .date), ("dd/mm/yyyy", .date), ("[$-409]d\\-mmm\\-yy;@", .date), ("mmmm", .date),
        ("d\"h\"", .date), ("h:mm", .time), ("h:mm AM/PM", .time), ("mm:ss.0", .time),
        ("[h]:mm:ss", .duration),
        ("[mm]:ss", .duration), ("yyyy-mm-dd hh:mm", .timestamp), ("0\" days\"", .number),
        ("\"year\" 0", .number),
        ("[=0]\"\";dd/mm/yyyy", .date), ("[Red]0", .number), ("_(* #,##0_);_(@_)", .number), ("@", .number),
        ("[$-411]ge.m.d", .date), ("0%", .number), ("yyyy年m月d日", .date), ("\\d0", .number),
        ("m/d/yy h:mm", .timestamp),
    ])
    func formatsTellDatesFromNumbers(code: String, kind: NumberKind) {
        #expect(NumberFormat.kind(code) == kind)
    }

    @Test func escapedCharactersComeBack() {
        func text(_ written: String) -> String {
            var bytes: [UInt8] = []
            CellText.append(unescaping: Array(written.utf8), to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(text("a_x000D_b") == "a\rb")
        #expect(text("_x005F_x000D_") == "_x000D_")
        #expect(text("_xD83C__xDF63_") == "🍣")
        #expect(text("a_b _x00_ _xZZZZ_") == "a_b _x00_ _xZZZZ_")
    }

    @Test func datesAsTextLoseTheirZone() {
        func text(_ written: String, _ kind: NumberKind) -> String {
            var bytes: [UInt8] = []
            CellText.date(Array(written.utf8), kind, into: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(text("2014-02-14T08:27:48.765Z", .date) == "2014-02-14T08:27:48.765")
        #expect(text("2014-02-14T00:00:00.000Z", .date) == "2014-02-14")
        #expect(text("2014-02-14T00:00:00Z", .timestamp) == "2014-02-14T00:00:00")
        #expect(text("2014-02-14", .number) == "2014-02-14")
    }

    @Test(arguments: [
        ("Orders", "Orders!"), ("My sheet", "'My sheet'!"), ("It's", "'It''s'!"), ("2026", "'2026'!"),
    ])
    func sheetsAreQuotedAsExcelDoes(name: String, prefix: String) { #expect(CellName.prefix(name) == prefix) }

    @Test func columnsHaveLetters() {
        #expect([1, 26, 27, 702, 703, 16384].map(CellName.column) == ["A", "Z", "AA", "ZZ", "AAA", "XFD"])
    }
}
