internal import PulihModel

/// Whether the first record holds the names of the columns, and what is odd about them.
struct HeaderGuess {
    let isHeader: Bool
    private(set) var remarks: [String] = []
    /// Names for the fields of a file whose header cannot be used, because names in it are repeated, regardless of case, or
    /// several are missing: its columns go by position. nil elsewhere.
    private(set) var positional: [String]?

    /// - Parameter records: the first of the file, the one that may be the header included.
    init(_ records: [[String]]) {
        guard let first = records.first else {
            isHeader = true
            return
        }
        let names = first.map(Blanks.trim)
        var remarks = Self.oddities(names)
        let isText =
            names.allSatisfy { Self.mayBeName($0) || Self.isYear($0) }
            && names.contains { !$0.isEmpty && !Self.isYear($0) }
            && Self.areYearsNames(names, above: records.dropFirst())
        // Odd names are taken for names only where the records below are of another kind.
        isHeader = isText && (remarks.isEmpty || Self.differs(names, from: records.dropFirst()))
        if !isHeader {
            remarks = ["no header was recognized: columns are named by their position (header: false)"]
        }
        self.remarks = remarks
        if isHeader, Set(names.map { $0.lowercased() }).count < names.count {
            positional = Self.unique(names)
            self.remarks.append(
                "columns go by position, because a header is only used where every name in it stands once")
        }
    }

    /// As names of columns that stand once each.
    private static func unique(_ names: [String]) -> [String] {
        var taken = Set<String>()
        return names.enumerated().map { index, name in
            let stem = name.isEmpty ? "column_\(index + 1)" : name
            var unique = stem
            var number = 2
            while !taken.insert(unique.lowercased()).inserted {
                unique = "\(stem)_\(number)"
                number += 1
            }
            return unique
        }
    }

    /// Positions of a header's fields that a column can be declared for: those with a name that did not stand before.
    static func usable(_ header: [String]) -> [Int] {
        var seen = Set<String>()
        return header.indices.filter { !Blanks.trim(header[$0]).isEmpty && seen.insert(header[$0]).inserted }
    }

    /// No number and no date; the empty text may be a name that is missing.
    private static func mayBeName(_ text: String) -> Bool {
        let isNumeric = text.contains(where: \.isNumber) && !text.contains(where: \.isLetter)
        return !isNumeric && !["true", "false"].contains(text.lowercased())
    }

    private static func isYear(_ text: String) -> Bool {
        text.utf8.count == 4 && (text.hasPrefix("19") || text.hasPrefix("20")) && Int(text) != nil
    }

    /// Tables of figures have a column for each year: years among the names stand above values that are none.
    private static func areYearsNames(_ names: [String], above records: ArraySlice<[String]>) -> Bool {
        let years = names.indices.filter { isYear(names[$0]) }
        guard Set(years.map { names[$0] }).count == years.count else { return false }
        return years.allSatisfy { index in
            records.contains { record in
                guard record.indices.contains(index) else { return false }
                let value = Blanks.trim(record[index])
                return !value.isEmpty && !isYear(value)
            }
        }
    }

    /// In some column every value has digits, and the name has none.
    private static func differs(_ names: [String], from records: ArraySlice<[String]>) -> Bool {
        names.indices.contains { index in
            guard !names[index].isEmpty, !names[index].contains(where: \.isNumber) else { return false }
            let values = records.compactMap { $0.indices.contains(index) ? Blanks.trim($0[index]) : nil }
                .filter { !$0.isEmpty && !ColumnProfile.nullWords.contains($0) }
            return !values.isEmpty && values.allSatisfy { $0.contains(where: \.isNumber) }
        }
    }

    private static func oddities(_ names: [String]) -> [String] {
        var places: [String: [Int]] = [:]
        for (index, name) in names.enumerated() where !name.isEmpty {
            places[name.lowercased(), default: []].append(index)
        }
        var remarks = names.indices.filter { names[$0].isEmpty }.map {
            "field \($0 + 1) of the header has no name"
        }
        for fields in places.values.filter({ $0.count > 1 }).sorted(by: { $0[0] < $1[0] }) {
            let list = fields.map { String($0 + 1) }.joined(separator: ", ")
            if Set(fields.map { names[$0] }).count < fields.count {
                remarks.append(
                    "the name \(names[fields[0]]) is repeated in fields \(list) of the header")
            } else {
                let words = fields.map { names[$0] }.joined(separator: ", ")
                remarks.append("the names \(words) in fields \(list) of the header differ in case only")
            }
        }
        return remarks
    }
}
