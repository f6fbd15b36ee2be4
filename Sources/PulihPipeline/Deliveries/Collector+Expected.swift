internal import PulihModel
internal import PulihSystem

extension Collector {
    /// Finds what should have come and did not, and holds back groups that are not complete.
    func compareWithExpected(_ collection: inout Collection) async throws {
        let now = environment.clock.now()
        let expected = try await Deliveries(environment.configuration, environment.catalog, client)
            .expected(at: now)
        guard !expected.isEmpty else { return }
        let present = Set(collection.files.map(\.spec.key))
        collection.missing = expected.filter { $0.batch == nil && !present.contains($0.key) }
        for file in collection.missing {
            let isLate = file.due <= now
            let finding = "\(file.text), \(isLate ? "is late" : "has not come yet")"
            collection.findings.append(finding)
            if isLate, !isDry { try await sayOnce(finding) }
        }
        hold(incompleteOf: expected, present, &collection)
    }

    /// A timer runs often; the audit has each late delivery once.
    private func sayOnce(_ finding: String) async throws {
        let said = try await environment.catalog.auditEvents(client: client.name, batch: nil, limit: 1_000)
        guard !said.contains(where: { $0.process == "collect" && $0.message == finding }) else { return }
        try await auditor.record("collect", .warning, batch: nil, finding)
    }

    /// A batch takes all of a group or none: of those that are due together, and of those that are late.
    private func hold(
        incompleteOf expected: [ExpectedFile], _ present: Set<FileKey>, _ collection: inout Collection
    ) {
        let groups = Dictionary(grouping: expected.filter { $0.together != nil }) { $0.together ?? "" }
        for (name, members) in groups.sorted(by: { $0.key < $1.key }) {
            let newest = members.map(\.due).max()
            let absent = members.filter {
                !present.contains($0.key) && ($0.due == newest || $0.batch == nil)
            }
            let keys = Set(members.map(\.key))
            let held = collection.files.filter { keys.contains($0.spec.key) }
            guard !absent.isEmpty, !held.isEmpty else { continue }
            collection.files.removeAll { keys.contains($0.spec.key) }
            collection.waiting += held.map(\.name)
            collection.findings.append(
                "\(held.map(\.name).joined(separator: ", ")) waits: the group \(name) is taken together, and "
                    + absent.map { "\($0.key) (\($0.pattern))" }.joined(separator: ", ") + " is not there")
        }
    }
}

extension Collection {
    /// - Throws: `data` naming each expected file that is not there.
    func refuseIfMissing(_ client: String) throws {
        guard !missing.isEmpty else { return }
        throw ExpectedFile.missing(missing, of: client, leftBehind: "nothing was claimed")
    }
}

extension ExpectedFile {
    static func missing(_ files: [ExpectedFile], of client: String, leftBehind: String) -> PulihError {
        let count = files.count == 1 ? "an expected file" : "\(files.count) expected files"
        return PulihError(
            .data,
            "\(count) of \(client) \(files.count == 1 ? "is" : "are") missing: "
                + files.map(\.text).joined(separator: "; "),
            object: files.map(\.key.description).joined(separator: ", "),
            leftBehind: "\(leftBehind); what came lies in incoming",
            hint: "ask the sender; 'pulih start \(client)' without --require-files takes what is there")
    }
}
