/// What `infer` proposes for one table: a file, or a sheet of a workbook.
public struct FileProposal: Sendable, Equatable {
    public var format: RecordFormat
    /// Of a file that holds several tables, the name of this one.
    public var table: String?
    public var columns: [ColumnSpec]
    /// Sample values per column, for the comments of the proposal.
    public var samples: [[String]]
    /// Single columns that were unique and complete in all of the file.
    public var keys: [String]
    public var records: Int
    /// Things a person should look at: `sls_order_dt looks like a date written as a number`.
    public var remarks: [String]
    /// What extra columns do: the file has some that are not proposed.
    public var drift = DriftPolicy.fail

    public var dialect: CSVDialect { format.dialect }

    public init(
        format: RecordFormat, columns: [ColumnSpec], samples: [[String]], keys: [String], records: Int,
        remarks: [String]
    ) {
        self.format = format
        self.columns = columns
        self.samples = samples
        self.keys = keys
        self.records = records
        self.remarks = remarks
    }

    /// Of CSV.
    public init(
        dialect: CSVDialect, columns: [ColumnSpec], samples: [[String]], keys: [String], records: Int,
        remarks: [String]
    ) {
        self.init(
            format: RecordFormat(.csv, dialect), columns: columns, samples: samples, keys: keys,
            records: records, remarks: remarks)
    }
}
