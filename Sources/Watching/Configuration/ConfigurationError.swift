/// One thing that is wrong with a file of the configuration, and what to write instead.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    public var file: String
    /// Counted from 1; 0 where the error concerns the whole file.
    public var line: Int
    public var column: Int
    /// What is wrong; what to write instead.
    public var message: String
    /// The line of the file and a caret under the place, for a person to look at; may be empty.
    public var caret: [String]

    public init(file: String, line: Int = 0, column: Int = 0, message: String, caret: [String] = []) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.caret = caret
    }

    /// `FILE:LINE:COLUMN: what; what to do`, or without the place where there is none.
    public var description: String { line > 0 ? "\(file):\(line):\(column): \(message)" : "\(file): \(message)" }
}

/// Everything that is wrong with a configuration, in the order of the file; never empty.
public struct ConfigurationErrors: Error, Sendable, Hashable, CustomStringConvertible {
    public var errors: [ConfigurationError]

    public init(errors: [ConfigurationError]) { self.errors = errors }

    /// One line an error.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
