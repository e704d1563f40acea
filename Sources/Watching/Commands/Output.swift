import FeedModel
import FoundationEssentials
import Glibc

/// How a command ends (documented in README; scripts rely on the numbers).
public enum ExitCode: Int32, Sendable {
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

/// Where a command writes: answers on standard output, everything else on standard error. Text from outside is shown with
/// its controls made visible (S13).
public struct Output: Sendable {
    public init() {}

    public func line(_ text: String = "") { writeAll(visible(text) + "\n", to: STDOUT_FILENO) }

    /// JSON and other text that escapes controls itself.
    public func raw(_ text: String) { writeAll(text, to: STDOUT_FILENO) }

    /// `durbeen: what: where: why; what to do`.
    public func error(_ text: String) { writeAll("durbeen: " + visible(text) + "\n", to: STDERR_FILENO) }

    public func note(_ text: String) { writeAll(visible(text) + "\n", to: STDERR_FILENO) }

    var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// A progress line that replaces itself; only on a terminal.
    func progress(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        writeAll("\r\u{1B}[K" + visible(text, keepingNewlines: false), to: STDERR_FILENO)
    }

    func endProgress() {
        guard isatty(STDERR_FILENO) == 1 else { return }
        writeAll("\r\u{1B}[K", to: STDERR_FILENO)
    }
}

/// The environment the process was started with.
public func processEnvironment() -> [String: String] { ProcessInfo.processInfo.environment }

/// Ends the process; everything was written already.
public func endProcess(_ code: ExitCode) -> Never { exit(code.rawValue) }
