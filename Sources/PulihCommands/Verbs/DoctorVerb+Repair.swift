internal import PulihModel
internal import PulihPipeline
internal import PulihSystem

extension Doctor {
    /// What dead runs left, client by client, and in the work folder when nobody runs.
    func leftovers(_ examination: inout Examination) async {
        for client in workspace.configuration.clients {
            do {
                let catalog = try await workspace.openCatalog(readOnly: true)
                let found = try await self.leftovers(catalog).find(
                    client, lease: try await catalog.lease(client: client.name))
                try await catalog.close()
                tell(found, "leftovers of \(client.name)", &examination)
            } catch let error as PulihError where error.code == .busy {
                examination.ok("leftovers of \(client.name)", error.summary)
            } catch {
                examination.add("leftovers of \(client.name)", error)
            }
        }
        do {
            let catalog = try await workspace.openCatalog(readOnly: true)
            let alive = try await workspace.aliveClients(catalog)
            let found = alive.isEmpty ? try await leftovers(catalog).shared() : []
            try await catalog.close()
            tell(found, "work folder", &examination)
        } catch {
            examination.add("work folder", error)
        }
    }

    private func leftovers(_ catalog: any Catalog) async throws -> Leftovers {
        Leftovers(
            layout: workspace.layout, catalog: catalog, warehouse: try await workspace.makeWarehouse(),
            host: try HostIdentity.current(), before: begun)
    }

    private func tell(_ found: [Leftover], _ subject: String, _ examination: inout Examination) {
        if found.isEmpty { examination.ok(subject, "nothing") }
        for leftover in found {
            examination.warn(
                subject, "left by a dead run: \(leftover.text)",
                hint: "'pulih doctor --repair' takes it away; it harms nothing")
        }
    }

    func repair(_ examination: inout Examination) async {
        do {
            let findings = try await workspace.withEnvironment(Progress(isQuiet: true)) { environment in
                let repair = Repair(environment)
                var done: [(String, Result<[String], PulihError>)] = []
                for client in workspace.configuration.clients {
                    do {
                        done.append((client.name, .success(try await repair.repair(client))))
                    } catch {
                        done.append((client.name, .failure(PulihError.wrapping(error))))
                    }
                }
                if try await workspace.aliveClients(environment.catalog).isEmpty {
                    done.append(("the work folder", .success(try await repair.repairShared())))
                }
                return done
            }
            for (name, outcome) in findings {
                switch outcome {
                case .success(let lines):
                    if lines.isEmpty { examination.ok("repair of \(name)", "nothing to repair") }
                    for line in lines { examination.done("repair of \(name)", line) }
                case .failure(let error):
                    guard error.code == .busy else {
                        examination.add("repair of \(name)", error)
                        continue
                    }
                    examination.warn(
                        "repair of \(name)", error.summary, hint: "it is left alone while it runs")
                }
            }
        } catch {
            examination.add("repair", error)
        }
    }
}
