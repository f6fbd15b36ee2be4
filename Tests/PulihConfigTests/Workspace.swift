import Foundation
import PulihConfig
import PulihModel
import Testing

/// A workspace in a folder of its own, removed at the end.
final class Workspace {
    let folder: String

    /// - Parameter files: text by path.
    init(_ files: [String: String]) throws {
        folder = NSTemporaryDirectory() + "pulih-config-\(UUID().uuidString)"
        for (path, text) in files {
            let url = URL(fileURLWithPath: "\(folder)/\(path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
    }

    /// - Parameter models: text by path below `sql/`.
    convenience init(yaml: String = Workspace.yaml(), models: [String: String] = [:]) throws {
        var files = Dictionary(uniqueKeysWithValues: models.map { ("sql/\($0.key)", $0.value) })
        files["pulih.yml"] = yaml
        try self.init(files)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func load() throws -> Configuration { try ConfigurationLoader.load(workspace: folder, cores: 3) }

    /// What is wrong, a line each; empty when all is well.
    func problems() throws -> [String] {
        do {
            _ = try load()
            return []
        } catch let errors as ConfigurationErrors {
            return errors.problems.map(\.description)
        }
    }

    /// A workspace of one file, `crm.cust_info`.
    ///
    /// The entries given stand in the lines from 10, the columns after them.
    static func yaml(file entries: String = "", columns: String = "id: integer\nname: text") -> String {
        """
        pulih: 1
        clients:
          client1:
            id: 1
        sources:
          crm:
            files:
              cust_info:
                pattern: "cust_info*.csv"
        \(indented(entries.contains("delivery:") ? entries : "delivery: full\n" + entries, 8))
                columns:
        \(indented(columns, 10))

        """
    }

    private static func indented(_ text: String, _ depth: Int) -> String {
        text.split(separator: "\n").map { String(repeating: " ", count: depth) + $0 }.joined(separator: "\n")
    }
}

/// A piece of configuration and what is said about it.
struct Case: CustomTestStringConvertible, Sendable {
    let text: String
    let problem: String

    init(_ text: String, _ problem: String) {
        self.text = text
        self.problem = problem
    }

    var testDescription: String { text }
}
