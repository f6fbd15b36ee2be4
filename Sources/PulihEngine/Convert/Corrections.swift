internal import PulihModel
internal import PulihSystem

/// Corrected records of a file, as `quarantine release` leaves them: one JSON object per line.
struct Corrections {
    /// By ordinal in the raw file.
    let texts: [Int: String]

    private static let limit = 1 << 30

    /// - Returns: nil without a file or with an empty one.
    /// - Throws: `damaged` naming the line.
    static func read(_ path: String?) throws -> Corrections? {
        guard let path, try FileIdentity.ifPresent(path) != nil else { return nil }
        var texts: [Int: String] = [:]
        let lines = try FileReader.readText(path, limit: limit).split(separator: "\n")
        for (index, line) in lines.enumerated() {
            let value: JSONValue
            do {
                value = try JSONValue.parse(Array(line.utf8))
            } catch {
                throw damaged(path, line: index + 1, cause: "\(error)")
            }
            guard let record = value["record"]?.int, record > 0, let text = value["text"]?.string else {
                throw damaged(path, line: index + 1, cause: nil)
            }
            texts[Int(record)] = text
        }
        return texts.isEmpty ? nil : Corrections(texts: texts)
    }

    private static func damaged(_ path: String, line: Int, cause: String?) -> PulihError {
        PulihError(
            .damaged, "line \(line) of \(path) is no corrected record", object: path,
            leftBehind: "nothing was converted", hint: "restore the file, or release the corrections again",
            cause: cause)
    }
}
