internal import PulihModel
internal import PulihWorkbook

/// Proposes a file of its own for each sheet of a workbook that holds a table.
struct WorkbookProposal {
    let table: TableProfile
    /// Of Excel 97 to 2003.
    let isOld: Bool

    private struct Found {
        let sheet: Sheet
        let guess: SheetGuess
    }

    func make() throws -> [FileProposal] {
        let workbook: any Spreadsheet = isOld ? try OldWorkbook(table.path) : try Workbook(table.path)
        let visible = workbook.sheets.filter { !$0.isHidden && $0.isTable }
        let found = try visible.compactMap { sheet in
            try guess(sheet, workbook).map { Found(sheet: sheet, guess: $0) }
        }
        let chosen = Self.choose(found)
        guard !chosen.isEmpty else {
            throw PulihError(
                .data, "no sheet of \(table.path) that a person sees holds a table", object: table.path,
                leftBehind: "nothing was proposed",
                hint: "sheets that are hidden are read when they are named")
        }
        var proposals = try chosen.map { found in
            var layout = found.guess.layout
            if visible.count > 1 { layout.sheet = .name(found.sheet.name) }
            let dialect = CSVDialect(hasHeader: found.guess.hasHeader)
            // Excel holds numbers as binary ones of 15 digits.
            var proposal = try table.read(
                RecordFormat(isOld ? .xls(layout) : .xlsx(layout), dialect),
                names: found.guess.positional,
                limits: ColumnProfile.Limits(identifierDigits: 15, mostPlaces: 9),
                remarks: found.guess.remarks)
            if chosen.count > 1 { proposal.table = found.sheet.name }
            return proposal
        }
        proposals[0].remarks =
            Self.leftOut(workbook.sheets, chosen.map(\.sheet.name)) + proposals[0].remarks
        return proposals
    }

    private func guess(_ sheet: Sheet, _ workbook: any Spreadsheet) throws -> SheetGuess? {
        let scout = SheetScout()
        let reader = try workbook.reader(of: sheet, into: scout)
        while !scout.isFull, try reader.step() { try Task.checkCancellation() }
        return SheetGuess(scout.rows)
    }

    /// Sheets with a header of several columns; where there is none, those with records, and at last any that is not empty.
    private static func choose(_ found: [Found]) -> [Found] {
        let tables = found.filter {
            ($0.guess.hasHeader || $0.guess.positional != nil) && $0.guess.hasRecords && $0.guess.columns > 1
        }
        guard tables.isEmpty else { return tables }
        let records = found.filter(\.guess.hasRecords)
        return records.isEmpty ? found : records
    }

    private static func leftOut(_ sheets: [Sheet], _ chosen: [String]) -> [String] {
        sheets.filter { !chosen.contains($0.name) }.map { sheet in
            let why =
                sheet.isHidden ? "is hidden" : sheet.isTable ? "holds no table with a header" : "is a chart"
            return "the sheet '\(sheet.name)' \(why) and is left out"
        }
    }
}
