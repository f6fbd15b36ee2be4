internal import PulihModel

@testable internal import PulihPipeline

/// The manifest reader: any text is refused or is a manifest that comes back the same when it is written and read again.
struct ManifestTarget {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func check() {
        guard let json = try? JSONValue.parse(bytes) else { return }
        checkText(json)
        do {
            _ = try ManifestSeal.problem(json)
            let manifest = try Manifest(json: json, path: "m.json")
            let sealed = try ManifestSeal.sealed(manifest.json)
            let again = try JSONValue.parse(Array(sealed.pretty.utf8))
            expect(try! ManifestSeal.problem(again) == nil, "a sealed manifest does not fit its seal")
            let read = try Manifest(json: again, path: "m.json")
            expect(read.files.count == manifest.files.count, "files are lost")
            expect(read.batch == manifest.batch && read.client == manifest.client, "another batch")
        } catch {
            expect((error as? PulihError)?.code == .damaged, "an odd manifest is \(error)")
        }
    }

    /// What was read once is read the same again.
    private func checkText(_ json: JSONValue) {
        guard let again = try? JSONValue.parse(Array(json.compact.utf8)) else {
            return expect(false, "what was written cannot be read")
        }
        expect(again.compact == json.compact, "a value changes when it is written and read")
    }
}
