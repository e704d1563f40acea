import FeedModel

/// Collects what is wrong with one file.
final class ErrorList {
    let file: String
    private(set) var errors: [ConfigurationError] = []

    init(file: String) { self.file = file }

    func add(_ line: Int, _ column: Int, _ message: String) {
        errors.append(ConfigurationError(file: file, line: line, column: column, message: message))
    }

    func add(at node: TOMLNode, _ message: String) { add(node.line, node.column, message) }
}

/// Reads the keys of one table. Each question names a key, so that what nobody asked for is known to be unknown.
struct TableReader {
    let name: String
    private let table: TOMLTable
    private let errors: ErrorList
    private let base: String
    private var known: [String] = []
    /// Where the table stands, for keys that are missing.
    let line: Int
    let column: Int

    init(name: String, table: TOMLTable, line: Int, column: Int, errors: ErrorList, base: String) {
        self.name = name
        self.table = table
        self.errors = errors
        self.base = base
        self.line = line
        self.column = column
    }

    /// The value of `key`, if the file has it.
    mutating func node(_ key: String) -> TOMLNode? {
        known.append(key)
        return table[key]?.node
    }

    func has(_ key: String) -> Bool { table[key] != nil }

    /// Reports the keys nobody asked for. Call it last.
    func finish() {
        for item in table.items where !known.contains(item.key) {
            let place = name.isEmpty ? "unknown table or key" : "unknown key"
            let owner = name.isEmpty ? "" : " in \(name)"
            let hint =
                nearest(to: item.key, among: known).map { "; did you mean \"\($0)\"?" }
                ?? "; known are: \(known.sorted().joined(separator: ", "))"
            errors.add(item.keyLine, item.keyColumn, "\(place) \"\(item.key)\"\(owner)\(hint)")
        }
    }

    mutating func string(_ key: String, into target: inout String) {
        guard let node = node(key) else { return }
        guard case .string(let text) = node.value else {
            return wrongType(node, key, wanted: "a string", "\(key) = \"…\"")
        }
        target = text
    }

    mutating func string(_ key: String, into target: inout String?) {
        var text = ""
        guard has(key) else { return known.append(key) }
        string(key, into: &text)
        if !text.isEmpty { target = text }
    }

    mutating func path(_ key: String, into target: inout String) {
        var text = ""
        string(key, into: &text)
        if !text.isEmpty { target = absolute(text) }
    }

    mutating func path(_ key: String, into target: inout String?) {
        var text = ""
        path(key, into: &text)
        if !text.isEmpty { target = text }
    }

    /// `path` against the folder of the configuration file.
    func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        var parts = base.split(separator: "/")
        for part in path.split(separator: "/") where part != "." {
            // Without this, what is printed reads "Examples/../.demo".
            if part == "..", !parts.isEmpty { parts.removeLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    mutating func strings(_ key: String, into target: inout [String]) {
        guard let nodes = list(key, example: "[\"…\"]") else { return }
        target = nodes.compactMap { node in
            guard case .string(let text) = node.value else {
                wrongType(node, key, wanted: "a string", "\(key) = [\"…\"]")
                return nil
            }
            return text
        }
    }

    mutating func list(_ key: String, example: String) -> [TOMLNode]? {
        guard let node = node(key) else { return nil }
        guard case .array(let nodes) = node.value else {
            wrongType(node, key, wanted: "a list", "\(key) = \(example)")
            return nil
        }
        return nodes
    }

    mutating func boolean(_ key: String, into target: inout Bool) {
        guard let node = node(key) else { return }
        guard case .boolean(let value) = node.value else {
            return wrongType(node, key, wanted: "true or false", "\(key) = true")
        }
        target = value
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>, into target: inout Int) {
        guard let node = node(key) else { return }
        guard case .integer(let value) = node.value else {
            return wrongType(node, key, wanted: "a whole number", "\(key) = \(target)")
        }
        guard let number = Int(exactly: value), range.contains(number) else {
            return errors.add(
                at: node, "\(key) = \(value) is out of range; write \(range.lowerBound) to \(range.upperBound)")
        }
        target = number
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>, into target: inout Double) {
        guard let node = node(key) else { return }
        let value: Double
        switch node.value {
        case .integer(let whole): value = Double(whole)
        case .real(let real): value = real
        default: return wrongType(node, key, wanted: "a number", "\(key) = \(target)")
        }
        guard range.contains(value) else {
            return errors.add(
                at: node, "\(key) = \(value) is out of range; write \(range.lowerBound) to \(range.upperBound)")
        }
        target = value
    }

    mutating func duration(_ key: String, atLeast least: Duration = .zero, into target: inout Duration) {
        guard let node = node(key) else { return }
        guard case .string(let text) = node.value else {
            return wrongType(node, key, wanted: "a duration in quotes", "\(key) = \"6h\"")
        }
        guard let value = Watching.duration(reading: text) else {
            return errors.add(
                at: node,
                "\(key) = \"\(text)\" is no duration; write a number with s, m, h, d or w, as in \"90s\" or \"6h\"")
        }
        guard value >= least, value <= .seconds(366 * 86_400) else {
            return errors.add(at: node, "\(key) = \"\(text)\" is out of range; write \(Int(least.inSeconds))s to 366d")
        }
        target = value
    }

    mutating func size(_ key: String, in range: ClosedRange<Int>, into target: inout Int) {
        guard let node = node(key) else { return }
        guard case .string(let text) = node.value else {
            return wrongType(node, key, wanted: "a size in quotes", "\(key) = \"8 MiB\"")
        }
        guard let value = byteCount(reading: text) else {
            return errors.add(
                at: node, "\(key) = \"\(text)\" is no size; write a number with B, KiB, MiB or GiB, as in \"8 MiB\"")
        }
        guard range.contains(value) else {
            return errors.add(
                at: node,
                "\(key) = \"\(text)\" is out of range; write \(range.lowerBound >> 10) KiB to \(range.upperBound >> 20) MiB"
            )
        }
        target = value
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, into target: inout Choice
    ) where Choice.RawValue == String {
        guard let node = node(key) else { return }
        if let value: Choice = choice(key, node) { target = value }
    }

    mutating func choices<Choice: RawRepresentable & CaseIterable>(
        _ key: String, into target: inout [Choice]
    ) where Choice.RawValue == String {
        guard let nodes = list(key, example: "[\"\(Choice.allCases.first?.rawValue ?? "")\"]") else { return }
        target = nodes.compactMap { choice(key, $0) }
    }

    private func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ node: TOMLNode
    ) -> Choice? where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        guard case .string(let text) = node.value else {
            wrongType(node, key, wanted: "a string", "one of \(words.joined(separator: ", "))")
            return nil
        }
        guard let value = Choice(rawValue: text) else {
            let hint = nearest(to: text, among: words).map { "did you mean \"\($0)\"? " } ?? ""
            errors.add(
                at: node, "\(key): \"\(text)\" is not known; \(hint)write one of \(words.joined(separator: ", "))")
            return nil
        }
        return value
    }

    func wrongType(_ node: TOMLNode, _ key: String, wanted: String, _ example: String) {
        errors.add(at: node, "\(key) is \(node.kind), not \(wanted); write \(example)")
    }
}
