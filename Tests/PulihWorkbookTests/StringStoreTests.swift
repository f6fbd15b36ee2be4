import Testing

@testable import PulihWorkbook

@Suite struct StringStoreTests {
    /// Beyond the limit the strings lie in a file; each is found there, in any order.
    @Test(arguments: [1 << 30, 20_000]) func everyStringIsFound(limit: Int) throws {
        let store = StringStore(limit: limit)
        let count = 60_000
        for index in 0..<count { try store.append(Self.string(index)) }
        try store.finish()
        #expect(store.count == count)
        var index = 0
        for step in 0..<count {
            index = (index + (step % 3 == 0 ? 1 : 104_729)) % count
            let found = try store.withText(index) { Array($0) }
            guard found == Self.string(index) else {
                Issue.record("string \(index) is \(String(decoding: found, as: UTF8.self))")
                return
            }
        }
    }

    @Test func theLongestStringsAreFound() throws {
        let store = StringStore(limit: 1000)
        let long = [UInt8](repeating: 65, count: 100_000)
        for text in [[], long, [66], long, []] { try store.append(text) }
        try store.finish()
        #expect(try (0..<5).map { try store.withText($0) { $0.count } } == [0, 100_000, 1, 100_000, 0])
    }

    private static func string(_ index: Int) -> [UInt8] {
        Array("string \(index)".utf8) + [UInt8](repeating: 46, count: index % 40)
    }
}
