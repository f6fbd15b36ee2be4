internal import PulihXML

/// Reads `sharedStrings.xml`: texts, rich ones as their plain text, without what says how they are pronounced.
final class SharedStrings: XMLHandler {
    let store: StringStore
    private var text: [UInt8] = []
    private var unescaped: [UInt8] = []
    private var isInItem = false
    private var isInText = false
    private var phonetic = 0

    init(_ store: StringStore) {
        self.store = store
    }

    func begin(_ element: XMLName, _ attributes: XMLAttributes) throws {
        switch element {
        case "si":
            isInItem = true
            text.removeAll(keepingCapacity: true)
        case "rPh": phonetic += 1
        case "t": isInText = isInItem && phonetic == 0
        default: break
        }
    }

    func end(_ element: XMLName) throws {
        switch element {
        case "si":
            isInItem = false
            unescaped.removeAll(keepingCapacity: true)
            CellText.append(unescaping: text, to: &unescaped)
            try store.append(unescaped)
        case "rPh": phonetic -= 1
        case "t": isInText = false
        default: break
        }
    }

    func text(_ piece: UnsafeBufferPointer<UInt8>) throws {
        guard isInText else { return }
        text.append(contentsOf: piece)
        guard text.count <= SheetParser.longestText else { throw SheetParser.tooLong }
    }
}
