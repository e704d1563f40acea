import FeedModel

/// Collects what is wrong with one file, and what is odd.
final class Findings {
    let file: String
    private var errors: [ConfigurationError] = []
    private var warnings: [ConfigurationError] = []

    init(file: String) { self.file = file }

    func add(_ line: Int, _ column: Int, _ message: String) {
        errors.append(ConfigurationError(file: file, line: line, column: column, message: message))
    }

    func add(at node: TOMLNode, _ message: String) { add(node.line, node.column, message) }

    func warn(_ line: Int, _ column: Int, _ message: String) {
        warnings.append(ConfigurationError(file: file, line: line, column: column, message: message))
    }

    /// Whether looking for a likely misspelling is still worth its time.
    var isShort: Bool { errors.count < 100 }

    var sortedErrors: [ConfigurationError] { inOrder(errors) }
    var sortedWarnings: [ConfigurationError] { inOrder(warnings) }

    /// In the order of the file; what stands at one place, in the order it was found.
    private func inOrder(_ findings: [ConfigurationError]) -> [ConfigurationError] {
        findings.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }
        .map(\.element)
    }
}

/// Reads the keys of one table. Each question names a key, so that what nobody asked for is known to be unknown.
struct TableReader {
    /// As the file writes it: `[fetch]`.
    let name: String
    /// Where the table stands, for keys that are missing.
    let line: Int
    let column: Int
    let findings: Findings
    private let table: TOMLTable
    private let folder: String
    private var known: [String] = []

    /// - Parameter folder: what relative paths start from.
    init(name: String, table: TOMLTable, line: Int, column: Int, findings: Findings, folder: String) {
        self.name = name
        self.table = table
        self.line = line
        self.column = column
        self.findings = findings
        self.folder = folder
    }

    /// The value of `key`, if the file has it.
    mutating func node(_ key: String) -> TOMLNode? {
        known.append(key)
        return table[key]?.node
    }

    /// The key's value as it stands, without asking for it.
    func peek(_ key: String) -> TOMLNode? { table[key]?.node }

    /// Reports the keys nobody asked for. Call it last.
    func finish() {
        for item in table.items where !known.contains(item.key) {
            let near = findings.isShort ? nearest(to: item.key, among: known) : nil
            let hint = near.map { "did you mean \"\($0)\"?" } ?? "known are \(known.joined(separator: ", "))"
            findings.add(item.keyLine, item.keyColumn, "\(name) has no key \"\(item.key)\"; \(hint)")
        }
    }

    /// Says that `key` is missing, at the table.
    func missing(_ key: String, _ example: String) {
        findings.add(line, column, "\(name) needs \(key); write \(key) = \(example)")
    }

    func wrong(_ node: TOMLNode, _ key: String, _ message: String) {
        findings.add(at: node, "\(name) \(key): \(message)")
    }

    func warn(_ key: String, _ message: String) {
        let place = table[key]?.node
        findings.warn(place?.line ?? line, place?.column ?? column, "\(name) \(key): \(message)")
    }

    func wrongType(_ node: TOMLNode, _ key: String, wanted: String, example: String) {
        wrong(node, key, "\(node.kind) where \(wanted) should be; write \(key) = \(example)")
    }
}

// MARK: - Text

extension TableReader {
    /// The text under `key` and its place; nil if there is none, or it is no text (which is reported).
    mutating func text(_ key: String, example: String = "\"…\"") -> (text: String, node: TOMLNode)? {
        guard let node = node(key), let text = text(of: node, key, example: example) else { return nil }
        return (text, node)
    }

    mutating func texts(_ key: String, example: String) -> [(text: String, node: TOMLNode)]? {
        guard let nodes = list(key, example: example) else { return nil }
        var found: [(text: String, node: TOMLNode)] = []
        for node in nodes {
            guard let text = text(of: node, key, example: example) else { continue }
            if found.contains(where: { $0.text == text }) {
                wrong(node, key, "\"\(text)\" stands here twice; take one out")
            } else {
                found.append((text, node))
            }
        }
        return found
    }

    private func text(of node: TOMLNode, _ key: String, example: String) -> String? {
        guard case .string(let text) = node.value else {
            wrongType(node, key, wanted: "a string", example: example)
            return nil
        }
        guard !text.isEmpty else {
            wrong(node, key, "empty; write \(key) = \(example), or take the line out")
            return nil
        }
        // Such a text would be cut short by C, or would break a line of mail.
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            wrong(node, key, "holds a control character; write plain text")
            return nil
        }
        return text
    }

    mutating func list(_ key: String, example: String) -> [TOMLNode]? {
        guard let node = node(key) else { return nil }
        guard case .array(let nodes) = node.value else {
            wrongType(node, key, wanted: "a list", example: example)
            return nil
        }
        return nodes
    }

    mutating func string(_ key: String, example: String = "\"…\"", into target: inout String?) {
        if let found = text(key, example: example) { target = found.text }
    }

    mutating func path(_ key: String, example: String, into target: inout String) {
        if let found = text(key, example: example) { target = absolute(found.text) }
    }

    /// `path` as an absolute one, counted from the folder of the file.
    func absolute(_ path: String) -> String { absolutePath(path, from: folder) }
}

