internal import CPostgres

/// Owns one result of libpq.
@safe final class PostgresResult {
    private let result: OpaquePointer

    init(_ result: OpaquePointer) {
        unsafe self.result = result
    }

    deinit {
        unsafe PQclear(result)
    }

    private var status: ExecStatusType { unsafe PQresultStatus(result) }

    var hasRows: Bool { [PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE].contains(status) }
    var isCopy: Bool { [PGRES_COPY_IN, PGRES_COPY_OUT].contains(status) }
    var rowCount: Int { unsafe Int(PQntuples(result)) }

    /// The corresponding C function is `PQcmdTuples`.
    var affected: Int { unsafe PQcmdTuples(result).flatMap { unsafe Int(String(cString: $0)) } ?? 0 }

    func failure(_ statement: String?) -> PostgresFailure? {
        guard [PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE].contains(status) else { return nil }
        return unsafe ResultFields(result).failure(statement: statement)
    }

    func columns() -> [PostgresColumn] {
        (0..<(unsafe PQnfields(result))).map { index in
            PostgresColumn(
                name: unsafe PQfname(result, index).map { unsafe String(cString: $0) } ?? "",
                type: unsafe PQftype(result, index), modifier: unsafe PQfmod(result, index))
        }
    }

    func row(_ row: Int, _ columns: [PostgresColumn]) -> PostgresRow {
        let texts = columns.indices.map { column -> String? in
            let (row, column) = (Int32(row), Int32(column))
            guard unsafe PQgetisnull(result, row, column) == 0 else { return nil }
            let bytes = unsafe UnsafeRawBufferPointer(
                start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
            return unsafe String(decoding: bytes, as: UTF8.self)
        }
        return PostgresRow(columns: columns, texts: texts)
    }
}
