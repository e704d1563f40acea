import Storage

public let durbeenVersion = "0.1.0"

/// What the command line asks for. Each command takes values, writes to `output`, and answers with an exit code.
public struct Commands: Sendable {
    let configurationPath: String
    let environment: [String: String]
    let output: Output

    public init(configurationPath: String?, environment: [String: String], output: Output) {
        self.configurationPath =
            configurationPath ?? environment["DURBEEN_CONFIG"] ?? "/etc/durbeen/durbeen.toml"
        self.environment = environment
        self.output = output
    }
}

/// A command that cannot go on; what was to be said has been said.
struct Ended: Error { var code: ExitCode }

extension Commands {
    func loadConfiguration() throws(Ended) -> Configuration {
        do { return try Configuration.load(path: configurationPath, environment: environment) } catch {
            for one in error.errors { output.error("reading the configuration: \(one)") }
            throw Ended(code: .configuration)
        }
    }

    func loadWiring() throws(Ended) -> Wiring {
        let configuration = try loadConfiguration()
        do { return try Wiring.load(configuration) } catch {
            for line in error.lines { output.error("reading the configuration: \(line)") }
            throw Ended(code: .configuration)
        }
    }

    func openStore(_ configuration: Configuration, readingOnly: Bool = false) throws(Ended) -> Store {
        guard !configuration.state.folder.isEmpty else {
            output.error(
                "opening the store: \(configuration.path): [state] folder is not given and $STATE_DIRECTORY is not set; "
                    + "write folder = \"/var/lib/durbeen\" under [state]")
            throw Ended(code: .configuration)
        }
        let path = configuration.state.storePath
        do { return readingOnly ? try Store(readingOnly: path) : try Store(path: path) } catch { throw said(error) }
    }

    /// For commands that only read the store.
    func withReader(_ body: (Store) async throws(StoreError) -> ExitCode) async -> ExitCode {
        do throws(Ended) {
            let store = try openStore(try loadConfiguration(), readingOnly: true)
            do throws(StoreError) { return try await body(store) } catch { throw said(error) }
        } catch { return error.code }
    }

    func said(_ error: StoreError) -> Ended {
        output.error("\(error)")
        return Ended(code: error.exitCode)
    }
}

extension StoreError {
    var exitCode: ExitCode {
        switch self {
        case .inUse: .storeInUse
        case .damaged: .storeDamaged
        default: .storeCannotBeOpened
        }
    }
}
