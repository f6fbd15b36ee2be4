/// The same numbers for the same seed, everywhere (SplitMix64).
struct SeededNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// - Parameter stream: numbers of one seed that have nothing to do with each other.
    init(seed: UInt64, stream: Int) {
        state = seed
        state = next() ^ UInt64(stream) &* 0xD134_2543_DE82_EF95
        state = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// True once in so many times.
    mutating func once(in times: Int) -> Bool { number(1...times) == 1 }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[number(0...values.count - 1)] }
}
