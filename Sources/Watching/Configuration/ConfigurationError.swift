/// One thing that is wrong with a file, and what to write instead.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public var file: String
    /// Counted from 1; 0 where the error concerns the whole file.
    public var line: Int
    public var column: Int
    public var message: String

    public var description: String { line > 0 ? "\(file):\(line):\(column): \(message)" : "\(file): \(message)" }
}

/// Everything that is wrong with a configuration, in the order of the file.
public struct ConfigurationErrors: Error, Sendable, Equatable {
    public var errors: [ConfigurationError]
}
