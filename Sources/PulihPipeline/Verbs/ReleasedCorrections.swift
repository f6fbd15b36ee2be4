internal import PulihModel
internal import PulihSystem

/// Corrected records of one file: NDJSON of `{"record": n, "text": "…"}` beside its quarantine.
public enum ReleasedCorrections {
    /// Texts by record; none when nothing was released.
    /// - Throws: `damaged` naming the line; `SystemFailure`.
    public static func read(_ path: String) throws -> [Int: String] {
        guard try FileIdentity.ifPresent(path) != nil else { return [:] }
        var texts: [Int: String] = [:]
        for (index, line) in try FileReader.readText(path, limit: 1 << 30).split(separator: "\n").enumerated()
        {
            let json: JSONValue
            do {
                json = try JSONValue.parse(Array(line.utf8))
            } catch {
                throw damaged(path, line: index + 1, cause: "\(error)")
            }
            guard let record = json["record"]?.int, let text = json["text"]?.string else {
                throw damaged(path, line: index + 1, cause: nil)
            }
            texts[Int(record)] = text
        }
        return texts
    }

    /// Skipped, the line would be lost for good when the next release writes the file again.
    private static func damaged(_ path: String, line: Int, cause: String?) -> PulihError {
        PulihError(
            .damaged, "line \(line) of \(path) is no corrected record", object: path,
            leftBehind: "nothing was changed", hint: "restore the file, or release the corrections again",
            cause: cause)
    }

    /// Durable: after a crash the file holds the old corrections or the new ones.
    static func write(_ texts: [Int: String], to path: String) throws {
        let lines = texts.sorted { $0.key < $1.key }.map { record, text -> String in
            let line: JSONValue = ["record": .number(record), "text": .string(text)]
            return line.compact + "\n"
        }
        try DurableFile.write(lines.joined(), to: path)
    }
}
