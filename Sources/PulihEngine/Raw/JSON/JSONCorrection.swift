internal import PulihJSON
internal import PulihModel

/// A record that a person corrected as JSON: as it stood in the file, where it could not be read.
enum JSONCorrection {
    enum Outcome {
        /// The record as text.
        case record(String)
        case problem(String)
    }

    static func isJSON(_ text: String) -> Bool { Blanks.trim(text).hasPrefix("{") }

    /// - Parameters:
    ///   - names: the header of the raw file's text.
    ///   - place: of the record.
    static func read(_ text: String, _ layout: JSONLayout, names: [String], place: String) throws -> Outcome {
        var layout = layout
        guard layout.columns.allSatisfy({ $0.path.base == .record }), layout.records.last != .members else {
            return .problem(
                "the record needs values that stand around it: correct it as text, the fields "
                    + names.joined(separator: ", "))
        }
        layout.isLines = false
        layout.records = []
        layout.condition = nil
        layout.failure = nil
        do {
            let table = try JSONTable(layout)
            let survey = try walk(text, table, layout, isSurvey: true)
            try read(survey)
            table.commitPending()
            if let odd = table.seenNames.first(where: { !names.contains($0) }) {
                let known = names.dropLast().joined(separator: ", ")
                throw JSONShape("'\(odd)' is in no other record of the file, which has \(known)")
            }
            let walk = try walk(text, table, layout, isSurvey: false)
            walk.stamp = survey.stamp
            table.setHeader(names.dropLast())
            walk.begin(place)
            try read(walk)
            return .record(String(decoding: walk.out.dropLast(), as: UTF8.self))
        } catch {
            switch error {
            case let failure as JSONFailure: return .problem("the corrected text: \(failure.description)")
            case let shape as JSONShape: return .problem("the corrected text: \(shape.message)")
            default: throw error
            }
        }
    }

    private static func walk(_ text: String, _ table: JSONTable, _ layout: JSONLayout, isSurvey: Bool) throws
        -> JSONWalk
    {
        var rest = Array(text.utf8)[...]
        let input = try JSONInput(longest: JSONRecords.longestRecord) { block in
            let count = min(block.count, rest.count)
            for (index, byte) in rest.prefix(count).enumerated() { block[index] = byte }
            rest = rest.dropFirst(count)
            return count
        }
        return JSONWalk(input, table, layout, isSurvey: isSurvey)
    }

    private static func read(_ walk: JSONWalk) throws {
        while try walk.readNext() {}
        try walk.finish()
        if let damage = walk.damage { throw JSONShape(damage) }
    }
}
