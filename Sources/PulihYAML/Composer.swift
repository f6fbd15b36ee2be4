/// Makes nodes of events.
struct Composer: ~Copyable {
    private var parser: EventParser
    /// Each with the number of nodes in it, itself included.
    private var anchors: [String: Sized] = [:]
    /// Anchors whose nodes have begun and not ended: an alias to one would have no end.
    private var openAnchors: Set<String> = []
    private var expanded = 0

    private struct Sized {
        let node: YAMLNode
        let size: Int
    }

    init(_ text: String) {
        parser = EventParser(text)
    }

    mutating func document() throws(YAMLFailure) -> YAMLNode {
        _ = try parser.next()
        guard case .documentStart = try parser.next().kind else {
            return YAMLNode(.mapping([]), line: 1, column: 1)
        }
        let root = try node(try parser.next(), depth: 0).node
        _ = try parser.next()
        let after = try parser.next()
        guard case .streamEnd = after.kind else {
            throw failure(after, "a second document begins here; only one is allowed")
        }
        return root.isNull ? YAMLNode(.mapping([]), line: root.line, column: root.column) : root
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLFailure) -> Sized {
        if case .alias(let name) = event.kind { return try resolve(name, event) }
        guard depth <= YAMLDocument.depthLimit else {
            throw failure(event, "nested deeper than \(YAMLDocument.depthLimit) levels")
        }
        if let anchor = event.anchor { openAnchors.insert(anchor) }
        let sized = try content(event, depth: depth)
        if let anchor = event.anchor {
            anchors[anchor] = sized
            openAnchors.remove(anchor)
        }
        return sized
    }

    private mutating func content(_ event: YAMLEvent, depth: Int) throws(YAMLFailure) -> Sized {
        switch event.kind {
        case .scalar(let text, let plain):
            let content = YAMLNode.Content.scalar(text, plain: try isPlain(event, plain))
            return Sized(node: YAMLNode(content, line: event.line, column: event.column), size: 1)
        case .sequenceStart:
            try check(event, allows: ["seq"])
            return try sequence(event, depth: depth)
        case .mappingStart:
            try check(event, allows: ["map"])
            return try mapping(event, depth: depth)
        default:
            throw failure(event, "a value is missing")
        }
    }

    private mutating func sequence(_ start: YAMLEvent, depth: Int) throws(YAMLFailure) -> Sized {
        var elements: [YAMLNode] = []
        var size = 1
        while true {
            let event = try parser.next()
            if case .sequenceEnd = event.kind { break }
            let element = try node(event, depth: depth + 1)
            elements.append(element.node)
            size += element.size
        }
        return Sized(node: YAMLNode(.sequence(elements), line: start.line, column: start.column), size: size)
    }

    private mutating func mapping(_ start: YAMLEvent, depth: Int) throws(YAMLFailure) -> Sized {
        var builder = MappingBuilder()
        while true {
            let event = try parser.next()
            if case .mappingEnd = event.kind { break }
            let key = try node(event, depth: depth + 1)
            guard case .scalar(let name, let plain) = key.node.content else {
                throw failure(event, "a key must be a single word or text, not \(key.node.kindName)")
            }
            let value = try node(try parser.next(), depth: depth + 1)
            if name == "<<", plain {
                try builder.merge(value.node, size: value.size, key: key.node)
            } else {
                try builder.add(YAMLPair(key: key.node, value: value.node), size: key.size + value.size)
            }
        }
        let node = YAMLNode(.mapping(builder.pairs), line: start.line, column: start.column)
        return Sized(node: node, size: builder.size + 1)
    }

    private mutating func resolve(_ name: String, _ event: YAMLEvent) throws(YAMLFailure) -> Sized {
        guard !openAnchors.contains(name) else {
            throw failure(event, "the alias *\(name) stands inside what it refers to")
        }
        guard let target = anchors[name] else {
            throw failure(event, "the alias *\(name) refers to no anchor &\(name) above it")
        }
        expanded += target.size
        guard expanded <= YAMLDocument.expansionLimit else {
            throw failure(event, "aliases repeat more than \(YAMLDocument.expansionLimit) values")
        }
        return target
    }

    /// `!!str` and `!` make text of a scalar that would mean more; the other core tags let its form decide.
    private func isPlain(_ event: YAMLEvent, _ plain: Bool) throws(YAMLFailure) -> Bool {
        guard let tag = event.tag else { return plain }
        try check(event, allows: ["str", "int", "float", "bool", "null"])
        return tag != "!" && tag != coreTags + "str"
    }

    private func check(_ event: YAMLEvent, allows: [String]) throws(YAMLFailure) {
        guard let tag = event.tag, tag != "!" else { return }
        let name = tag.hasPrefix(coreTags) ? String(tag.dropFirst(coreTags.count)) : nil
        if let name, allows.contains(name) { return }
        let written = name.map { "!!\($0)" } ?? tag
        throw failure(event, "the tag \(written) is not supported here; leave it out")
    }

    private func failure(_ event: YAMLEvent, _ problem: String) -> YAMLFailure {
        YAMLFailure(line: event.line, column: event.column, problem: problem)
    }
}

private let coreTags = "tag:yaml.org,2002:"
