/// A text in YAML, read whole into values.
public enum YAMLDocument {
    /// Lists and mappings may be nested this deep.
    public static let depthLimit = 64
    /// What aliases and merge keys repeat may count so many nodes in all; a few lines could otherwise mean
    /// billions.
    public static let expansionLimit = 100_000

    /// Reads the one document in the text; a text without any gives an empty mapping.
    ///
    /// Anchors, aliases and merge keys (`<<`) are resolved. Refused are equal keys in a mapping, keys that
    /// are no scalars, tags beyond the core ones, and a second document.
    public static func parse(_ text: String) throws(YAMLFailure) -> YAMLNode {
        var composer = Composer(text)
        return try composer.document()
    }
}
