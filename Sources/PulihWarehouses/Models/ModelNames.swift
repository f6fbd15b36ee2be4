import PulihModel

/// Where a model is while it is built and after it is published.
struct ModelNames {
    let live: TableName
    /// The table being built.
    let physical: TableName
    /// What other builds and tests read: a view, unless it is `physical` itself.
    let build: TableName
    /// A view of the live table as it was before a batch, while that batch is built again.
    let before: TableName
    /// Rows that merges into an incremental model replaced.
    let undo: TableName
    /// Pulih's own tables.
    let merges: TableName
    let builds: TableName
}
