import Foundation
import PulihTesting
import Testing

@testable import PulihWorkbook

@Suite struct ReadingTests {
    @Test func cellsComeOutAsTextByTheirType() throws {
        var file = WorkbookFile(
            [
                .init(
                    "Data",
                    """
                    <row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1"><v>3.5</v></c><c r="C1" t="b"><v>1</v></c>\
                    <c r="D1" t="e"><v>#N/A</v></c><c r="E1" s="1"><v>45356</v></c><c r="F1" s="2"><v>45356.5</v></c>\
                    <c r="G1" s="3"><v>0.5</v></c><c r="H1" t="d"><v>2024-03-05</v></c></row>
                    <row r="3"><c r="B3" t="str"><f>A1</f><v>made</v></c><c r="C3"><f>1+1</f><v>2</v></c>\
                    <c r="D3"><f>1+2</f></c><c r="E3"><f>1+2</f><v></v></c><c r="F3" t="str"><f>""</f><v></v></c>\
                    <c r="G3" s="1"/><c r="H3"><v>1234567890123456</v></c><c r="I3" s="1"><v>-5</v></c></row>
                    """)
            ],
            strings: [
                "<si><t>first</t></si>",
                "<si><r><t>rich </t></r><r><rPr><b/></rPr><t>text</t></r><rPh sb=\"0\" eb=\"1\"><t>say</t></rPh></si>",
            ],
            formats: ["yyyy-mm-dd", "yyyy-mm-dd hh:mm", "hh:mm"])
        let expected = [
            "A1 rich text", "B1 3.5", "C1 true", "D1 #N/A", "E1 2024-03-05", "F1 2024-03-05T12:00:00",
            "G1 12:00:00",
            "H1 2024-03-05", "/", "B3 made", "C3 2", "D3 - uncomputed", "E3 - uncomputed", "F3 ",
            "H3 1234567890123456 longNumber", "I3 -5 (no date)", "/",
        ]
        #expect(try cells(file) == expected)
        file.isStrict = true
        #expect(try cells(file) == expected)
        file.isStrict = false
        file.namespacePrefix = "x:"
        file.sheets[0].rows = file.sheets[0].rows.replacing("</", with: "</x:").replacing(
            "<(?!/)", with: "<x:", options: .regularExpression)
        #expect(try cells(file) == expected)
    }

    @Test func datesCountFrom1904WhereTheWorkbookSaysSo() throws {
        var file = WorkbookFile(
            [.init("S", "<row r=\"1\"><c r=\"A1\" s=\"1\"><v>43894</v></c></row>")], formats: ["d/m/yyyy"])
        #expect(try cells(file) == ["A1 2020-03-04", "/"])
        file.is1904 = true
        #expect(try cells(file) == ["A1 2024-03-05", "/"])
    }

    @Test func rowsAndCellsWithoutNamesFollowOneAnother() throws {
        let file = WorkbookFile([
            .init(
                "S",
                "<row><c><v>1</v></c><c><v>2</v></c></row><row r=\"5\"><c r=\"C5\"><v>3</v></c><c><v>4</v></c></row><row><c><v>5</v></c></row>"
            )
        ])
        #expect(try cells(file) == ["A1 1", "B1 2", "/", "C5 3", "D5 4", "/", "A6 5", "/"])
    }

    @Test func mergedCellsHaveTheirValueOnce() throws {
        let file = WorkbookFile([
            .init("S", "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>both</t></is></c><c r=\"B1\"/></row>")
        ])
        #expect(try cells(file) == ["A1 both", "/"])
    }

    @Test(arguments: [
        ("<row r=\"2\"/><row r=\"1\"/>", "sheet 'S' is damaged: row 1 stands behind row 2"),
        ("<row r=\"1\"><c r=\"B1\"/><c r=\"A1\"/></row>", "sheet 'S' is damaged: cell A1 stands behind B1"),
        ("<row r=\"1\"/><row r=\"1\"/>", "sheet 'S' is damaged: row 1 stands behind row 1"),
        (
            "<row r=\"1\"><c r=\"A1\"/><c r=\"A1\"/></row>",
            "sheet 'S' is damaged: cell A1 stands behind A1"
        ),
        ("<row r=\"1\"><c r=\"A2\"/></row>", "sheet 'S' is damaged: a cell of row 1 is named 'A2'"),
        ("<row r=\"x\"/>", "sheet 'S' is damaged: a row is numbered 'x'"),
        ("<row r=\"1048577\"/>", "sheet 'S' is damaged: a row is numbered '1048577'"),
        (
            "<row r=\"1\"><c t=\"s\"><v>7</v></c></row>",
            "sheet 'S' is damaged: cell A1 names shared string 7, of which there are 0"
        ),
        ("<row r=\"1\"><c><v>abc</v></c></row>", "sheet 'S' is damaged: cell A1 holds 'abc', no number"),
        (
            "<row r=\"1\"><c t=\"b\"><v>2</v></c></row>",
            "sheet 'S' is damaged: cell A1 is '2', neither true nor false"
        ),
        ("<row r=\"1\"><c t=\"zz\"/></row>", "sheet 'S' is damaged: a cell of row 1 is of the type 'zz'"),
    ])
    func sheetsThatContradictThemselvesAreRefused(rows: String, message: String) throws {
        let failure = #expect(throws: WorkbookFailure.self) { try cells(WorkbookFile([.init("S", rows)])) }
        #expect(failure?.message == message)
        #expect(failure?.kind == .damaged)
    }

