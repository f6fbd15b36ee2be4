internal import PulihModel

/// Proposes how to read a file of text: dialect from its beginning, types from all of it.
struct CSVProposal {
    let table: TableProfile

    func make(_ beginning: FileBeginning) throws -> FileProposal {
        let guess = DialectGuess(beginning.text(beginning.encoding), encoding: beginning.encoding)
        // Bytes further on may be no UTF-8.
        let mayBeOther = beginning.encoding == .utf8
        if let proposal = try read(guess, mayBeOtherEncoding: mayBeOther) { return proposal }
        let other = DialectGuess(beginning.text(.windows1252), encoding: .windows1252)
        guard let proposal = try read(other, mayBeOtherEncoding: false) else {
            preconditionFailure("no other encoding was asked for")
        }
        return proposal
    }

    private func read(_ guess: DialectGuess, mayBeOtherEncoding: Bool) throws -> FileProposal? {
        try table.read(
            RecordFormat(.csv, guess.dialect), names: guess.positional, remarks: guess.remarks,
            mayBeOtherEncoding: mayBeOtherEncoding)
    }
}

/// Proposes which files of a zip archive are read as one delivery, and how.
struct MembersProposal {
    let table: TableProfile

    /// - Parameter files: of the archive, in its order; at least one.
    func make(_ files: [String]) throws -> FileProposal {
        let (pattern, matching) = Self.pattern(files)
        let beginning = try FileBeginning(table.path, member: matching[0])
        let kind = FileKind(beginning)
        guard kind == .text else {
            throw refusal(
                "\(matching[0]) in \(table.path) is \(kind.words), and 'unpack' reads members that are CSV",
                hint:
                    "have its files delivered by themselves; 'pulih infer' of one of them proposes how to read it"
            )
        }
        let guess = DialectGuess(beginning.text(beginning.encoding), encoding: beginning.encoding)
        guard beginning.encoding == .utf8, guess.dialect.skipLines == 0 else {
            let why =
                beginning.encoding == .utf8
                ? "has \(guess.dialect.skipLines) line(s) above its table"
                : "is in \(beginning.encoding.rawValue)"
            throw refusal(
                "\(matching[0]) in \(table.path) \(why), and members are read in utf-8 without lines to skip",
                hint: "have its files delivered by themselves, or packed one by one")
        }
        var format = RecordFormat(.csv, guess.dialect)
        format.unpacking.members = pattern
        var remarks = ["the \(matching.count) file(s) that match \(pattern) are read as one delivery"]
        let others = files.filter { !matching.contains($0) }
        if !others.isEmpty {
            let shown = others.prefix(3).joined(separator: ", ") + (others.count > 3 ? ", …" : "")
            remarks.append("\(others.count) other file(s) of the archive are left out: \(shown)")
        }
        return try table.read(format, remarks: remarks + guess.remarks)
    }

    /// Files with the ending that most of them have.
    private static func pattern(_ files: [String]) -> (pattern: String, matching: [String]) {
        var counts: [String: Int] = [:]
        for file in files { counts[ending(file), default: 0] += 1 }
        let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
        let literal = String(most.map { "*?[]\\".contains($0) ? "?" : $0 })
        return ("*" + literal, files.filter { most.isEmpty || ending($0) == most })
    }

    private static func ending(_ file: String) -> String {
        let name = file.split(separator: "/").last ?? ""
        return name.lastIndex(of: ".").map { String(name[$0...]).lowercased() } ?? ""
    }

    private func refusal(_ problem: String, hint: String) -> PulihError {
        PulihError(
            .data, problem, object: table.path, leftBehind: "nothing was proposed", hint: hint)
    }
}
