import FeedModel

/// The keys of a watch.
enum Setting: String, CaseIterable {
    case topic, area, threshold, urgent, notify, lang, fields, cap, priority
    case muteUntil = "mute-until"
}

/// What a statement of a watch is, told by its first word.
enum StatementKind {
    /// `must` or `never`; the expression begins after so many bytes.
    case gate(isMust: Bool, length: Int)
    case selfTest(mustPass: Bool, length: Int)
    case weight(Double, length: Int)
    case scope(valueStart: Int)
    case setting(Setting, value: String, valueStart: Int)

    private static let statements = ["must", "never", "expect", "reject"]
    private static let keys = Setting.allCases.map(\.rawValue) + ["scope"]

    /// - Parameters:
    ///   - text: the first line of the statement, which begins at byte `start` of the file.
    ///   - isDefault: only keys may stand here.
    init(of text: Substring, at start: Int, isDefault: Bool) throws(SyntaxError) {
        let word = text.prefix { $0 != " " && $0 != "\t" && $0 != "(" && $0 != "\"" && $0 != "=" }
        let length = word.utf8.count
        if let (key, value, valueStart) = Self.keyAndValue(text, word) {
            if key == "scope", !isDefault {
                self = .scope(valueStart: start + valueStart)
            } else if let setting = Setting(rawValue: key), setting != .topic || !isDefault {
                self = .setting(setting, value: value, valueStart: start + valueStart)
            } else {
                throw Self.unknownKey(key, at: start, isDefault: isDefault)
            }
            return
        }
        guard !isDefault else {
            throw SyntaxError(at: start, message: "[defaults] holds keys only; write key = value")
        }
        switch word {
        case "must", "never": self = .gate(isMust: word == "must", length: length)
        case "expect", "reject": self = .selfTest(mustPass: word == "expect", length: length)
        default:
            if word.hasPrefix("+") || word.hasPrefix("-") {
                // -0.5 is a weight, -0 is none: it would say nothing.
                guard let weight = Double(word), abs(weight) <= 1000, weight != 0, (weight * 2).rounded() == weight * 2
                else {
                    throw SyntaxError(at: start, message: "\(word) is no weight; write +N or -N in steps of 0.5")
                }
                self = .weight(weight, length: length)
            } else {
                let hint = nearest(to: String(word), among: Self.statements + Self.keys).map {
                    "did you mean \"\($0)\"?"
                }
                throw SyntaxError(
                    at: start,
                    message:
                        "\"\(word)\" begins no statement; \(hint ?? "write must, never, +N, -N, expect, reject or key = value")"
                )
            }
        }
    }

    private static func unknownKey(_ key: String, at start: Int, isDefault: Bool) -> SyntaxError {
        let known = isDefault ? keys.filter { $0 != "topic" && $0 != "scope" } : keys
        if isDefault && keys.contains(key) {
            return SyntaxError(at: start, message: "\(key) is each watch's own; write it in the [watch] block")
        }
        let hint = nearest(to: key, among: known).map { "did you mean \"\($0)\"?" }
        return SyntaxError(
            at: start, message: "unknown key \"\(key)\"; \(hint ?? "known are: \(known.joined(separator: ", "))")")
    }

    /// `key = value`, and where the value begins, in bytes from the statement's start.
    private static func keyAndValue(_ text: Substring, _ word: Substring) -> (String, String, Int)? {
        guard !word.isEmpty, word.allSatisfy({ $0.isLetter || $0 == "-" }), !statements.contains(String(word)) else {
            return nil
        }
        let afterWord = text[word.endIndex...].drop { $0 == " " || $0 == "\t" }
        guard afterWord.first == "=" else { return nil }
        let value = afterWord.dropFirst().drop { $0 == " " || $0 == "\t" }
        let end = value.firstIndex(of: "#") ?? value.endIndex
        let kept = trimmed(value[..<end]) { $0 == " " || $0 == "\t" }
        return (String(word), kept, text.utf8.distance(from: text.startIndex, to: value.startIndex))
    }
}

extension ExpressionParser {
    /// An expression and its options, `max=N` and `as LABEL`.
    mutating func weightedLine(_ weight: Double, line: Int) throws(SyntaxError) -> WatchDraft.WeightedLine {
        var weighted = WatchDraft.WeightedLine(line: line, weight: weight, expression: try anyOf())
        while let lexeme = next {
            if case .word(let option) = lexeme.kind, option.hasPrefix("max=") {
                guard let most = Double(option.dropFirst(4)), most > 0, most <= 10_000 else {
                    throw error("\(option) is no ceiling; write max=8")
                }
                weighted.ceiling = most
                skip()
            } else if lexeme.kind == .word("as") {
                skip()
                switch next?.kind {
                case .quoted(let label)?, .word(let label)?: weighted.label = label
                default: throw error("as needs a label; write as \"label\"")
                }
                skip()
            } else {
                throw error("this does not belong here; after the expression stand max=N and as \"label\"")
            }
        }
        return weighted
    }
}
