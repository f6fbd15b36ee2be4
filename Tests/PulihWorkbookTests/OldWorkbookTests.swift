import Foundation
import PulihTesting
import Testing

@testable import PulihWorkbook

@Suite struct OldWorkbookTests {
    private static let cells: [OldWorkbookFile.Cell] = [
        .init(0, 0, .text("id")), .init(0, 1, .label("naïve 🍣")), .init(2, 1, .number(45356), style: 1),
        .init(2, 2, .number(45356.5), style: 2), .init(2, 3, .number(0.5), style: 3), .init(2, 0, .short(-7)),
        .init(3, 0, .number(0.1)), .init(3, 1, .truth(true)), .init(3, 2, .error(0x2A)),
        .init(3, 3, .made(2.5)),
        .init(4, 0, .madeText("made")), .init(4, 1, .madeError(0x17)),
        .init(4, 2, .number(1_234_567_890_123_456)),
        .init(4, 3, .number(-5), style: 1), .init(4, 4, .made(45356), style: 1),
    ]
    private static let formats = ["yyyy-mm-dd", "yyyy-mm-dd hh:mm", "hh:mm"]

    @Test func cellsComeOutAsThoseOfNewerWorkbooksDo() throws {
        var file = OldWorkbookFile([("Orders", false, Self.cells), ("Two", true, [])], formats: Self.formats)
        #expect(
            try read(file.bytes) == [
                "A1 id", "B1 naïve 🍣", "/", "A3 -7", "B3 2024-03-05", "C3 2024-03-05T12:00:00", "D3 12:00:00",
                "/",
                "A4 0.1", "B4 true", "C4 #N/A", "D4 2.5", "/", "A5 made", "B5 #REF!",
                "C5 1234567890123456 longNumber", "D5 -5 (no date)", "E5 2024-03-05", "/",
            ])
        file.is1904 = true
        #expect(try read(file.bytes).contains("B3 2028-03-06"))
        let path = try written(file.bytes)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(
            try OldWorkbook(path).sheets.map { "\($0.name) \($0.isHidden)" } == ["Orders false", "Two true"])
    }

    @Test func cellsComeOutByRowAndColumn() throws {
        let cells: [OldWorkbookFile.Cell] = [
            .init(3, 1, .number(4)), .init(0, 1, .number(2)), .init(3, 0, .text("old")),
            .init(0, 0, .number(1)),
            .init(3, 0, .number(3)),
        ]
        #expect(
            try read(OldWorkbookFile([("S", false, cells)]).bytes) == [
                "A1 1", "B1 2", "/", "A4 3", "B4 4", "/",
            ])
    }

    @Test(arguments: [50, 51, 64, 200]) func textsGoOnInFurtherRecords(bytes: Int) throws {
        let texts = (0..<40).map { index in "text \(index) " + String(repeating: "ä", count: index) }
        let cells = texts.enumerated().map { OldWorkbookFile.Cell($0, 0, .text($1)) }
        var file = OldWorkbookFile([(name: "S", isHidden: false, cells: cells)])
        file.stringsPerRecord = bytes
        #expect(try read(file.bytes).filter { $0 != "/" } == texts.enumerated().map { "A\($0 + 1) \($1)" })
    }

    @Test func whatIsEncryptedOrOlderOrCutIsRefused() throws {
        func failure(_ bytes: [UInt8]) throws -> WorkbookFailure {
            try #require(#expect(throws: WorkbookFailure.self) { try read(bytes) })
        }
        var file = OldWorkbookFile([("Orders", false, Self.cells)], formats: Self.formats)
        let whole = file.bytes
        for count in stride(from: 1, to: whole.count - 3_000, by: 97) {
            let kind = try failure(Array(whole[..<count])).kind
            #expect(kind == .damaged || (count < 8 && kind == .unsupported), "\(count)")
        }
        file.isEncrypted = true
        #expect(try failure(file.bytes).kind == .encrypted)
        file.isEncrypted = false
        file.version = 0x500
        #expect(try failure(file.bytes).message == "it is a workbook of Excel 95 or before")
        #expect(try failure(WorkbookFile([.init("S", "")]).bytes).hint == "write type: xlsx")
        #expect(try failure(Array("id\n1\n".utf8)).kind == .unsupported)
    }

    /// Whatever is changed, it is read or refused: it neither stops the process nor hangs.
    @Test func damageIsReadOrRefused() throws {
        let whole = OldWorkbookFile([("Orders", false, Self.cells)], formats: Self.formats).bytes
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            do { _ = try read(bytes) } catch { #expect(error is WorkbookFailure) }
        }
    }

    private func written(_ bytes: [UInt8]) throws -> String {
        let path = NSTemporaryDirectory() + "pulih-old-" + UUID().uuidString
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    @discardableResult
    private func read(_ bytes: [UInt8]) throws -> [String] {
        let path = try written(bytes)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let workbook = try OldWorkbook(path)
        let cells = Cells()
        guard let sheet = workbook.sheets.first else { return [] }
        let reader = try workbook.reader(of: sheet, into: cells)
        while try reader.step() {}
        return cells.found
    }
}
