/// What takes the elements of a document, in its order.
public protocol XMLHandler: AnyObject {
    func begin(_ element: XMLName, _ attributes: XMLAttributes) throws
    func end(_ element: XMLName) throws
    /// Text between tags, entities resolved; one text may come in several pieces.
    func text(_ piece: UnsafeBufferPointer<UInt8>) throws
}

/// The name of an element or attribute without its namespace. Valid during the call that hands it over.
@safe public struct XMLName {
    @usableFromInline let start: UnsafePointer<UInt8>
    @usableFromInline let count: Int

    /// - Parameter qualified: ends in a zero byte; what stands before a colon is left out.
    @inlinable init(_ qualified: UnsafePointer<UInt8>) {
        var from = 0
        var at = 0
        while unsafe qualified[at] != 0 {
            if unsafe qualified[at] == UInt8(ascii: ":") { from = at + 1 }
            at += 1
        }
        unsafe start = qualified + from
        count = at - from
    }

    @inlinable public static func ~= (name: StaticString, found: XMLName) -> Bool {
        guard name.utf8CodeUnitCount == found.count else { return false }
        for index in 0..<found.count where unsafe name.utf8Start[index] != found.start[index] { return false }
        return true
    }

    @inlinable public static func == (found: XMLName, name: StaticString) -> Bool { name ~= found }

    public var text: String {
        unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }
}

/// The attributes of an element. Valid during the call that hands them over.
@safe public struct XMLAttributes {
    /// Names and values in turn, nil at the end.
    private let pairs: UnsafeMutablePointer<UnsafePointer<CChar>?>?

    init(_ pairs: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
        unsafe self.pairs = unsafe pairs
    }

    /// Hands over each name, with whether a namespace was written before it, and its value in UTF-8.
    public func each(_ body: (XMLName, _ isPrefixed: Bool, UnsafeBufferPointer<UInt8>) throws -> Void)
        rethrows
    {
        guard var pair = unsafe pairs else { return }
        while let name = unsafe pair[0], let value = unsafe pair[1] {
            let bytes = unsafe UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self)
            let found = unsafe XMLName(bytes)
            var count = 0
            while unsafe value[count] != 0 { count += 1 }
            let content = unsafe UnsafeBufferPointer(
                start: UnsafeRawPointer(value).assumingMemoryBound(to: UInt8.self), count: count)
            try unsafe body(found, found.start != bytes, content)
            unsafe pair += 2
        }
    }

    /// - Parameter prefixed: whether it stands in a namespace; nil: either.
    public func value(_ name: StaticString, prefixed: Bool? = nil) -> String? {
        var value: String?
        unsafe each { found, isPrefixed, bytes in
            if name ~= found, prefixed == nil || prefixed == isPrefixed {
                value = unsafe String(decoding: bytes, as: UTF8.self)
            }
        }
        return value
    }
}