    @Test func xmlThatIsCutNamesItsPartAndPlace() throws {
        var parts = WorkbookFile([.init("S", "<row r=\"1\"><c><v>1</v></c></row>")]).parts
        let index = parts.firstIndex { $0.name.hasSuffix("sheet1.xml") }!
        parts[index].text = String(parts[index].text.dropLast(20))
        let failure = #expect(throws: WorkbookFailure.self) {
            try cells(StoredZip.bytes(of: parts.map { ($0.name, Array($0.text.utf8)) }))
        }
        #expect(
            failure?.message.hasPrefix(
                "the workbook's part xl/worksheets/sheet1.xml is no XML: line 2, byte ") == true)
    }

    @Test func aDocumentTypeIsRefused() throws {
        var parts = WorkbookFile([.init("S", "")]).parts
        let index = parts.firstIndex { $0.name.hasSuffix("sheet1.xml") }!
        parts[index].text = parts[index].text.replacing("?>\n", with: "?>\n<!DOCTYPE x [<!ENTITY a \"aa\">]>")
        let failure = #expect(throws: WorkbookFailure.self) {
            try cells(StoredZip.bytes(of: parts.map { ($0.name, Array($0.text.utf8)) }))
        }
        #expect(failure?.message.contains("it has a document type declaration") == true)
    }

    @Test func aDamagedMemberNamesItsPartAndPlace() throws {
        let file = WorkbookFile([.init("S", "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>")])
        var bytes = file.bytes
        let text = String(decoding: bytes, as: UTF8.self)
        let at = text.utf8.distance(
            from: text.utf8.startIndex,
            to: text.range(of: "<v>1</v>")!.lowerBound.samePosition(in: text.utf8)!)
        bytes[at + 3] = UInt8(ascii: "2")
        let failure = #expect(throws: WorkbookFailure.self) { try cells(bytes) }
        #expect(
            failure?.message.hasPrefix(
                "the workbook's part xl/worksheets/sheet1.xml cannot be unpacked beyond byte ") == true,
            "\(failure?.message ?? "")")
    }

    @Test(arguments: [
        (
            [UInt8]("id,name\n".utf8), WorkbookFailure.Kind.unsupported,
            "it is no workbook: its first bytes are not those of a zip archive"
        ),
        (
            StoredZip.bytes(of: [("a.txt", [65])]), .unsupported,
            "it is a zip archive without a workbook in it"
        ),
        (
            StoredZip.bytes(of: [("mimetype", [65]), ("content.xml", [65])]), .unsupported,
            "it is a spreadsheet of OpenDocument (ODS)"
        ),
        (
            StoredZip.bytes(of: [("xl/workbook.bin", [65])]), .unsupported,
            "it is a zip archive without a workbook in it"
        ),
        (
            [UInt8]("<html><table><tr><td>1</td></tr></table></html>".utf8), .unsupported,
            "it is no workbook: its first bytes are not those of a zip archive"
        ),
        ([0x28, 0xB5, 0x2F, 0xFD, 0, 0, 0, 0, 0, 0], .unsupported, "the workbook is packed with zstandard"),
        (compound("EncryptedPackage"), .encrypted, "the workbook is encrypted with a password"),
        (compound("Workbook"), .unsupported, "it is a workbook of old (XLS)"),
        ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0], .unsupported, "the workbook is packed with gzip"),
    ])
    func otherFilesAreNamed(bytes: [UInt8], kind: WorkbookFailure.Kind, message: String) throws {
        let failure = #expect(throws: WorkbookFailure.self) { try cells(bytes) }
        #expect(failure?.kind == kind)
        #expect(failure?.message == message)
    }

    /// 17 MiB of blanks, which deflate packs more than a thousand times, beside a part that makes the file larger.
    @Test(arguments: [(0, false), (20_000, true)])
    func aPartThatGrowsBeyondMeasureIsRefused(ballast: Int, isTaken: Bool) throws {
        let file = WorkbookFile([.init("S", "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>HERE")])
        let members = try file.parts.map { part in
            let halves = part.text.components(separatedBy: "HERE")
            guard halves.count == 2 else {
                return StoredZip.Member(part.name, Array(part.text.utf8))
            }
            return try deflated(
                part.name,
                Array(halves[0].utf8) + [UInt8](repeating: 32, count: 17 << 20) + Array(halves[1].utf8))
        }
        let bytes = StoredZip.bytes(of: members + [.init("ballast", [UInt8](repeating: 7, count: ballast))])
        if isTaken {
            #expect(try cells(bytes) == ["A1 1", "/"])
            return
        }
        let failure = #expect(throws: WorkbookFailure.self) { try cells(bytes) }
        #expect(failure?.kind == .limit)
        #expect(failure?.message.contains("xl/worksheets/sheet1.xml") == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("more than 900 times") == true, "\(failure?.message ?? "")")
    }

    @Test(arguments: [true, false]) func aTextOfMoreThanFourMebibytesIsRefused(isShared: Bool) throws {
        let (most, more) = (
            String(repeating: "x", count: SheetParser.longestText),
            String(repeating: "x", count: SheetParser.longestText + 1)
        )
        func read(_ text: String) throws -> [String] {
            let cell =
                isShared
                ? "<c r=\"A1\" t=\"s\"><v>0</v></c>"
                : "<c r=\"A1\" t=\"inlineStr\"><is><t>\(text)</t></is></c>"
            return try cells(
                WorkbookFile(
                    [.init("S", "<row r=\"1\">\(cell)</row>")],
                    strings: isShared ? ["<si><t>\(text)</t></si>"] : nil))
        }
        #expect(try read(most).first?.utf8.count == most.utf8.count + 3)
        let failure = #expect(throws: WorkbookFailure.self) { _ = try read(more) }
        #expect(failure?.kind == .limit)
        #expect(failure?.message.contains("longer than 4194304 bytes") == true, "\(failure?.message ?? "")")
    }

    @Test func hiddenSheetsAreKnownAsSuch() throws {
        let file = WorkbookFile([
            .init("A", ""), .init("B", "", state: "hidden"), .init("C", "", state: "veryHidden"),
        ])
        let path = try write(file.bytes)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(
            try Workbook(path).sheets.map { "\($0.name) \($0.isHidden)" } == ["A false", "B true", "C true"])
    }
}

