/// Collects the entries of one mapping: no key twice, and what is merged gives way to what is written.
struct MappingBuilder {
    private(set) var pairs: [YAMLPair] = []
    /// Nodes in all entries.
    private(set) var size = 0
    /// Where each key stands in `pairs`.
    private var places: [String: Int] = [:]
    private var merged: Set<String> = []
    private var mergeKey: YAMLNode?

    mutating func add(_ pair: YAMLPair, size: Int) throws(YAMLFailure) {
        self.size += size
        if let place = places[pair.name] {
            guard merged.remove(pair.name) != nil else { throw duplicate(pair.key, of: pairs[place].key) }
            pairs[place] = pair
        } else {
            places[pair.name] = pairs.count
            pairs.append(pair)
        }
    }

    /// Takes in the entries of a mapping, or of a list of mappings of which the first outranks the next.
    mutating func merge(_ value: YAMLNode, size: Int, key: YAMLNode) throws(YAMLFailure) {
        if let mergeKey { throw duplicate(key, of: mergeKey) }
        mergeKey = key
        self.size += size
        for source in value.elements ?? [value] {
            guard let entries = source.pairs else {
                throw YAMLFailure(
                    line: key.line, column: key.column,
                    problem: "<< takes a mapping or a list of mappings, not \(source.kindName)")
            }
            for pair in entries where places[pair.name] == nil {
                places[pair.name] = pairs.count
                merged.insert(pair.name)
                pairs.append(pair)
            }
        }
    }

    private func duplicate(_ key: YAMLNode, of first: YAMLNode) -> YAMLFailure {
        YAMLFailure(
            line: key.line, column: key.column,
            problem: "the key \(key.text ?? "") stands here again; it is already in line \(first.line)")
    }
}
