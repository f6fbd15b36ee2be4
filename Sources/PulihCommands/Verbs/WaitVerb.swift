internal import PulihConfig
internal import PulihModel
internal import PulihPipeline
internal import PulihSystem

extension Verb {
    static let wait = Verb(
        "wait", summary: "wait for the files of a client, then start",
        discussion: """
            Waits until every expected file is there and whole; where none is expected, until any file is. Then it does
            what 'pulih start' does. At the time given it gives up with exit 4 and names what is missing. The time is
            the next such one by the client's clocks.
            """,
        arguments: [Argument("CLIENT", "a client of pulih.yml")],
        options: [
            Option("--until", value: "HH:MM", "when to give up"),
            Option("--then", value: "WHAT", "start (default) or nothing"),
        ],
        examples: ["pulih wait client1 --until 06:00", "pulih wait client1 --until 06:00 --then nothing"]
    ) { invocation in
        guard let text = invocation.value("--until") else {
            throw Invocation.problem(invocation.verb, "--until is missing")
        }
        guard let minute = TimeOfDay.parse(text) else {
            throw Invocation.problem(invocation.verb, "'\(text)' is no time of day; write it as 06:00")
        }
        let then = invocation.value("--then") ?? "start"
        guard ["start", "nothing"].contains(then) else {
            throw Invocation.problem(invocation.verb, "--then is start or nothing, not '\(then)'")
        }
        let workspace = try await Workspace.open(invocation)
        let client = try workspace.client(invocation.positional[0])
        try await workspace.wait(for: client, minute, Progress(isQuiet: invocation.isQuiet))
        if then == "start" { return try await run(invocation, .start, batch: nil) }
        let message = "the files of \(client.name) are there"
        Output.standard.line(
            invocation.isJSON
                ? (["client": .string(client.name), "message": .string(message)] as JSONValue).pretty
                : message)
        return .done
    }
}

extension Workspace {
    /// The catalog is opened for each look, so that it has not to be there all the time.
    fileprivate func wait(for client: Client, _ minute: Int, _ progress: Progress) async throws {
        let workspace = self
        let withDeliveries: @Sendable (Int64) async throws -> [ExpectedFile] = { time in
            let catalog = try await workspace.openCatalog(readOnly: true)
            do {
                let files = try await Deliveries(workspace.configuration, catalog, client).expected(at: time)
                try await catalog.close()
                return files
            } catch {
                try await catalog.close()
                throw error
            }
        }
        let catalog = try await openCatalog(readOnly: true)
        let zone = try await Deliveries(configuration, catalog, client).zone()
        try await catalog.close()
        let until = Waiting.next(minute, zone, after: SystemClock().now())
        progress.show(.note("waiting until \(zone.text(until)) \(zone.name)"))
        try await Waiting(
            layout, configuration, client, places: try await makePlaces(), expected: withDeliveries
        ) {
            progress.show(.note($0))
        }.wait(until: until)
        progress.finish()
    }
}
