public import FeedModel
import FoundationEssentials
import Glibc

/// How a command ended, for the shell. Scripts rely on the numbers.
public enum ExitCode: Int32, Sendable, CaseIterable {
    case success = 0
    /// Checked, and found wrong.
    case wrong = 1
    case usage = 64
    case storeDamaged = 65
    case noInput = 66
    case nothingToDeliverTo = 69
    case storeCannotBeOpened = 74
    case storeInUse = 75
    case configuration = 78
}

/// Where a command writes. Nothing that could steer a terminal gets out, whatever feeds and files hold (S13).
public struct Output: Sendable {
    public enum Stream: Sendable { case output, errors }

    /// Whether a person sees what is written to `output`.
    public var isTerminal: Bool
    /// Whether a person sees what is written to `errors`: progress goes there, and nowhere else.
    public var showsProgress: Bool
    /// Columns of the terminal.
    public var width: Int
    private let write: @Sendable (String, Stream) -> Void

    public init(
        isTerminal: Bool = false, showsProgress: Bool = false, width: Int = 80,
        write: @escaping @Sendable (String, Stream) -> Void
    ) {
        self.isTerminal = isTerminal
        self.showsProgress = showsProgress
        self.width = width
        self.write = write
    }

    /// The process's own streams. When the reader of standard output has gone, the process ends without a word.
    public static func standard() -> Output {
        Output(
            isTerminal: isatty(STDOUT_FILENO) == 1, showsProgress: isatty(STDERR_FILENO) == 1, width: terminalWidth()
        ) { text, stream in
            let isWritten = writeWhole(text, to: stream == .output ? STDOUT_FILENO : STDERR_FILENO)
            // Nobody is left to tell, and nothing is left to do: what commands change is changed by then, or not at all.
            if !isWritten && stream == .output { exit(errno == EPIPE ? 0 : ExitCode.storeCannotBeOpened.rawValue) }
        }
    }

    /// Writes a line, or several.
    public func line(_ text: String = "") { write(visible(text) + "\n", .output) }

    /// Writes several lines at once, for streams.
    public func lines(_ texts: [String]) {
        guard !texts.isEmpty else { return }
        write(texts.map { visible($0) + "\n" }.joined(), .output)
    }

    /// Writes a JSON document and ends the line.
    public func json(_ value: JSON, indented: Bool = true) { json(text: value.text(indented: indented)) }

    /// Writes JSON text. What a terminal would obey becomes `\u` escapes, which mean the same.
    public func json(text: String) { write(Self.safe(json: text) + "\n", .output) }

    /// Writes JSON texts, one a line.
    public func json(lines texts: [String]) {
        guard !texts.isEmpty else { return }
        write(texts.map { Self.safe(json: $0) + "\n" }.joined(), .output)
    }

    /// Writes JSON that was made elsewhere, its line breaks included.
    public func raw(_ text: String) { write(Self.safe(json: text), .output) }

    /// Writes a file's bytes as they are, for a file or a pipe; for a terminal made visible.
    public func document(_ text: String) { write(isTerminal ? visible(text) : text, .output) }

    /// Writes text that was laid out for a terminal with colours of our own; whoever made it has seen to what feeds put in.
    func styled(_ text: String) { write(text, .output) }

    /// Says on standard error what went wrong: `durbeen: what: where: why; what to do`.
    public func error(_ text: String) { write("durbeen: \(visible(text, keepingNewlines: false))\n", .errors) }

    /// Writes a line on standard error as it is, for what begins with a file's name.
    public func note(_ text: String) { write(visible(text, keepingNewlines: false) + "\n", .errors) }

    /// Shows how far a command has come, in place, and only to a person.
    public func progress(_ text: String) {
        guard showsProgress else { return }
        write("\r" + visible(String(text.prefix(max(20, width - 1))), keepingNewlines: false) + "\u{1B}[K", .errors)
    }

    public func endProgress() {
        if showsProgress { write("\r\u{1B}[K", .errors) }
    }

    /// Controls stand in JSON only between a string's quotes, but for the line breaks of its layout.
    static func safe(json text: String) -> String {
        guard visible(text) != text else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            let shown = visible(String(Character(scalar)))
            if shown == String(Character(scalar)) {
                out.unicodeScalars.append(scalar)
            } else {
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
            }
        }
        return out
    }
}

/// False if the descriptor takes no more; `errno` says why.
private func writeWhole(_ text: String, to descriptor: Int32) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        if count < 0 && errno == EAGAIN {
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&ready, 1, -1)
            continue
        }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
    }
    return true
}

private func terminalWidth() -> Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return 80 }
    return min(Int(size.ws_col), 120)
}

/// The environment the process was started with.
public func processEnvironment() -> [String: String] { ProcessInfo.processInfo.environment }

/// Ends the process; everything was written already.
public func endProcess(_ code: ExitCode) -> Never { exit(code.rawValue) }
