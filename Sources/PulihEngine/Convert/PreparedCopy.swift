internal import PulihModel
internal import PulihSystem

/// A copy of a raw file that DuckDB cannot misread: UTF-8, records only, each ended by LF.
///
/// Made of files that are compressed, in another encoding or of another format, and of those whose line ends are mixed or whose quotes are
/// damaged. Left out are the records that DuckDB would lose its way on; they are structural rejects.
struct PreparedCopy {
    let path: String
    /// Records that were left out.
    let leftOut: Int
    let filter: RecordFilter

    /// - Parameter known: the source's shape.
    static func write(
        _ source: String, _ format: RecordFormat, known: FileShape, to path: String, _ filter: RecordFilter
    ) throws -> PreparedCopy {
        let writer = try FileWriter(path)
        var leftOut = 0
        let lineFeed: [UInt8] = [ASCII.lineFeed]
        try RecordPass(path: source, format: format, limit: filter.longest + 1, known: known).run { record in
            guard record.ordinal > 0 else { return true }
            if filter.leavesOut(record) {
                leftOut += 1
                return true
            }
            try writer.write(record.text)
            try lineFeed.withUnsafeBufferPointer { try writer.write($0) }
            return true
        }
        try writer.finish()
        return PreparedCopy(path: path, leftOut: leftOut, filter: filter)
    }

    /// Bytes of a kept record in the copy.
    static func span(_ record: LocatedRecord) -> Int { record.length + 1 }
}
