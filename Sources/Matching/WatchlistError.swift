/// A watchlist file as it was read.
public struct WatchlistSource: Sendable {
    /// How the file is called in errors and in `Watch.file`.
    public var path: String
    public var bytes: [UInt8]

    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    public init(path: String, text: String) { self.init(path: path, bytes: Array(text.utf8)) }
}

/// A mistake in a watchlist file: where it is, what was expected and what to write instead.
public struct WatchlistError: Error, Hashable, CustomStringConvertible {
    public var path: String
    /// Counted from 1.
    public var line: Int
    /// Counted from 1, in Unicode code points.
    public var column: Int
    /// What is wrong, then what to write instead.
    public var message: String
    /// The line of the file; empty if there is none to show.
    public var excerpt: String

    public init(path: String, line: Int, column: Int, message: String, excerpt: String = "") {
        self.path = path
        self.line = line
        self.column = column
        self.message = message
        self.excerpt = excerpt
    }

    public var description: String { "\(path):\(line):\(column): \(message)" }

    /// The line and, under it, a caret at the place; of a long line the part around it.
    public var caret: [String] {
        guard !excerpt.isEmpty else { return [] }
        let scalars = Array(excerpt.unicodeScalars)
        let place = min(max(column - 1, 0), scalars.count)
        let start = max(0, place - 60)
        var shown = ""
        shown.unicodeScalars.append(
            contentsOf: scalars[start..<min(scalars.count, place + 40)].map { $0 == "\t" ? " " : $0 })
        return ["  " + shown, "  " + String(repeating: " ", count: place - start) + "^"]
    }
}

/// All the mistakes that were found, in the order of the files; never empty.
public struct WatchlistErrors: Error, Equatable, CustomStringConvertible {
    public var errors: [WatchlistError]

    public init(errors: [WatchlistError]) { self.errors = errors }

    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
