internal import PulihModel

/// The CSV file that `quarantine export` writes and a person corrects.
enum CorrectionFile {
    private static let longest = 16 << 20

    static func read(_ path: String) throws -> [Correction] {
        let format = RecordFormat()
        let splitter = FieldSplitter(CSVFormat(format.dialect))
        var corrections: [Correction] = []
        var places: Places?
        try RecordPass(path: path, format: format, limit: longest).run { record in
            let fields = splitter.fields(of: record.text)
            if record.ordinal == 0 {
                places = try Places(fields, path)
                return true
            }
            guard let places else { return false }
            guard record.damage == nil, !record.isCut else {
                throw refusal(path, record.line, "its quotes do not match")
            }
            guard fields.count > places.last else {
                throw refusal(path, record.line, "it has only \(fields.count) fields")
            }
            guard let number = Int(Blanks.trim(fields[places.record])), number > 0 else {
                throw refusal(path, record.line, "'\(fields[places.record])' is no number of a record")
            }
            corrections.append(
                Correction(file: fields[places.file], record: number, text: fields[places.text]))
            return true
        }
        guard places != nil else { throw refusal(path, 1, "the file is empty") }
        return corrections
    }

    private struct Places {
        var file: Int
        var record: Int
        var text: Int
        var last: Int { max(file, record, text) }

        init(_ header: [String], _ path: String) throws {
            func place(_ name: String) throws -> Int {
                guard let place = header.firstIndex(where: { Blanks.trim($0).lowercased() == name }) else {
                    throw refusal(path, 1, "the column \(name) is missing")
                }
                return place
            }
            file = try place("file")
            record = try place("record")
            text = try place("raw_text")
        }
    }

    private static func refusal(_ path: String, _ line: Int, _ problem: String) -> PulihError {
        PulihError(
            .data, "\(path):\(line): \(problem)", object: path, leftBehind: "nothing was changed",
            hint: "keep the columns file, record and raw_text as 'pulih quarantine export' wrote them")
    }
}