// MARK: - Numbers and words

extension TableReader {
    mutating func boolean(_ key: String, into target: inout Bool) {
        guard let node = node(key) else { return }
        guard case .boolean(let value) = node.value else {
            return wrongType(node, key, wanted: "true or false", example: "\(target)")
        }
        target = value
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>, into target: inout Int) {
        guard let node = node(key) else { return }
        guard case .integer(let value) = node.value else {
            return wrongType(node, key, wanted: "a whole number", example: "\(target)")
        }
        guard let number = Int(exactly: value), range.contains(number) else {
            return wrong(node, key, "\(value) is out of range; write \(range.lowerBound) to \(range.upperBound)")
        }
        target = number
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>, into target: inout Double) {
        guard let node = node(key) else { return }
        let value: Double
        switch node.value {
        case .integer(let whole): value = Double(whole)
        case .real(let real): value = real
        default: return wrongType(node, key, wanted: "a number", example: plain(target))
        }
        guard range.contains(value) else {
            return wrong(
                node, key,
                "\(plain(value)) is out of range; write \(plain(range.lowerBound)) to \(plain(range.upperBound))")
        }
        target = value
    }

    private func plain(_ number: Double) -> String { JSON.real(number).text() }

    mutating func duration(
        _ key: String, from least: Duration = .zero, to most: Duration = .seconds(366 * 86_400),
        into target: inout Duration
    ) {
        var found: Duration?
        duration(key, from: least, to: most, example: target, into: &found)
        if let found { target = found }
    }

    mutating func duration(
        _ key: String, from least: Duration, to most: Duration, example: Duration, into target: inout Duration?
    ) {
        guard let node = node(key) else { return }
        guard case .string(let text) = node.value else {
            return wrongType(node, key, wanted: "a duration in quotes", example: "\"\(example.inConfigurationWords)\"")
        }
        guard let value = Watching.duration(reading: text) else {
            return wrong(
                node, key,
                "\"\(text)\" is not a duration; write whole numbers with s, m, h, d or w, such as \"90s\" or \"1h30m\"")
        }
        guard value >= least, value <= most else {
            let range = "\(least.inConfigurationWords) to \(most.inConfigurationWords)"
            return wrong(node, key, "\"\(text)\" is out of range; write \(range)")
        }
        target = value
    }

    mutating func size(_ key: String, in range: ClosedRange<Int>, into target: inout Int) {
        guard let node = node(key) else { return }
        guard case .string(let text) = node.value else {
            return wrongType(node, key, wanted: "a size in quotes", example: "\"8 MiB\"")
        }
        guard let value = byteCount(reading: text) else {
            return wrong(
                node, key,
                "\"\(text)\" is not a size; write a whole number with B, KiB, MiB, GiB, kB, MB or GB, such as \"8 MiB\""
            )
        }
        guard range.contains(value) else {
            return wrong(
                node, key,
                "\"\(text)\" is out of range; write \(range.lowerBound >> 10) KiB to \(range.upperBound >> 20) MiB")
        }
        target = value
    }

    /// One of a few words.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, into target: inout Choice
    ) where Choice.RawValue == String {
        var found: Choice?
        choice(key, into: &found)
        if let found { target = found }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, into target: inout Choice?
    ) where Choice.RawValue == String {
        guard let found = text(key, example: example(Choice.self)) else { return }
        if let value: Choice = choice(found.text, found.node, key) { target = value }
    }

    mutating func choices<Choice: RawRepresentable & CaseIterable>(
        _ key: String, into target: inout [Choice]
    ) where Choice.RawValue == String {
        guard let found = texts(key, example: "[\(example(Choice.self))]") else { return }
        target = found.compactMap { choice($0.text, $0.node, key) }
    }

    private func example<Choice: RawRepresentable & CaseIterable>(
        _: Choice.Type
    ) -> String where Choice.RawValue == String { "\"\(Choice.allCases.first?.rawValue ?? "")\"" }

    private func choice<Choice: RawRepresentable & CaseIterable>(
        _ text: String, _ node: TOMLNode, _ key: String
    ) -> Choice? where Choice.RawValue == String {
        if let value = Choice(rawValue: text) { return value }
        wrongWord(text, node, key, among: Choice.allCases.map(\.rawValue))
        return nil
    }

    /// Says that `text` is none of `words`.
    func wrongWord(_ text: String, _ node: TOMLNode, _ key: String, among words: [String]) {
        let near = findings.isShort ? nearest(to: text, among: words) : nil
        let hint = near.map { "did you mean \"\($0)\"?" } ?? "write one of \(words.joined(separator: ", "))"
        wrong(node, key, "\"\(text)\" is not known; \(hint)")
    }
}

/// `path` as an absolute one, counted from `folder`, without needless parts: what is printed should not read
/// `Examples/../.demo`.
func absolutePath(_ path: String, from folder: String) -> String {
    guard !path.hasPrefix("/") else { return path }
    var parts = folder.split(separator: "/")
    for part in path.split(separator: "/") where part != "." {
        if part == "..", !parts.isEmpty { parts.removeLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
}
