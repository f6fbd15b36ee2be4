import PulihModel

/// A procedure or function as the server's catalog has it.
struct ProcedureSignature: Equatable {
    enum Kind: String {
        case procedure = "p"
        case function = "f"
        case aggregate = "a"
        case window = "w"

        var word: String {
            switch self {
            case .procedure: "procedure"
            case .function: "function"
            case .aggregate: "aggregate"
            case .window: "window function"
            }
        }
    }

    var name: ProcedureName
    var kind: Kind
    /// Types of IN arguments, in order.
    var inputs: [String]
    /// Types of what comes back: OUT and INOUT arguments, columns of a table or of a composite type.
    var outputs: [String]
    /// `RETURNS record` without OUT arguments: the caller has to say what it is made of.
    var isAnonymousRecord: Bool
    /// As the server writes it: `client_schema text, OUT is_success boolean`.
    var arguments: String
    /// Of a function, as the server writes it.
    var result: String?
    /// Hash of its definition; nil of an aggregate.
    var definition: String?
    var mayUseSchema: Bool
    var mayExecute: Bool

    private static let text: Set<String> = ["text", "character varying"]

    /// Whether the contract can be kept with it.
    var fits: Bool {
        guard (1...3).contains(inputs.count), inputs.allSatisfy(Self.text.contains) else { return false }
        switch kind {
        case .aggregate, .window: return false
        case .function where isAnonymousRecord: return true
        case .function, .procedure:
            return outputs.count == 2 && outputs[0] == "boolean" && Self.text.contains(outputs[1])
        }
    }

    /// `procedure tools.load_x_v1(client_schema text, OUT is_success boolean)`.
    var shown: String {
        "\(kind.word) \(name)(\(arguments))" + (kind == .function ? " returns \(result ?? "nothing")" : "")
    }

    /// The statement that calls it; the values of `inputs` are its parameters.
    var statement: String {
        let values = inputs.enumerated().map { "$\($0 + 1)::\($1)" }
        switch kind {
        case .procedure: return "CALL \(name.sql)(\((values + ["NULL", "NULL"]).joined(separator: ", ")))"
        case .function, .aggregate, .window:
            let call = "SELECT * FROM \(name.sql)(\(values.joined(separator: ", ")))"
            return isAnonymousRecord ? call + " AS t(is_success boolean, error_message text)" : call
        }
    }

    static func wanted(_ name: ProcedureName) -> String {
        "procedure \(name)(client_schema text, batch_id text, OUT is_success boolean, OUT error_message text),"
            + " with proc_name text after batch_id or without, or a function that returns these two"
    }
}
