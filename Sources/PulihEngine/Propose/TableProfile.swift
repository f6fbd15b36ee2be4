internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem

/// Learns the columns of a table from all of its records, whatever format they come in.
struct TableProfile {
    let session: DuckDBSession
    let path: String
    let shapes: ShapeCache
    let workFolder: String

    /// Rows from which sample values are taken.
    private static let sampled = 200

    /// - Parameters:
    ///   - format: as it is to be proposed.
    ///   - names: of the columns of a file whose header is not used; nil: numbers.
    ///   - limits: what numbers may be.
    ///   - remarks: those that come first.
    func read(
        _ format: RecordFormat, names: [String]? = nil, limits: ColumnProfile.Limits = .init(),
        remarks: [String] = []
    ) throws -> FileProposal {
        let proposal = try read(
            format, names: names, limits: limits, remarks: remarks, mayBeOtherEncoding: false)
        guard let proposal else { preconditionFailure("no other encoding was asked for") }
        return proposal
    }

    /// - Returns: nil if there are bytes that are no UTF-8 and another encoding may be tried.
    func read(
        _ format: RecordFormat, names: [String]?, limits: ColumnProfile.Limits = .init(), remarks: [String],
        mayBeOtherEncoding: Bool
    ) throws -> FileProposal? {
        let shape = try shapes.shape(of: path, format)
        let count = shape.header?.count ?? shape.typicalFields ?? 0
        let sources =
            shape.header
            ?? (0..<max(1, count)).map { index in
                names.flatMap { index < $0.count ? $0[index] : nil } ?? "column_\(index + 1)"
            }
        // The place of a record is no column of the file.
        let own = sources.count - (format.hasPlaces ? 1 : 0)
        guard shape.records > 0 || shape.header != nil, own > 0 else {
            throw PulihError(
                .data, "\(path) is empty: there is nothing to infer from", object: path,
                leftBehind: "nothing was proposed", hint: "take a file that has a header or records")
        }
        guard shape.records > 0, count > 0 else {
            return FileProposal(
                format: format,
                columns: sources.prefix(own).map {
                    ColumnSpec(source: $0, name: $0.lowercased(), type: .text)
                },
                samples: (0..<own).map { _ in [] }, keys: [], records: 0,
                remarks: remarks + ["there is no record to learn types from"])
        }
        let files = try TemporaryFiles(in: workFolder)
        let scratch = ScratchTables(session)
        let result = Result {
            try read(
                Source(format: format, shape: shape, names: sources, own: own), limits, files, scratch,
                remarks, mayBeOtherEncoding)
        }
        let cleaning = Result {
            try scratch.dropAll()
            try files.removeAll()
        }
        let proposal = try result.get()
        try cleaning.get()
        return proposal
    }

    private struct Source {
        let format: RecordFormat
        let shape: FileShape
        /// Of all fields.
        let names: [String]
        /// Fields that are columns of the file.
        let own: Int

        var isJSON: Bool { format.type.section == "json" }
    }

    private func read(
        _ source: Source, _ limits: ColumnProfile.Limits, _ files: TemporaryFiles, _ scratch: ScratchTables,
        _ remarks: [String], _ mayBeOtherEncoding: Bool
    ) throws -> FileProposal? {
        // Every column as text, through the same ladder as a conversion.
        let texts = source.names.indices.map {
            ColumnSpec(source: source.names[$0], name: "c\($0)", type: .text, nulls: [])
        }
        let spec = FileSpec(
            key: FileKey(source: "infer", name: "file"), pattern: "", delivery: .full,
            perBatch: .one,
            target: "", format: source.format, columns: texts, drift: .fail, rules: [],
            limits: QuarantineLimits(records: nil, percent: nil), duplicates: .skip, empty: .accept,
            skips: [],
            at: SourceLine(file: path, line: 1))
        let mapping = ColumnMapping(texts, header: nil, fields: source.names.count)
        let context = LoadContext(
            session: session, files: files, scratch: scratch, spec: spec, mapping: mapping, longest: 16 << 20)
        let load = try CSVLoad(
            context: context, source: path, format: source.format, shape: source.shape, label: "infer"
        ).run()
        var remarks = remarks + source.shape.remarks
        if let rejects = load.rejects {
            let wrong =
                try session.scalar(
                    """
                    SELECT count(DISTINCT line_byte_position) FROM \(SQLText.identifier(rejects)) \
                    WHERE error_type = 'INVALID ENCODING'
                    """
                ).int ?? 0
            if wrong > 0, mayBeOtherEncoding { return nil }
        }
        let lost = source.shape.records - load.rows
        if lost > 0 {
            remarks.append(
                source.isJSON
                    ? "\(lost) record(s) cannot be read and go to quarantine"
                    : "\(lost) record(s) have not \(source.own) fields or cannot be decoded")
        }
        return try proposal(source, limits, parquet: load.parquet, rows: load.rows, remarks)
    }

    private func proposal(
        _ source: Source, _ limits: ColumnProfile.Limits, parquet: String, rows: Int, _ remarks: [String]
    ) throws -> FileProposal {
        var remarks = remarks
        var names = Set<String>()
        let all = Array(source.names.prefix(source.own))
        let profiles = try profiles(parquet, all)
        let fields = source.shape.header == nil ? Array(all.indices) : HeaderGuess.usable(all)
        let columns = fields.map { field in
            let profile = profiles[field]
            let proposal = profile.proposal(
                name: Self.name(source.isJSON ? Self.words(profile.source) : profile.source, &names),
                nulls: source.format.dialect.nulls, limits)
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
        var proposal = FileProposal(
            format: source.format, columns: columns, samples: try samples(parquet, fields), keys: keys,
            records: source.shape.records, remarks: remarks)
        if fields.count < all.count {
            proposal.drift = .ignoreExtra
            proposal.remarks.append("what has no name is left out (drift: ignore_extra)")
        }
        return proposal
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

    /// The first three different values of each column.
    private func samples(_ parquet: String, _ fields: [Int]) throws -> [[String]] {
        guard !fields.isEmpty else { return [] }
        let columns = fields.map { "c\($0)" }.joined(separator: ", ")
        let rows = try session.query(
            "SELECT \(columns) FROM \(ParquetSQL.read(parquet)) LIMIT \(Self.sampled)"
        ).rows
        return fields.indices.map { index in
            var seen: [String] = []
            for row in rows where seen.count < 3 {
                guard let value = row[index].string, !Blanks.trim(value).isEmpty, !seen.contains(value)
                else { continue }
                seen.append(value)
            }
            return seen
        }
    }

    /// Of a path: `address_city` for `address.city`.
    private static func words(_ path: String) -> String {
        path.split { ".[]\"^$".contains($0) }.joined(separator: "_")
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
