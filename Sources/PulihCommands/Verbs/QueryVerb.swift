internal import PulihModel
internal import PulihPipeline
internal import PulihSystem

extension Verb {
    static let query = Verb(
        "query", summary: "read the warehouse with SQL",
        discussion:
            "Prints a table; --csv and --json for programs. Reads only. While a run holds the warehouse: exit 5, or --wait.",
        arguments: [Argument("SQL", "one statement")],
        options: [
            Option("--client", value: "CLIENT", "whose warehouse; needed when there are several clients"),
            Option("--csv", "CSV with a header"), waitOption,
        ],
        examples: [
            "pulih query \"SELECT country, count(*) FROM gold_client1.dim_customers GROUP BY country\""
        ]
    ) { invocation in
        let workspace = try await Workspace.open(invocation)
        let client = try workspace.client(invocation.value("--client"))
        let reader = try await workspace.openReader(client: client.name, wait: try invocation.wait())
        let printer = RowPrinter(invocation.isJSON ? .json : invocation.has("--csv") ? .csv : .table)
        do {
            let columns = try await reader.query(invocation.positional[0], parameters: []) { printer.row($0) }
            printer.end(columns)
        } catch {
            try await reader.close()
            guard printer.abandon() else { throw error }
            // Rows are on stdout already: what went wrong goes to stderr, and the exit code tells.
            let failure = PulihError.wrapping(error)
            Output.error.line("pulih: \(failure.description)")
            return failure.code.exitCode
        }
        try await reader.close()
        return .done
    }
}
