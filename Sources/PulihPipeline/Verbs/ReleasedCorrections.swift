internal import PulihModel
internal import PulihSystem

/// Corrected records of one file: NDJSON of `{"record": n, "text": "…"}` beside its quarantine.
public enum ReleasedCorrections {
    /// Texts by record; none when nothing was released.
    /// - Throws: `SystemFailure`, or Foundation's error for a line that is no JSON.
    public static func read(_ path: String) throws -> [Int: String] {
        guard try FileIdentity.ifPresent(path) != nil else { return [:] }
        var texts: [Int: String] = [:]
        for line in try FileReader.readText(path, limit: 1 << 30).split(separator: "\n") {
            let json = try JSONValue.parse(Array(line.utf8))
            if let record = json["record"]?.int, let text = json["text"]?.string { texts[Int(record)] = text }
        }
        return texts
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
