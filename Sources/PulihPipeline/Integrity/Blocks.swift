internal import PulihModel
internal import PulihSystem

/// What was found damaged of a client, and what follows from it: nothing of the client runs until somebody resolved it.
struct Blocks: Sendable {
    let environment: RunEnvironment
    let client: String

    init(_ environment: RunEnvironment, client: String) {
        self.environment = environment
        self.client = client
    }

    func open() async throws -> [ClientBlock] {
        try await environment.catalog.blocks(client: client, openOnly: true)
    }

    /// - Parameter passing: a block that is no reason to refuse this verb.
    /// - Throws: `damaged` naming the oldest of those that are.
    func refuse(passing: @Sendable (ClientBlock) -> Bool) async throws {
        let blocks = try await open().filter { !passing($0) }
        guard let first = blocks.first else { return }
        let others = blocks.count == 1 ? "" : ", and \(blocks.count - 1) more finding(s)"
        var mending = "mend it"
        if first.object.hasPrefix("raw/"), let batch = first.batch {
            let name = first.object.split(separator: "/").last ?? ""
            let replace = "pulih replace \(client) \(batch) \(name)"
            // What rests in a store has no path here.
            mending +=
                first.finding.hasPrefix("s3://")
                ? ", or bring another: \(replace) NEW" : ", or take it as it is: \(replace) \(first.object)"
        }
        throw PulihError(
            .damaged,
            "\(client) is blocked since \(first.object) was found damaged: \(first.finding)\(others)",
            object: first.object, leftBehind: "nothing was done",
            hint: "\(mending); then \(Blocks.advice(client))")
    }

    static func advice(_ client: String) -> String { "'pulih resolve \(client) --reason \"…\"'" }

    /// Blocks the client; a finding on an object that blocks it already is no second one.
    func record(batch: BatchID?, object: String, finding: String, _ auditor: Auditor) async throws {
        let known = try await environment.catalog.blocks(client: client, openOnly: false)
        guard !known.contains(where: { $0.isOpen && $0.object == object }) else { return }
        let block = ClientBlock(
            id: "\(client)-\(known.count + 1)", client: client, batch: batch, object: object,
            finding: finding, foundAt: environment.clock.now())
        try await auditor.record(
            "block", .failed, batch: batch, "\(block.id) \(object): \(finding)",
            details: AuditDetails.block(block))
        try await environment.catalog.record(block)
        environment.report(.note("\(client) is blocked from now on (\(block.id)): \(finding)"))
    }

    func lift(_ block: ClientBlock, reason: String, _ auditor: Auditor) async throws -> ClientBlock {
        var block = block
        block.resolvedAt = environment.clock.now()
        block.resolvedBy = environment.user
        block.reason = reason
        try await auditor.record(
            "resolve", .success, batch: block.batch,
            "\(block.id) \(block.object): \(block.finding); lifted by \(environment.user): \(reason)",
            details: AuditDetails.block(block))
        try await environment.catalog.record(block)
        return block
    }

    /// Blocks the client when a run ended by a finding of damage.
    /// - Returns: the error to tell.
    func noted(_ error: any Error, _ lease: Lease, isDry: Bool) async -> any Error {
        guard !isDry, let damage = error as? PulihError, damage.code == .damaged, !damage.object.isEmpty
        else {
            return error
        }
        do {
            try await record(
                batch: nil, object: environment.layout.shown(damage.object), finding: damage.summary,
                Auditor(environment, lease: lease, series: "block-"))
        } catch {
            // Where the catalog itself is the damage, there is nothing to write to.
            environment.report(.note("while recording the damage: \(PulihError.wrapping(error).summary)"))
            return damage
        }
        return PulihError(
            .damaged, damage.summary, object: damage.object, leftBehind: damage.leftBehind,
            hint: damage.hint.contains("pulih resolve")
                ? damage.hint : "\(damage.hint); then \(Blocks.advice(client))",
            cause: damage.cause)
    }

    /// Blocks the client when a step came upon damage that running it again does not heal, as convert heals Parquet.
    func record(damagedIn steps: [StepRecord], of manifest: Manifest, _ auditor: Auditor) async throws {
        for step in steps {
            guard let error = step.error, Blocks.isDamage(step, of: manifest) else { continue }
            try await record(
                batch: manifest.batch,
                object: error.object.isEmpty ? step.step.description : environment.layout.shown(error.object),
                finding: error.summary, auditor)
        }
    }

    /// Whether a step came upon damage that running it again does not heal.
    static func isDamage(_ step: StepRecord, of manifest: Manifest) -> Bool {
        guard let error = step.error, error.code == PulihError.Code.damaged.description else { return false }
        let name = String(error.object.split(separator: "/").last ?? "")
        return !manifest.files.contains { [$0.physicalName, $0.parquetName].contains(name) }
    }
}