/// By gzip, whose frame holds what a zip archive says of its content.
private func deflated(_ name: String, _ content: [UInt8]) throws -> StoredZip.Member {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-9", "-n", "-c", try write(content)]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let packed = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    try FileManager.default.removeItem(atPath: process.arguments!.last!)
    let checksum = packed.suffix(8).prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return StoredZip.Member(
        name, deflated: Array(packed.dropFirst(10).dropLast(8)), size: content.count, checksum: checksum)
}

private func compound(_ name: String) -> [UInt8] {
    [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] + [UInt8](repeating: 0, count: 1016)
        + name.utf16.flatMap { [UInt8($0), 0] } + [0, 0]
}

private func write(_ bytes: [UInt8]) throws -> String {
    let path = NSTemporaryDirectory() + "pulih-workbook-" + UUID().uuidString
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
}

private func cells(_ file: WorkbookFile) throws -> [String] { try cells(file.bytes) }

/// Each cell of the first sheet as `A1 text remark`; `/` ends a row.
@discardableResult
private func cells(_ bytes: [UInt8]) throws -> [String] {
    let path = try write(bytes)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let workbook = try Workbook(path)
    let cells = Cells()
    let reader = try workbook.reader(of: workbook.sheets[0], into: cells)
    while try reader.step() {}
    return cells.found
}

final class Cells: CellSink {
    var found: [String] = []
    private var row = 0

    func beginRow(_ row: Int) throws { self.row = row }
    func endRow() throws { found.append("/") }

    func cell(_ column: Int, _ text: UnsafeBufferPointer<UInt8>, _ remark: CellRemark?) throws {
        let shown = String(decoding: text, as: UTF8.self)
        found.append("\(CellName.column(column))\(row) \(shown)\(remark.map { " \($0)" } ?? "")")
    }

    func missing(_ column: Int, _ remark: CellRemark) throws {
        found.append("\(CellName.column(column))\(row) - \(remark)")
    }
}

extension String {
    fileprivate func replacing(_ pattern: String, with other: String, options: String.CompareOptions)
        -> String
    {
        replacingOccurrences(of: pattern, with: other, options: options)
    }
}
