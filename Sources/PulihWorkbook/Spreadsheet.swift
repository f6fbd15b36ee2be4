/// A workbook of whatever format.
public protocol Spreadsheet {
    /// In the order of their tabs.
    var sheets: [Sheet] { get }
    /// Reads a sheet from its beginning.
    func reader(of sheet: Sheet, into sink: any CellSink) throws -> any SheetSteps
}

/// Reads a sheet piece by piece.
public protocol SheetSteps {
    /// Hands over the next cells.
    /// - Returns: false at the end, when the sheet was found whole.
    func step() throws -> Bool
}
