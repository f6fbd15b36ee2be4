internal import Glibc
internal import PulihModel

/// A value that some column wants, or that leads to one, in the tree of such values below a record or below what is around it.
final class JSONNode {
    /// From the value at the tree's root.
    let path: [JSONStep]
    /// Of the column that takes the value.
    var slot: Int?
    /// The last reading in which it was seen.
    var stamp = 0
    private(set) var nodes: [JSONNode] = []
    private var names: [[UInt8]] = []
    private(set) var elements: [Int: JSONNode] = [:]
    private var places: [[UInt8]: Int] = [:]
    /// Members mostly come in the same order.
    private var hint = 0

    init(_ path: [JSONStep]) { self.path = path }

    var hasMembers: Bool { !nodes.isEmpty }
    var isInner: Bool { !nodes.isEmpty || !elements.isEmpty }

    /// The columns at it and below.
    var slots: [Int] { (slot.map { [$0] } ?? []) + (nodes + elements.values).flatMap(\.slots) }

    func member(_ name: [UInt8]) -> JSONNode {
        if let place = places[name] { return nodes[place] }
        let node = JSONNode(path + [.member(String(decoding: name, as: UTF8.self))])
        places[name] = nodes.count
        nodes.append(node)
        names.append(name)
        return node
    }

    func element(_ index: Int) -> JSONNode {
        if let node = elements[index] { return node }
        let node = JSONNode(path + [.index(index)])
        elements[index] = node
        return node
    }

    /// The node at the end of a way of members and indexes.
    func node(at steps: [JSONStep]) -> JSONNode {
        steps.reduce(self) { node, step in
            switch step {
            case .member(let name): node.member(Array(name.utf8))
            case .index(let index): node.element(index)
            case .elements, .members: node
            }
        }
    }

    func find(_ name: UnsafeBufferPointer<UInt8>) -> JSONNode? {
        let count = names.count
        guard count > 0 else { return nil }
        if hint == count { hint = 0 }
        if equals(hint, name) {
            hint += 1
            return nodes[hint - 1]
        }
        guard let place = places[Array(name)] else { return nil }
        hint = place + 1
        return nodes[place]
    }

    @inline(__always)
    private func equals(_ place: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        names[place].withUnsafeBufferPointer { known in
            known.count == name.count
                && (name.count == 0 || memcmp(known.baseAddress!, name.baseAddress!, name.count) == 0)
        }
    }
}
