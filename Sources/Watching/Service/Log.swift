import FeedModel
import Glibc

/// The daemon's journal: fixed text and the facts beside it as `key=value`, one line a message, on standard error. Under
/// systemd each line begins with its priority (sd-daemon(3)); elsewhere with a word.
public struct Log: Sendable {
    public enum Level: Int, Sendable, Comparable, CaseIterable {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
        case debug = 7

        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        /// Reads the word that the configuration uses.
        public init?(_ word: String) {
            guard let level = Level.allCases.first(where: { "\($0)" == word }) else { return nil }
            self = level
        }
    }

    /// Messages less important than this are not written.
    public var level: Level
    private let forJournal: Bool
    private let write: @Sendable (String) -> Void

    public init(level: Level, forJournal: Bool, write: @escaping @Sendable (String) -> Void) {
        self.level = level
        self.forJournal = forJournal
        self.write = write
    }

    /// A log on standard error; `journal` says whether systemd reads it (`JOURNAL_STREAM` is set).
    public static func standardError(level: Level, journal: Bool) -> Log {
        Log(level: level, forJournal: journal) { writeAll($0, to: STDERR_FILENO) }
    }

    /// A log that says nothing.
    public static let silent = Log(level: .error, forJournal: false) { _ in }

    /// The most bytes one line may have (R23).
    static let longestLine = 2048

    public func callAsFunction(_ level: Level, _ message: String, _ facts: KeyValuePairs<String, String> = [:]) {
        guard level <= self.level else { return }
        var line = forJournal ? "<\(level.rawValue)>" : level <= .warning ? "\(level): " : ""
        line += visible(message, keepingNewlines: false)
        for (key, value) in facts { line += " \(key)=\(quoted(value))" }
        write(shortened(line) + "\n")
    }

    private func quoted(_ value: String) -> String {
        let clean = visible(withoutCredentials(value), keepingNewlines: false)
        let isPlain = !clean.isEmpty && clean.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x5C }
        guard !isPlain else { return clean }
        var out = "\""
        for character in clean {
            if character == "\"" || character == "\\" { out.append("\\") }
            out.append(character)
        }
        return out + "\""
    }

    private func shortened(_ line: String) -> String {
        guard line.utf8.count >= Self.longestLine else { return line }
        var cut = line.utf8.index(line.utf8.startIndex, offsetBy: Self.longestLine - 8)
        while cut > line.startIndex, cut.samePosition(in: line) == nil { cut = line.utf8.index(before: cut) }
        return String(line[..<cut]) + " …"
    }
}

/// `text` with the user information of every URL in it replaced by dots (R23, S16).
func withoutCredentials(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
    let bytes = Array(text.utf8)
    let mark = Array("://".utf8)
    var out: [UInt8] = []
    var index = 0
    while index < bytes.count {
        guard bytes[index...].starts(with: mark) else {
            out.append(bytes[index])
            index += 1
            continue
        }
        out += mark
        index += mark.count
        let authorityEnd =
            bytes[index...].firstIndex { $0 <= 0x20 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\"") }
            ?? bytes.count
        if let at = bytes[index..<authorityEnd].lastIndex(of: UInt8(ascii: "@")) {
            out += Array("…".utf8)
            index = at
        }
    }
    return String(decoding: out, as: UTF8.self)
}

/// Writes all of `text`, over interruptions and short writes. A reader that is gone ends the attempt quietly: there is
/// nobody left to tell.
func writeAll(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}
