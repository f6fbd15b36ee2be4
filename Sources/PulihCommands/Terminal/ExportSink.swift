internal import Foundation
internal import PulihModel
internal import PulihSystem

/// Where an export goes: stdout, or a new file that is durable once closed.
final class ExportSink: Sendable {
    private let file: FileHandle?

    init() {
        file = nil
    }

    /// - Throws: `refused` when the file is there already.
    init(path: String) throws {
        guard try FileIdentity.ifPresent(path) == nil else {
            throw PulihError(
                .refused, "\(path) is there already", object: path, leftBehind: "nothing was written",
                hint: "name a file that does not exist yet")
        }
        try DurableFile.write([UInt8](), to: path)
        file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }

    func line(_ text: String) throws {
        if let file {
            try file.write(contentsOf: Data((text + "\n").utf8))
        } else {
            Output.standard.line(text)
        }
    }

    func close() throws {
        try file?.synchronize()
        try file?.close()
    }
}
