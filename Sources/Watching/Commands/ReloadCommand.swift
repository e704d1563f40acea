import FoundationEssentials
import Glibc
import Storage

extension Commands {
    /// `reload`: checks the configuration as `check` does, and if it is in order asks the running daemon to take it over.
    public func reload() -> ExitCode {
        do throws(Ended) {
            let configuration = try loadWiring().configuration
            guard let daemon = Store.holder(of: configuration.state.storePath), isDaemon(daemon) else {
                output.error(
                    "reloading: no durbeen run has \(configuration.state.storePath) in use; start one, it reads "
                        + "\(configurationPath) then")
                return .wrong
            }
            guard kill(pid_t(daemon), SIGHUP) == 0 else {
                output.error(
                    "reloading: process \(daemon) takes no signal from this user: \(String(cString: strerror(errno))); "
                        + "try sudo, or systemctl reload durbeen")
                return .wrong
            }
            output.line("process \(daemon) was asked to reload \(configurationPath); its log says how that went")
            return .success
        } catch { return error.code }
    }

    /// Only the daemon reads its configuration anew on SIGHUP: it ends any other command.
    private func isDaemon(_ process: Int) -> Bool {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else { return false }
        return bytes.split(separator: 0).dropFirst().contains { Array($0) == Array("run".utf8) }
    }
}
