import FeedModel

/// A watch as it stands in its file, before its expressions become a program.
struct WatchDraft {
    struct Gate {
        var line: Int
        var expression: Expression
    }

    struct WeightedLine {
        var line: Int
        var weight: Double
        var expression: Expression
        var ceiling: Double?
        var label: String?
    }

    var watch: Watch
    var hasArea = false
    var musts: [Gate] = []
    var nevers: [Gate] = []
    var scopes: [Gate] = []
    var lines: [WeightedLine] = []
    var tests: [CompiledWatch.SelfTest] = []
    var languages: [String] = []
    var languageLine = 0
    var fields = FieldMask.standard
    var cap: Double?
    var mutedUntil: (seconds: Double, line: Int)?
    private var notify = Notify.urgent

    /// Which matches are urgent.
    private enum Notify: String, CaseIterable { case urgent, always, never }

    init(name: String, file: String, line: Int) {
        watch = Watch(name: name, topic: "", area: .diplomacy, threshold: 6, file: file, line: line)
    }

    /// What a watch has to say and this one does not.
    var missing: String? {
        if watch.topic.isEmpty { return "the watch \"\(watch.name)\" has no topic; write topic = name" }
        if musts.isEmpty && lines.isEmpty {
            return "the watch \"\(watch.name)\" asks nothing; write a must line or a weighted line (+2 word)"
        }
        return nil
    }

    func compiled(by builder: inout ProgramBuilder) -> CompiledWatch {
        var compiled = CompiledWatch(watch: watch)
        switch notify {
        case .urgent: break
        case .always: compiled.watch.urgent = watch.threshold
        case .never: compiled.watch.urgent = nil
        }
        compiled.musts = musts.map { .init(line: $0.line, node: builder.node($0.expression, in: fields)) }
        compiled.nevers = nevers.map { .init(line: $0.line, node: builder.node($0.expression, in: fields)) }
        // A scope looks at where an entry comes from, if it says nothing else.
        compiled.scopes = scopes.map { .init(line: $0.line, node: builder.node($0.expression, in: .all)) }
        compiled.lines = lines.map {
            .init(
                line: $0.line, weight: $0.weight, node: builder.node($0.expression, in: fields), ceiling: $0.ceiling,
                label: $0.label)
        }
        compiled.tests = tests
        compiled.languages = languages
        compiled.languageLine = languageLine
        compiled.cap = cap
        compiled.mutedUntil = mutedUntil
        return compiled
    }
}

extension WatchDraft {
    private static let topicAreas: [String: Area] = [
        "counterterrorism": .security, "defence": .security, "nuclear-sanctions": .security,
        "critical-minerals": .economy, "trade-investment": .economy, "technology": .economy,
        "energy-climate": .economy, "education-people": .people, "aid-humanitarian": .people,
        "diplomacy-regional": .diplomacy,
    ]

    /// Takes over `key = value`.
    ///
    /// - Parameter place: where the value stands.
    mutating func set(_ setting: Setting, _ value: String, line: Int, at place: Int) throws(SyntaxError) {
        func wrong(_ message: String) -> SyntaxError { SyntaxError(at: place, message: message) }
        func number(_ range: ClosedRange<Double>, example: String) throws(SyntaxError) -> Double {
            guard let number = Double(value), range.contains(number) else {
                throw wrong(
                    "\(setting.rawValue) = \(value) is no number in its range; write \(setting.rawValue) = \(example)")
            }
            return number
        }
        switch setting {
        case .topic:
            guard !value.isEmpty, value.utf8.allSatisfy({ $0 > 0x20 }) else {
                throw wrong(
                    "a topic is one word; write topic = \(value.isEmpty ? "name" : value.split(separator: " ").joined(separator: "-"))"
                )
            }
            watch.topic = value
            if !hasArea, let area = Self.topicAreas[value] { watch.area = area }
        case .area:
            guard let area = Area(rawValue: value) else {
                let names = Area.allCases.map(\.rawValue)
                let hint =
                    nearest(to: value, among: names).map { "did you mean \($0)?" }
                    ?? "write \(names.joined(separator: ", "))"
                throw wrong("area \"\(value)\" is not known; \(hint)")
            }
            watch.area = area
            hasArea = true
        case .threshold: watch.threshold = try number(0...10_000, example: "6")
        case .urgent: watch.urgent = try number(0...10_000, example: "12")
        case .cap: cap = try number(0...100_000, example: "20")
        case .priority: watch.priority = Int(try number(-9...9, example: "1").rounded())
        case .notify:
            guard let choice = Notify(rawValue: value) else {
                let names = Notify.allCases.map(\.rawValue)
                let hint =
                    nearest(to: value, among: names).map { "did you mean \($0)?" }
                    ?? "write \(names.joined(separator: ", "))"
                throw wrong("notify = \(value) is not known; \(hint)")
            }
            notify = choice
        case .lang:
            languages = value.lowercased().split { $0 == "," || $0 == " " }.map(String.init)
            languageLine = line
            guard !languages.isEmpty,
                languages.allSatisfy({
                    (2...3).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x61...0x7A).contains($0) }
                })
            else {
                throw wrong("lang = \(value) is no list of languages; write their codes: lang = en, ur")
            }
        case .fields:
            var chosen: FieldMask = []
            for name in value.split(whereSeparator: { $0 == "," || $0 == " " }) {
                guard let field = Lexer.field(String(name)) else { throw wrong(EntryFieldNames.unknown(String(name))) }
                chosen.formUnion(field)
            }
            guard !chosen.isEmpty else { throw wrong("fields names none; write fields = title, summary") }
            fields = chosen
        case .muteUntil:
            guard let day = LocalDate(value) else {
                throw wrong("mute-until = \(value) is no day; write mute-until = 2026-12-31")
            }
            mutedUntil = (Double(day.daysSince1970) * 86400, line)
        }
    }
}
