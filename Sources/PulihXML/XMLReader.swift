internal import CExpat

/// Why a document was refused.
public struct XMLFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public let line: Int
    /// Of its bytes, from 0.
    public let offset: Int
    public let problem: String

    public var description: String { "line \(line), byte \(offset): \(problem)" }
}

/// Reads a document of XML piece by piece, in memory that does not grow with it. Of one thread.
///
/// A document type declaration is refused: nothing that Pulih reads has one, and with it go entities that grow without
/// end and references to other files.
@safe public final class XMLReader {
    private let parser: XML_Parser
    private let calls: Calls

    /// - Throws: when there is no memory.
    public init(_ handler: any XMLHandler) throws(XMLFailure) {
        guard let parser = unsafe XML_ParserCreate(nil) else {
            throw XMLFailure(line: 0, offset: 0, problem: "out of memory")
        }
        unsafe self.parser = unsafe parser
        calls = unsafe Calls(handler, parser)
        unsafe XML_SetUserData(parser, Unmanaged.passUnretained(calls).toOpaque())
        unsafe XML_SetElementHandler(
            parser,
            { data, name, attributes in
                guard let data = unsafe data, let name = unsafe name else { return }
                unsafe Calls.of(data).begin(name, attributes)
            },
            { data, name in
                guard let data = unsafe data, let name = unsafe name else { return }
                unsafe Calls.of(data).end(name)
            })
        unsafe XML_SetCharacterDataHandler(parser) { data, text, count in
            guard let data = unsafe data, let text = unsafe text else { return }
            unsafe Calls.of(data).text(text, Int(count))
        }
        unsafe XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
            guard let data = unsafe data else { return }
            unsafe Calls.of(data).refuse("it has a document type declaration")
        }
    }

    /// - Parameter isLast: nothing follows; a document that is not complete then is refused.
    /// - Throws: `XMLFailure`, and what the handler throws. After either it must not be called again.
    public func read(_ bytes: UnsafeRawBufferPointer, isLast: Bool) throws {
        let state = unsafe XML_Parse(
            parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count),
            isLast ? 1 : 0)
        if let failure = calls.failure { throw failure }
        guard state != XML_STATUS_OK else { return }
        let reason = unsafe XML_ErrorString(XML_GetErrorCode(parser)).map { unsafe String(cString: $0) }
        throw unsafe XMLFailure(
            line: Int(XML_GetCurrentLineNumber(parser)), offset: Int(XML_GetCurrentByteIndex(parser)),
            problem: reason ?? "it is no XML")
    }

    deinit {
        unsafe XML_ParserFree(parser)
    }
}

@available(*, unavailable, message: "a document has one reader")
extension XMLReader: Sendable {}

/// What expat calls. The first failure stops it.
@safe private final class Calls {
    private(set) var failure: (any Error)?
    private let handler: any XMLHandler
    private let parser: XML_Parser

    init(_ handler: any XMLHandler, _ parser: XML_Parser) {
        self.handler = handler
        unsafe self.parser = unsafe parser
    }

    @unsafe static func of(_ data: UnsafeMutableRawPointer) -> Calls {
        unsafe Unmanaged<Calls>.fromOpaque(data).takeUnretainedValue()
    }

    func begin(_ name: UnsafePointer<CChar>, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
        attempt { try unsafe handler.begin(Self.name(name), XMLAttributes(attributes)) }
    }

    func end(_ name: UnsafePointer<CChar>) {
        attempt { try unsafe handler.end(Self.name(name)) }
    }

    func text(_ text: UnsafePointer<CChar>, _ count: Int) {
        attempt {
            try unsafe handler.text(
                UnsafeBufferPointer(
                    start: UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self), count: count))
        }
    }

    func refuse(_ problem: String) {
        let (line, offset) = unsafe (XML_GetCurrentLineNumber(parser), XML_GetCurrentByteIndex(parser))
        attempt { throw XMLFailure(line: Int(line), offset: Int(offset), problem: problem) }
    }

    @inline(__always)
    private func attempt(_ body: () throws -> Void) {
        // A parser that was told to stop may still hand over what it has.
        guard failure == nil else { return }
        do {
            try body()
        } catch {
            failure = error
            unsafe XML_StopParser(parser, 0)
        }
    }

    @unsafe private static func name(_ name: UnsafePointer<CChar>) -> XMLName {
        unsafe XMLName(UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self))
    }
}
