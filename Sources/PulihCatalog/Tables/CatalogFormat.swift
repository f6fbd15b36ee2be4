import PulihModel

/// The number of the catalog's format, the same in every store, and what is said when it does not fit.
enum CatalogFormat {
    static let newest = 3

    /// - Throws: `refused` for a catalog that a newer Pulih wrote.
    static func checkNotNewer(_ version: Int, catalog: String) throws {
        guard version > newest else { return }
        throw PulihError(
            .refused,
            "the catalog \(catalog) was written by a newer Pulih (format \(version), this one knows \(newest))",
            object: catalog, leftBehind: "nothing was changed", hint: "install the newer Pulih")
    }

    /// A reader cannot migrate: it wants exactly the newest.
    static func checkReadable(_ version: Int, catalog: String) throws {
        try checkNotNewer(version, catalog: catalog)
        guard version != newest else { return }
        throw PulihError(
            .unreachable, "the catalog \(catalog) is of format \(version), this Pulih reads \(newest)",
            object: catalog, hint: "run 'pulih apply', which brings it up to date")
    }
}
