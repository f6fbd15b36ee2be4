internal import CDuckDB

/// The library that is in use.
public enum DuckDBLibrary {
    /// Such as `v1.5.5`. Extensions must be of exactly this version.
    public static var version: String {
        unsafe duckdb_library_version().map { unsafe String(cString: $0) } ?? ""
    }

    /// The folder that it was loaded from; nil if it is part of the program itself.
    public static var folder: String? {
        var info = unsafe pulih_dl_info()
        let address: @convention(c) () -> UnsafePointer<CChar>? = unsafe duckdb_library_version
        guard unsafe pulih_dladdr(unsafeBitCast(address, to: UnsafeRawPointer.self), &info) != 0,
            let file = unsafe info.file.map({ unsafe String(cString: $0) }),
            let slash = file.lastIndex(of: "/")
        else { return nil }
        return String(file[..<slash])
    }
}
