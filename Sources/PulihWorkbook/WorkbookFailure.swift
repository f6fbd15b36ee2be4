/// Why a workbook, or a sheet of it, was refused. What was handed over before must not be trusted as a whole.
public struct WorkbookFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// Its bytes are of another format, or of a kind of workbook that is not read.
        case unsupported
        case encrypted
        /// It is cut, or something in it contradicts itself.
        case damaged
        /// It has no such sheet.
        case sheet
        /// What was configured does not fit to what stands in the sheet.
        case layout
        /// Larger than anything that a person would make.
        case limit
    }

    public let kind: Kind
    public let message: String
    /// What to do; may be empty.
    public let hint: String

    public init(_ kind: Kind, _ message: String, hint: String = "") {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    public var description: String { message }
}
