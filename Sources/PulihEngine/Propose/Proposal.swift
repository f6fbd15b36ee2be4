internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem

/// Looks at a file and proposes how to configure it: dialect from its beginning, types from all of it.
struct Proposal {
    let session: DuckDBSession
    let path: String
    let shapes: ShapeCache
    let workFolder: String

    private static let beginning = 256 << 10

    func make() throws -> FileProposal {
        let guess = try self.guess(nil)
        if let proposal = try profile(guess, mayBeOtherEncoding: guess.dialect.encoding == .utf8) {
            return proposal
        }
        // Bytes further on were no UTF-8.
        return try profile(try self.guess(.windows1252), mayBeOtherEncoding: false)!
    }

    private func guess(_ encoding: TextEncoding?) throws -> DialectGuess {
        var raw: [UInt8] = []
        func keep(_ block: UnsafeRawBufferPointer) {
            raw.append(contentsOf: block.prefix(max(0, Self.beginning - raw.count)))
        }
        try RawReader(path, RecordFormat(.csv, CSVDialect(encoding: .latin1))).forEachBlock(raw: keep) {
            block, _ in
            raw.count < Self.beginning ? block.count : nil
        }
        let encoding = encoding ?? Self.encoding(of: raw)
        var text: [UInt8] = []
        var decoder = TextDecoder(encoding)
        let mark =
            raw.starts(with: [0xEF, 0xBB, 0xBF])
            ? 3 : encoding == .utf16LE || encoding == .utf16BE ? Self.mark(raw) : 0
        raw.withUnsafeBufferPointer {
            decoder.decode(
                UnsafeBufferPointer(rebasing: $0[min(mark, $0.count)...]), isLast: false, into: &text)
        }
        // A record that the sample cuts tells nothing.
        if raw.count >= Self.beginning, let last = text.lastIndex(of: ASCII.lineFeed) {
            text.removeSubrange((last + 1)...)
        }
        return DialectGuess(text, encoding: encoding)
    }

    private static func mark(_ raw: [UInt8]) -> Int {
        raw.starts(with: [0xFF, 0xFE]) || raw.starts(with: [0xFE, 0xFF]) ? 2 : 0
    }

    private static func encoding(of raw: [UInt8]) -> TextEncoding {
        if raw.starts(with: [0xEF, 0xBB, 0xBF]) { return .utf8 }
        if raw.starts(with: [0xFF, 0xFE]) { return .utf16LE }
        if raw.starts(with: [0xFE, 0xFF]) { return .utf16BE }
        // In UTF-16 every other byte of plain text is 0.
        let zeros = raw.enumerated().reduce(into: [0, 0]) { if $1.element == 0 { $0[$1.offset % 2] += 1 } }
        if zeros[1] * 4 > raw.count { return .utf16LE }
        if zeros[0] * 4 > raw.count { return .utf16BE }
        // A character that the sample cuts is no fault.
        return (0...3).contains { String(validating: raw.dropLast($0), as: UTF8.self) != nil }
            ? .utf8 : .windows1252
    }

    /// - Returns: nil if there are bytes that are no UTF-8 and another encoding may be tried.
    private func profile(_ guess: DialectGuess, mayBeOtherEncoding: Bool) throws -> FileProposal? {
        let shape = try shapes.shape(of: path, RecordFormat(.csv, guess.dialect))
        let count = shape.header?.count ?? shape.typicalFields ?? 0
        let sources = shape.header ?? (1...max(1, count)).map { "column_\($0)" }
        guard shape.records > 0 || shape.header != nil else {
            throw PulihError(
                .data, "\(path) is empty: there is nothing to infer from", object: path,
                leftBehind: "nothing was proposed", hint: "take a file that has a header or records")
        }
        guard shape.records > 0, count > 0 else {
            return FileProposal(
                dialect: guess.dialect,
                columns: sources.map { ColumnSpec(source: $0, name: $0.lowercased(), type: .text) },
                samples: sources.map { _ in [] }, keys: [], records: 0,
                remarks: guess.remarks + ["there is no record to learn types from"])
        }
        let files = try TemporaryFiles(in: workFolder)
        let scratch = ScratchTables(session)
        let result = Result { try profile(guess, shape, sources, files, scratch, mayBeOtherEncoding) }
        let cleaning = Result {
            try scratch.dropAll()
            try files.removeAll()
        }
        let proposal = try result.get()
        try cleaning.get()
        return proposal
    }

