/// A small workbook of Excel's format, part by part.
public struct WorkbookFile {
    public struct Sheet {
        public var name: String
        /// What stands between `<sheetData>` and its end.
        public var rows: String
        /// `hidden`, `veryHidden`.
        public var state: String?

        public init(_ name: String, _ rows: String, state: String? = nil) {
            self.name = name
            self.rows = rows
            self.state = state
        }
    }

    public var sheets: [Sheet]
    /// `<si>` elements; nil: there is no such part.
    public var strings: [String]?
    /// Format codes of the styles 1, 2, …; style 0 is General.
    public var formats: [String] = []
    public var is1904 = false
    public var isStrict = false
    /// Before each element of a sheet.
    public var namespacePrefix = ""

    public init(_ sheets: [Sheet], strings: [String]? = nil, formats: [String] = []) {
        self.sheets = sheets
        self.strings = strings
        self.formats = formats
    }

    /// Rows of texts and numbers as inline strings and values; nil is a missing cell, `=` before a text a number.
    public static func rows(_ cells: [[String?]]) -> String {
        cells.enumerated().map { row, values in
            let shown = values.enumerated().map { column, value in
                let name = "\(Character(Unicode.Scalar(UInt8(65 + column))))\(row + 1)"
                guard let value else { return "" }
                if value.hasPrefix("=") { return "<c r=\"\(name)\"><v>\(value.dropFirst())</v></c>" }
                return "<c r=\"\(name)\" t=\"inlineStr\"><is><t>\(value)</t></is></c>"
            }
            return "<row r=\"\(row + 1)\">\(shown.joined())</row>"
        }.joined()
    }

    public var bytes: [UInt8] { StoredZip.bytes(of: parts.map { ($0.name, Array($0.text.utf8)) }) }

    public var parts: [(name: String, text: String)] {
        let types = isStrict ? "http://purl.oclc.org/ooxml/officeDocument/relationships/" : Self.transitional
        var related = sheets.indices.map { ("s\($0 + 1)", "worksheet", "worksheets/sheet\($0 + 1).xml") }
        related.append(("styles", "styles", "styles.xml"))
        if strings != nil { related.append(("strings", "sharedStrings", "sharedStrings.xml")) }
        var parts = [
            ("_rels/.rels", Self.relationships([("r1", "officeDocument", "xl/workbook.xml")], types)),
            ("xl/workbook.xml", workbook), ("xl/_rels/workbook.xml.rels", Self.relationships(related, types)),
            ("xl/styles.xml", styles),
        ]
        if let strings {
            parts.append(
                ("xl/sharedStrings.xml", Self.head + "<sst xmlns=\"\(main)\">\(strings.joined())</sst>"))
        }
        for (index, sheet) in sheets.enumerated() {
            let p = namespacePrefix
            let space = p.isEmpty ? "xmlns" : "xmlns:\(p.dropLast())"
            parts.append(
                (
                    "xl/worksheets/sheet\(index + 1).xml",
                    Self.head
                        + "<\(p)worksheet \(space)=\"\(main)\"><\(p)dimension ref=\"A1\"/><\(p)sheetData>\(sheet.rows)</\(p)sheetData></\(p)worksheet>"
                ))
        }
        return parts.map { (name: $0.0, text: $0.1) }
    }

    private static let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
    private static let transitional = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

    private var main: String {
        isStrict
            ? "http://purl.oclc.org/ooxml/spreadsheetml/main"
            : "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    }

    private var workbook: String {
        let entries = sheets.enumerated().map { index, sheet in
            "<sheet name=\"\(sheet.name)\" sheetId=\"\(index + 1)\"\(sheet.state.map { " state=\"\($0)\"" } ?? "") r:id=\"s\(index + 1)\"/>"
        }
        return Self.head
            + "<workbook xmlns=\"\(main)\" xmlns:r=\"\(Self.transitional)\"><workbookPr\(is1904 ? " date1904=\"1\"" : "")/>"
            + "<sheets>\(entries.joined())</sheets></workbook>"
    }

    private var styles: String {
        let numbered = formats.enumerated().map {
            "<numFmt numFmtId=\"\(164 + $0)\" formatCode=\"\($1.replacing("\"", with: "&quot;"))\"/>"
        }
        let cells = formats.indices.map { "<xf numFmtId=\"\(164 + $0)\"/>" }
        return Self.head
            + "<styleSheet xmlns=\"\(main)\"><numFmts>\(numbered.joined())</numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
            + "<cellXfs><xf numFmtId=\"0\"/>\(cells.joined())</cellXfs><dxfs><dxf><numFmt numFmtId=\"164\" formatCode=\"0\"/></dxf></dxfs></styleSheet>"
    }

    private static func relationships(_ related: [(String, String, String)], _ types: String) -> String {
        head + "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
            + related.map { "<Relationship Id=\"\($0.0)\" Type=\"\(types)\($0.1)\" Target=\"\($0.2)\"/>" }
            .joined()
            + "</Relationships>"
    }
}
