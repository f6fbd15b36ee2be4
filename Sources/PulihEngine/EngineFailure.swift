internal import PulihArchive
internal import PulihDuckDB
internal import PulihModel
internal import PulihSystem
internal import PulihWorkbook

/// Runs the body and says in the project's words what an adapter below could not do.
func translating<T>(object: String, _ body: () async throws -> T) async throws -> T {
    do { return try await body() } catch { throw translated(error, object: object) }
}

/// As above, for work without suspension.
func translating<T>(object: String, _ body: () throws -> T) throws -> T {
    do { return try body() } catch { throw translated(error, object: object) }
}

private func translated(_ error: any Error, object: String) -> any Error {
    switch error {
    case let failure as ArchiveFailure: PulihError(failure, object: object)
    case let failure as WorkbookFailure:
        PulihError(
            .data, "unable to read \(object.split(separator: "/").last ?? ""): \(failure.message)",
            object: object,
            leftBehind: "nothing of it was read", hint: failure.hint)
    case let failure as SystemFailure:
        PulihError(
            .storage, failure.description, object: object, leftBehind: "nothing was changed",
            hint: failure.isDiskFull ? "free space and run again" : "", isDiskFull: failure.isDiskFull,
            cause: failure.description)
    case let failure as DuckDBFailure: PulihError(failure, object: object)
    default: error
    }
}

extension PulihError {
    fileprivate init(_ failure: ArchiveFailure, object: String) {
        let isUnreadable = failure.kind == .unreadable
        self.init(
            isUnreadable ? .storage : .data, failure.description, object: object,
            leftBehind: "nothing of it was read",
            hint: isUnreadable ? "" : "deliver the file again, whole", cause: failure.description)
    }

    fileprivate init(_ failure: DuckDBFailure, object: String) {
        let message = failure.message.prefix { $0 != "\n" }
        switch failure.kind {
        case .outOfMemory:
            self.init(
                .storage, "unable to work on \(object) within the memory limit: \(message)", object: object,
                leftBehind: "nothing was changed", hint: "raise memory_limit in pulih.yml",
                cause: failure.description)
        case .io:
            let isDiskFull = failure.message.contains("No space left on device")
            self.init(
                .storage, "unable to work on \(object): \(message)", object: object,
                leftBehind: "nothing was changed", hint: isDiskFull ? "free space and run again" : "",
                isDiskFull: isDiskFull, cause: failure.description)
        default:
            self.init(
                .bug, "unable to work on \(object): \(message)", object: object,
                leftBehind: "nothing was changed",
                hint: "please report it with the cause", cause: failure.description)
        }
    }
}
