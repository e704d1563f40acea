import FeedModel
import Glibc
import Matching
import Parsing
import Storage

// What commands and the daemon make of the files that a configuration names.

extension Commands {
    /// The configuration; nil after every error was told, one a line.
    func configuration(checksFiles: Bool = true) -> Configuration? {
        do {
            return try Configuration.load(
                path: configurationPath, environment: environment, checksFiles: checksFiles)
        } catch {
            for error in error.errors { output.note(error.description) }
            return nil
        }
    }

    /// The matcher over the watchlists and the relevance model that were named, or else the configuration's; nil after every
    /// error was told.
    func matcher(_ watchlists: [String], model: String? = nil) -> Matcher? {
        var patterns = watchlists
        var modelPath = model
        if patterns.isEmpty {
            guard let configuration = configuration() else { return nil }
            patterns = configuration.watchlists.files
            modelPath = modelPath ?? configuration.watchlists.relevanceModel
        }
        do { return try makeMatcher(over: patterns, model: modelPath) } catch {
            for error in error.errors {
                output.note(error.description)
                for line in error.caret { output.note(line) }
            }
            return nil
        }
    }

    /// The votes in the configuration's store; nil where no configuration is asked for, or it has no store yet.
    func knownVotes(_ watchlists: [String]) async -> [Vote]? {
        guard watchlists.isEmpty, let configuration = configuration() else { return nil }
        guard !configuration.state.folder.isEmpty, exists(configuration.state.storePath) else { return nil }
        do throws(StoreError) {
            return try await Store(readingOnly: configuration.state.storePath).votes()
        } catch {
            output.note("votes are left out: \(error)")
            return nil
        }
    }

    /// The matcher as the daemon would use it: moved by the readers' votes.
    func weighedMatcher(_ watchlists: [String], model: String? = nil) async -> Matcher? {
        guard let matcher = matcher(watchlists, model: model) else { return nil }
        guard matcher.model != nil, model == nil else { return matcher }
        return matcher.weighing(await knownVotes(watchlists) ?? [])
    }
}

/// The matcher over every file that the patterns name, each once, and the relevance model if there is one.
func makeMatcher(over patterns: [String], model: String?) throws(ConfigurationErrors) -> Matcher {
    var sources: [WatchlistSource] = []
    var errors: [ConfigurationError] = []
    for pattern in patterns {
        let paths = filesMatching(pattern)
        if paths.isEmpty {
            errors.append(
                ConfigurationError(
                    file: pattern, line: 1, column: 1, message: "no such file; name a watchlist file that is there"))
        }
        for path in paths where !sources.contains(where: { $0.path == path }) {
            do { sources.append(WatchlistSource(path: path, bytes: try readFile(path, limit: 16 << 20))) } catch {
                errors.append(
                    ConfigurationError(
                        file: path, line: 1, column: 1, message: "\(error); name a file that can be read"))
            }
        }
    }
    guard errors.isEmpty else { throw ConfigurationErrors(errors: errors) }
    let relevance = try model.map { (path) throws(ConfigurationErrors) in try readModel(path) }
    do { return try Matcher(sources, model: relevance) } catch { throw ConfigurationErrors(error) }
}

/// A relevance model as its file states it.
func readModel(_ path: String) throws(ConfigurationErrors) -> RelevanceModel {
    let bytes: [UInt8]
    do { bytes = try readFile(path, limit: 1 << 20) } catch {
        throw ConfigurationErrors(whole: path, "\(error); name a relevance model that can be read")
    }
    do { return try RelevanceModel(WatchlistSource(path: path, bytes: bytes)) } catch {
        throw ConfigurationErrors(error)
    }
}

extension ConfigurationErrors {
    fileprivate init(_ errors: WatchlistErrors) {
        self.init(
            errors: errors.errors.map {
                ConfigurationError(
                    file: $0.path, line: $0.line, column: $0.column, message: $0.message, caret: $0.caret)
            })
    }
}

/// An OPML file as it stands.
func readOPML(_ path: String) throws(ConfigurationErrors) -> OPML {
    let bytes: [UInt8]
    do { bytes = try readFile(path, limit: 16 << 20) } catch {
        throw ConfigurationErrors(whole: path, "\(error); name an OPML file that can be read")
    }
    do { return try OPML.read(bytes) } catch {
        throw ConfigurationErrors(errors: [
            ConfigurationError(file: path, line: error.line, column: error.column, message: error.message)
        ])
    }
}

extension Configuration {
    /// The feeds of the configuration itself, then those of its OPML files. A URL counts once, where it stands first.
    ///
    /// - Parameter allowingMissingFiles: whether a file that is not there yet counts as empty.
    func subscribedFeeds(allowingMissingFiles: Bool = false) throws(ConfigurationErrors) -> [Feed] {
        var errors: [ConfigurationError] = []
        var found = feeds.inline
        for path in feeds.opml where !allowingMissingFiles || exists(path) {
            do {
                let listed = try readOPML(path).feeds.map { $0.separatingCredentials() }
                if let problem = exposedPassword(in: listed, of: path) {
                    errors.append(ConfigurationError(file: path, line: 1, column: 1, message: problem))
                }
                found += listed
            } catch { errors += error.errors }
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors: errors) }
        var seen: Set<String> = []
        return found.filter { seen.insert($0.url).inserted }
    }
}

/// The bytes of a file that a command was given; `-` is standard input.
func readInput(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    path == "-" ? try readAll(STDIN_FILENO, limit: limit) : try readFile(path, limit: limit)
}

/// Whether anything is at `path`, if only a link to nowhere.
func exists(_ path: String) -> Bool {
    var facts = stat()
    return lstat(path, &facts) == 0
}
