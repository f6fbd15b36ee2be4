import PulihModel
import PulihPostgres
import PulihSystem

/// A COPY that the server ended, with the rows it was about.
struct CopyFault: Error {
    let failure: PostgresFailure
    /// The DuckDB SELECT whose rows were copied.
    let relation: String

    /// The row at fault, from 1, and the column, where the server tells it.
    ///
    /// The server writes `COPY crm_cust__BATCH000014, line 3, column id` in its own language.
    var place: (row: Int, column: String?)? {
        guard isOfValues, let context = failure.context?.split(separator: "\n").first else { return nil }
        let parts = context.split(separator: ", ")
        for (index, part) in parts.enumerated().dropFirst() {
            guard let row = part.split(separator: " ").compactMap({ Int($0) }).first else { continue }
            let column = parts.dropFirst(index + 1).first?.split(separator: " ").last.map(String.init)
            return (row, column)
        }
        return nil
    }

    /// Values or constraints are to blame.
    var isOfValues: Bool { ["22", "23"].contains { failure.sqlState.hasPrefix($0) } }

    /// The record's number in the raw file; nil when it cannot be found any more.
    func record(_ source: any BinaryCopySource) async -> Int? {
        guard let place else { return nil }
        let row = """
            SELECT CAST(\(Lineage.row) AS BIGINT) FROM \(SQLText.subquery(relation)) AS r
            LIMIT 1 OFFSET \(place.row - 1)
            """
        do {
            let bytes = try await RowStream.from(source, row) { stream in
                try await BlockingWork.run { try stream.bytes() }
            }
            // Signature, flags and extension (19 bytes), the number of fields (2), the field's size (4), the field.
            guard bytes.count >= 33 else { return nil }
            return Int(bytes[25..<33].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        } catch {
            return nil
        }
    }
}
