internal import Foundation

/// The loop of libFuzzer, without a `main` of its own.
// swift-format-ignore: AlwaysUseLowerCamelCase
@_silgen_name("LLVMFuzzerRunDriver")
func LLVMFuzzerRunDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<Int8>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

nonisolated(unsafe) var argumentCount = CommandLine.argc
nonisolated(unsafe) var arguments = CommandLine.unsafeArgv

/// What is called with every input; a trap is a finding.
private let target: @Sendable ([UInt8]) -> Void = {
    switch ProcessInfo.processInfo.environment["PULIH_FUZZ_TARGET"] {
    case "records": return { RecordTarget($0).check() }
    case "manifest": return { ManifestTarget($0).check() }
    case "configuration": return { ConfigurationTarget($0).check() }
    case let other:
        fatalError("PULIH_FUZZ_TARGET is records, manifest or configuration, not \(other ?? "unset")")
    }
}()

/// No closure of `main.swift`: those belong to the main actor and trap when C calls them.
func fuzzOnce(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    target(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

/// What must hold; says what did not.
func expect(_ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String) {
    guard !condition() else { return }
    FileHandle.standardError.write(Data("FINDING: \(message())\n".utf8))
    fatalError("a promise is broken")
}
