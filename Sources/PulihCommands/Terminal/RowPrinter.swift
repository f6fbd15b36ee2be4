internal import PulihModel
internal import PulihSystem
internal import Synchronization

/// Prints rows as they come. A table is measured over its first rows; memory stays bounded for any result.
final class RowPrinter: Sendable {
    enum Format { case table, csv, json }

    private static let measured = 500
    private static let widest = 60

    private struct State {
        var count = 0
        var buffered: [[String]] = []
        var widths: [Int]?
        var columns: [QueryColumn] = []
    }
    private let state = Mutex(State())
    private let format: Format

    init(_ format: Format) {
        self.format = format
    }

    func row(_ row: QueryRow) {
        state.withLock { state in
            if state.count == 0 { begin(row.columns, &state) }
            state.count += 1
            switch format {
            case .csv: Output.standard.line(CSVText.line(row.values.map { $0 ?? "" }))
            case .json:
                Output.standard.write((state.count == 1 ? "\n  " : ",\n  ") + RowPrinter.json(row).compact)
            case .table:
                state.buffered.append(row.values.map(RowPrinter.cell))
                if state.widths != nil || state.buffered.count >= RowPrinter.measured { flush(&state) }
            }
        }
    }

    /// - Parameter columns: for a result without rows, whose header is printed all the same.
    func end(_ columns: [QueryColumn]) {
        state.withLock { state in
            if state.count == 0 { begin(columns, &state) }
            switch format {
            case .csv: break
            case .json: Output.standard.line(state.count == 0 ? "]" : "\n]")
            case .table:
                flush(&state)
                Output.standard.line("(\(Columns.plural(state.count, "row")))")
            }
        }
    }

    /// Ends a result that a failure cut short.
    /// - Returns: whether anything was printed, so that a second JSON value on stdout would be one too many.
    func abandon() -> Bool {
        state.withLock { state in
            if state.count > 0 {
                if format == .json { Output.standard.line("\n]") }
                if format == .table { flush(&state) }
            }
            return state.count > 0
        }
    }

    private func begin(_ columns: [QueryColumn], _ state: inout State) {
        state.columns = columns
        switch format {
        case .csv: Output.standard.line(CSVText.line(columns.map(\.name)))
        case .json: Output.standard.write("[")
        case .table: break
        }
    }

    private func flush(_ state: inout State) {
        let names = state.columns.map(\.name)
        var widths = state.widths ?? []
        if state.widths == nil {
            widths = names.indices.map { index in
                min(
                    RowPrinter.widest,
                    max(names[index].count, state.buffered.map { $0[index].count }.max() ?? 0))
            }
            Output.standard.line(line(names, widths, state.columns))
            Output.standard.line(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "))
            state.widths = widths
        }
        for cells in state.buffered { Output.standard.line(line(cells, widths, state.columns)) }
        state.buffered = []
    }

    private func line(_ cells: [String], _ widths: [Int], _ columns: [QueryColumn]) -> String {
        var text = ""
        for (index, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: max(0, widths[index] - cell.count))
            text += columns[index].kind == .number ? padding + cell : cell + padding
            if index < cells.count - 1 { text += "  " }
        }
        while text.last == " " { text.removeLast() }
        return text
    }

    private static func cell(_ value: String?) -> String {
        (value ?? "NULL").replacing("\n", with: "\\n")
    }

    private static func json(_ row: QueryRow) -> JSONValue {
        .object(
            zip(row.columns, row.values).map { column, value in
                guard let value else { return JSONMember(column.name, .null) }
                switch column.kind {
                case .boolean: return JSONMember(column.name, .bool(value == "true"))
                case .number:
                    if let number = Int64(value) { return JSONMember(column.name, .int(number)) }
                    // A number that a double cannot hold exactly stays text, so that no digit is lost.
                    if let number = Double(value), number.isFinite, exact(number, value) {
                        return JSONMember(column.name, .double(number))
                    }
                    return JSONMember(column.name, .string(value))
                case .json:
                    if let json = try? JSONValue.parse(Array(value.utf8)) {
                        return JSONMember(column.name, json)
                    }
                    return JSONMember(column.name, .string(value))
                case .text: return JSONMember(column.name, .string(value))
                }
            })
    }

    private static func exact(_ number: Double, _ text: String) -> Bool {
        text.filter(\.isNumber).count <= 15 || String(number) == text
    }
}

/// One line of CSV by RFC 4180.
enum CSVText {
    static func line(_ fields: [String]) -> String {
        fields.map(field).joined(separator: ",")
    }

    private static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else {
            return text
        }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
