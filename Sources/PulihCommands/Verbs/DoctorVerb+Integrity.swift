internal import PulihModel
internal import PulihPipeline
internal import PulihSystem

extension Doctor {
    /// What blocks a client, and what would at its first touch: manifests and lines of the audit.
    func integrity(_ examination: inout Examination) async {
        do {
            let catalog = try await workspace.openCatalog(readOnly: true)
            for client in workspace.configuration.clients {
                let inspection = Inspection(
                    layout: workspace.layout, catalog: catalog, client: client.name)
                let blocks = try await catalog.blocks(client: client.name, openOnly: true)
                for block in blocks {
                    examination.add(
                        "integrity of \(client.name)",
                        PulihError(
                            .damaged, "\(block.id) blocks it: \(block.finding)", object: block.object,
                            hint: "mend it, then 'pulih resolve \(client.name) --reason \"…\"'"))
                }
                let damage = try await inspection.damagedManifests()
                for error in damage { examination.add("manifests of \(client.name)", error) }
                if blocks.isEmpty, damage.isEmpty {
                    examination.ok("integrity of \(client.name)", "nothing blocks it, manifests are whole")
                }
            }
            try await catalog.close()
        } catch {
            examination.add("integrity", error)
        }
        await auditFiles(&examination)
    }

    private func auditFiles(_ examination: inout Examination) async {
        do {
            let layout = workspace.layout
            let damaged = try await BlockingWork.run { try AuditInspection(layout: layout).damagedLines() }
            for line in damaged {
                examination.warn(
                    "audit", "\(line.place) is no line of the audit: \(line.start)",
                    hint: "a crash may leave a part of a line, which harms nothing;"
                        + " else compare the file with a copy of it")
            }
            if damaged.isEmpty { examination.ok("audit", "every line can be read") }
        } catch {
            examination.add("audit", error)
        }
    }
}
