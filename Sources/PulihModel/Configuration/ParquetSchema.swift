/// What the columns of a Parquet file are to be.
public struct ParquetSchema: Sendable, Hashable {
    public struct Column: Sendable, Hashable {
        /// Case does not count.
        public var source: String
        public var type: ColumnType

        public init(_ source: String, _ type: ColumnType) {
            self.source = source
            self.type = type
        }
    }

    public var columns: [Column]

    public init(_ columns: [Column]) { self.columns = columns }
}