    private func profile(
        _ guess: DialectGuess, _ shape: FileShape, _ sources: [String], _ files: TemporaryFiles,
        _ scratch: ScratchTables, _ mayBeOtherEncoding: Bool
    ) throws -> FileProposal? {
        // Every column as text, through the same ladder as a conversion.
        let texts = sources.indices.map {
            ColumnSpec(source: sources[$0], name: "c\($0)", type: .text, nulls: [])
        }
        let spec = FileSpec(
            key: FileKey(source: "infer", name: "file"), pattern: "", delivery: .full,
            perBatch: .one,
            target: "", format: RecordFormat(.csv, guess.dialect), columns: texts, drift: .fail, rules: [],
            limits: QuarantineLimits(records: nil, percent: nil), duplicates: .skip, empty: .accept,
            skips: [],
            at: SourceLine(file: path, line: 1))
        let mapping = ColumnMapping(texts, header: nil, fields: sources.count)
        let context = LoadContext(
            session: session, files: files, scratch: scratch, spec: spec, mapping: mapping, longest: 16 << 20)
        let load = try CSVLoad(
            context: context, source: path, format: RecordFormat(.csv, guess.dialect), shape: shape,
            label: "infer"
        ).run()
        var remarks = guess.remarks
        if let rejects = load.rejects {
            let wrong =
                try session.scalar(
                    """
                    SELECT count(DISTINCT line_byte_position) FROM \(SQLText.identifier(rejects)) \
                    WHERE error_type = 'INVALID ENCODING'
                    """
                ).int ?? 0
            if wrong > 0, mayBeOtherEncoding { return nil }
            remarks.append(
                "\(shape.records - load.rows) record(s) have not \(sources.count) fields or cannot be decoded"
            )
        }
        let profiles = try profiles(load.parquet, sources)
        return try proposal(guess, profiles, parquet: load.parquet, rows: load.rows, shape, remarks)
    }

    private func profiles(_ parquet: String, _ sources: [String]) throws -> [ColumnProfile] {
        let kinds = sources.indices.map { "\(ColumnProfile.kind(of: "c\($0)")) AS k\($0)" }.joined(
            separator: ", ")
        let figures = sources.indices.flatMap { ColumnProfile.figures(of: "c\($0)", kind: "k\($0)") }
        let sql = """
            SELECT \(figures.joined(separator: ", ")) \
            FROM (SELECT *, \(kinds) FROM \(ParquetSQL.read(parquet)))
            """
        let row = try session.query(sql).rows[0]
        let width = ColumnProfile.figureCount
        return sources.enumerated().map { index, source in
            ColumnProfile(source, row[(index * width)..<((index + 1) * width)])
        }
    }

    private func proposal(
        _ guess: DialectGuess, _ profiles: [ColumnProfile], parquet: String, rows: Int, _ shape: FileShape,
        _ remarks: [String]
    ) throws -> FileProposal {
        var remarks = remarks
        var names = Set<String>()
        let fields = shape.header.map(HeaderGuess.usable) ?? Array(profiles.indices)
        let columns = fields.map { field in
            let profile = profiles[field]
            let proposal = profile.proposal(
                name: Self.name(profile.source, &names), nulls: guess.dialect.nulls)
            remarks += proposal.remarks
            return proposal.column
        }
        // The estimate errs by a few percent; what comes near is counted.
        let candidates = zip(fields, columns).filter { field, _ in
            profiles[field].isComplete && profiles[field].different * 10 >= rows * 8
        }
        var keys: [String] = []
        if !candidates.isEmpty {
            let distinct = candidates.map { "count(DISTINCT c\($0.0))" }.joined(separator: ", ")
            let row = try session.query("SELECT \(distinct) FROM \(ParquetSQL.read(parquet))").rows[0]
            keys = zip(candidates, row).filter { $1.int == rows }.map { $0.0.1.name }
        }
        return FileProposal(
            dialect: guess.dialect, columns: columns, samples: samples(guess, fields), keys: keys,
            records: shape.records, remarks: remarks)
    }

    /// The first three different values of each column.
    private func samples(_ guess: DialectGuess, _ fields: [Int]) -> [[String]] {
        let records = guess.dialect.hasHeader ? guess.records.dropFirst() : guess.records[...]
        return fields.map { index in
            var seen: [String] = []
            for record in records where seen.count < 3 && index < record.count {
                if !Blanks.trim(record[index]).isEmpty, !seen.contains(record[index]) {
                    seen.append(record[index])
                }
            }
            return seen
        }
    }

    /// Lower case, letters, digits and underscores only, each name once.
    private static func name(_ source: String, _ taken: inout Set<String>) -> String {
        var name = String(
            Blanks.trim(source).lowercased().map {
                $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) ? $0 : "_"
            })
        if name.isEmpty || name.first!.isNumber { name = "c_" + name }
        var unique = name
        var number = 2
        while !taken.insert(unique).inserted {
            unique = "\(name)_\(number)"
            number += 1
        }
        return unique
    }
}
