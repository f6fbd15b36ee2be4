import PulihModel
import PulihYAML

/// A YAML text being read: says where a node stands and takes what is wrong with it.
struct YAMLSource {
    let file: String
    let problems: ProblemList

    func at(_ node: YAMLNode) -> SourceLine { SourceLine(file: file, line: node.line) }

    func report(_ node: YAMLNode, _ message: String, hint: String = "") {
        problems.report(at(node), message, hint: hint)
    }

    /// The root; nil, reported, when it does not parse.
    func parse(_ text: String) -> YAMLNode? {
        do {
            return try YAMLDocument.parse(text)
        } catch {
            problems.report(SourceLine(file: file, line: error.line), error.problem)
            return nil
        }
    }

    /// The entries of a mapping whose keys the user chooses. An empty node has none.
    /// - Parameter what: `sources`, for the message.
    func entries(_ node: YAMLNode, _ what: String) -> [YAMLPair] {
        if node.isNull { return [] }
        guard let pairs = node.pairs else {
            report(node, "\(what) must be a mapping, not \(node.shown)")
            return []
        }
        return pairs
    }

    /// The texts of a list, or the one text that stands for a list of one. In a list every word is text as written,
    /// `NULL` too.
    /// - Parameter what: `'unique_key'`, for messages.
    func texts(_ node: YAMLNode, _ what: String) -> [YAMLText] {
        if !node.isNull, let text = node.text { return [YAMLText(text, node)] }
        guard let elements = node.elements else {
            report(node, "\(what) must be a text or a list of texts, not \(node.shown)")
            return []
        }
        return elements.compactMap { element in
            guard let text = element.text else {
                report(element, "\(what) must be a list of texts; here is \(element.shown)")
                return nil
            }
            return YAMLText(text, element)
        }
    }

    /// Reports a name that is no identifier of Pulih's.
    /// - Parameter what: `client`, for the message.
    func checkName(_ name: String, _ node: YAMLNode, _ what: String) {
        if !Identifier.isValid(name) {
            report(node, "'\(name)' cannot be the name of a \(what)", hint: Identifier.rule)
        }
    }
}

/// A text and the node it comes from.
struct YAMLText {
    let text: String
    let node: YAMLNode

    init(_ text: String, _ node: YAMLNode) {
        self.text = text
        self.node = node
    }
}

extension YAMLNode {
    /// For "must be …, not 'x'".
    var shown: String {
        isNull ? "empty" : text.map { "'\($0)'" } ?? kindName
    }
}
