import FeedModel

/// The words of a command line that were not understood.
struct UsageError: Error, Equatable {
    var message: String

    static func unknown(_ what: String, _ word: String, among known: [String]) -> UsageError {
        let hint = nearest(to: word, among: known).map { "did you mean \($0)?" } ?? "see durbeen --help"
        return UsageError(message: "\(word): there is no such \(what); \(hint)")
    }
}

/// Options and words of one command: `--flag`, `--option VALUE`, `--option=VALUE`; after `--` all are words.
struct Arguments {
    private(set) var words: [String] = []
    private var flags: Set<String> = []
    private var values: [String: String] = [:]

    init(_ arguments: [String], flags known: [String], options: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--"), argument != "--" else {
                if argument == "--" {
                    words += rest
                    return
                }
                words.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if options.contains(parts[0]) {
                guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
                    throw UsageError(message: "\(parts[0]): the value is missing; write \(parts[0]) VALUE")
                }
                values[parts[0]] = value
            } else if known.contains(argument) {
                flags.insert(argument)
            } else {
                throw .unknown("option", parts[0], among: known + options)
            }
        }
    }

    func has(_ flag: String) -> Bool { flags.contains(flag) }
    func value(_ option: String) -> String? { values[option] }

    func expectNoWords(_ command: String) throws(UsageError) {
        if let word = words.first {
            throw UsageError(message: "\(command): \(word) is one word too many; see durbeen \(command) --help")
        }
    }

    mutating func subcommand(of command: String, _ known: [String]) throws(UsageError) -> String {
        guard let word = words.first else {
            throw UsageError(message: "\(command): what? write one of \(known.joined(separator: ", "))")
        }
        guard known.contains(word) else { throw .unknown("command of \(command)", word, among: known) }
        words.removeFirst()
        return word
    }
}
