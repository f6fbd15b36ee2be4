/// What is told when nobody watches.
public struct Alerts: Sendable, Equatable {
    /// A program and its arguments, run in the workspace with one JSON object on its standard input when an unattended
    /// run has ended badly for good; empty: nobody is told.
    public var onFailure: [String]

    public init(onFailure: [String] = []) {
        self.onFailure = onFailure
    }
}
