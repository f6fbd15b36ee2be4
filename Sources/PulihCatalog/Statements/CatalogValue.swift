import PulihModel

/// A value as the catalog's statements know it; each store keeps it in a type of its own.
enum CatalogValue: Sendable, Equatable {
    case null
    case int(Int64)
    case double(Double)
    /// Also JSON: where a store has a type for it, text goes in and the same text comes out.
    case text(String)
    case flag(Bool)
    /// Microseconds since 1970, UTC.
    case time(Int64)

    init(_ value: Int) { self = .int(Int64(value)) }
    init(_ value: Int?) { self = value.map { .int(Int64($0)) } ?? .null }
    init(_ value: Double?) { self = value.map { .double($0) } ?? .null }
    init(_ value: String?) { self = value.map { .text($0) } ?? .null }
    init(time: Int64?) { self = time.map { .time($0) } ?? .null }
}

/// One row of a result; outlives its session.
///
/// The getters throw `damaged` if the column holds something else: nothing but Pulih writes to the catalog.
struct CatalogRow: Sendable {
    /// Where each column stands; the same for every row of a result.
    let places: [String: Int]
    let values: [CatalogValue]

    func value(_ column: String) throws -> CatalogValue {
        guard let place = places[column] else {
            throw PulihError(.bug, "the catalog was not asked for the column \(column)")
        }
        return values[place]
    }

    func int(_ column: String) throws -> Int64 { try present(optionalInt(column), column) }
    func text(_ column: String) throws -> String { try present(optionalText(column), column) }
    func time(_ column: String) throws -> Int64 { try present(optionalTime(column), column) }

    func optionalInt(_ column: String) throws -> Int64? {
        switch try value(column) {
        case .null: nil
        case .int(let number): number
        case let other: throw unknown("\(other)", in: column)
        }
    }

    func optionalDouble(_ column: String) throws -> Double? {
        switch try value(column) {
        case .null: nil
        case .double(let number): number
        case .int(let number): Double(number)
        case let other: throw unknown("\(other)", in: column)
        }
    }

    func optionalText(_ column: String) throws -> String? {
        switch try value(column) {
        case .null: nil
        case .text(let text): text
        case let other: throw unknown("\(other)", in: column)
        }
    }

    func optionalTime(_ column: String) throws -> Int64? {
        switch try value(column) {
        case .null: nil
        case .time(let time), .int(let time): time
        case let other: throw unknown("\(other)", in: column)
        }
    }

    func flag(_ column: String) throws -> Bool {
        switch try value(column) {
        case .flag(let flag): flag
        case .int(let number) where number == 0 || number == 1: number == 1
        case let other: throw unknown("\(other)", in: column)
        }
    }

    func optionalBatch(_ column: String) throws -> BatchID? {
        try optionalText(column).map { text in
            guard let batch = BatchID(text) else { throw unknown(text, in: column) }
            return batch
        }
    }

    /// A value of one of Pulih's word lists.
    func named<Word: RawRepresentable<String>>(_ column: String) throws -> Word {
        let text = try text(column)
        guard let word = Word(rawValue: text) else { throw unknown(text, in: column) }
        return word
    }

    func json(_ column: String) throws -> JSONValue {
        let text = try text(column)
        do {
            return try JSONValue.parse(Array(text.utf8))
        } catch {
            throw unknown(text, in: column)
        }
    }

    func unknown(_ text: String, in column: String) -> PulihError {
        PulihError(
            .damaged, "the catalog holds '\(text.prefix(40))' in \(column), which this Pulih cannot read",
            hint: "something else than Pulih changed it; restore the newest copy of the catalog")
    }

    private func present<T>(_ value: T?, _ column: String) throws -> T {
        guard let value else { throw unknown("NULL", in: column) }
        return value
    }
}
