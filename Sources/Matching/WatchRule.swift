/// A line of a watch that has a say in its verdicts.
public struct WatchRule: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// A gate that has to hold.
        case must
        /// A veto.
        case never
        /// What it adds when it holds in the body.
        case weight(Double)
    }

    /// The number of its watch in `Matcher.watches`.
    public var watch: Int
    /// Counted from 1.
    public var line: Int
    public var kind: Kind
    /// What the line calls itself.
    public var label: String?

    public init(watch: Int, line: Int, kind: Kind, label: String? = nil) {
        self.watch = watch
        self.line = line
        self.kind = kind
        self.label = label
    }
}
