/// What sort of publication an entry is, as far as its title, address, tags and source tell. Shown to readers, read by
/// watchlists as the field `type`; jobs and event notices stay out of a digest's body.
public enum EntryKind: String, Sendable, Hashable, CaseIterable, Codable {
    case report
    /// Opinion and analysis: what think tanks publish most.
    case commentary
    case news
    /// A notice of something that will take place.
    case event
    case podcast
    case job
    /// A government's or an organisation's own word: statements, readouts, fact sheets.
    case pressRelease = "press-release"

    /// Whether it is only a notice, of an opening or a date.
    public var isNotice: Bool { self == .job || self == .event }
}

extension EntryKind {
    /// Recognises the kind of an entry; nil where nothing tells.
    ///
    /// What the entry says of itself goes before what its source usually publishes. A wrong guess costs little: only jobs and
    /// events are told apart from the rest, and these are asked for by plain words.
    ///
    /// - Parameter hasAudio: whether a recording is attached.
    public init?(of entry: Entry, from feed: Feed?, hasAudio: Bool = false) {
        let words = words(of: entry.title)
        let segments = pathSegments(of: entry.url)
        var found: Set<EntryKind> = []
        for segment in segments { found.formUnion(Signs.bySegment[segment] ?? []) }
        for tag in entry.tags { found.formUnion(Signs.byTag[tag.lowercased()] ?? []) }
        for at in words.indices {
            for sign in Signs.byFirstWord[words[at]] ?? [] where words[at...].starts(with: sign.words) {
                found.insert(sign.kind)
            }
        }
        // What is told afterwards is no notice of it.
        if found.contains(.event), words.contains(where: Signs.afterwards.contains) { found.remove(.event) }
        if let first = Signs.all.first(where: { found.contains($0.kind) }) {
            self = first.kind
        } else if hasAudio {
            self = .podcast
        } else {
            switch feed?.kind {
            case .government: self = .pressRelease
            case .press: self = .news
            case .thinkTank: self = .commentary
            case .academic: self = .report
            case .organisation, .search, nil: return nil
            }
        }
    }
}

/// What gives a kind away. The first kind whose signs hold is taken.
private struct Signs {
    var kind: EntryKind
    /// Words in a row in the title.
    var phrases: [String]
    /// Parts of the address's path.
    var segments: Set<String>
    /// Whole tags.
    var tags: Set<String> = []

    static let afterwards: Set<String> = ["summary", "transcript", "recap", "highlights", "report", "video"]

    static let bySegment = table(\.segments)
    static let byTag = table(\.tags)
    static let byFirstWord: [String: [(words: [String], kind: EntryKind)]] = {
        var table: [String: [(words: [String], kind: EntryKind)]] = [:]
        for signs in all {
            for phrase in signs.phrases {
                let words = phrase.split(separator: " ").map(String.init)
                table[words[0], default: []].append((words, signs.kind))
            }
        }
        return table
    }()

    private static func table(_ texts: (Signs) -> Set<String>) -> [String: [EntryKind]] {
        var table: [String: [EntryKind]] = [:]
        for signs in all { for text in texts(signs) { table[text, default: []].append(signs.kind) } }
        return table
    }

    static let all = [
        Signs(
            kind: .job,
            phrases: [
                "vacancy announcement", "vacancy notice", "job vacancy", "job vacancies", "job opening", "job openings",
                "we are hiring", "now hiring",
                "career opportunity", "career opportunities", "internship opportunity",
                "request for quotations", "request for proposals", "tender notice", "position available", "آسامی",
                "آسامیاں",
                "اسامیاں", "ملازمت کے مواقع",
            ],
            segments: ["jobs", "job", "careers", "vacancies", "vacancy", "job-openings"],
            tags: ["jobs", "vacancy", "careers"]),
        Signs(
            kind: .event,
            phrases: [
                "webinar", "register now", "save the date", "rsvp", "upcoming event", "online event", "virtual event",
                "call for papers", "you are invited", "ویبینار",
            ],
            segments: ["events", "event", "webinars", "webinar", "calendar"], tags: ["events", "event", "webinar"]),
        Signs(
            kind: .podcast, phrases: ["podcast", "پوڈکاسٹ"],
            segments: ["podcast", "podcasts", "audio", "listen"], tags: ["podcast", "podcasts", "audio"]),
        Signs(
            kind: .pressRelease,
            phrases: [
                "press release", "media note", "media advisory", "readout of", "joint statement", "statement by",
                "statement from", "remarks by", "fact sheet", "press briefing", "press gaggle", "press statement",
                "پریس ریلیز", "اعلامیہ",
            ],
            segments: [
                "press-releases", "press-release", "pressreleases", "press-room", "briefing-room", "media-releases",
                "briefings-statements", "statements-releases", "presidential-actions",
            ], tags: ["press release", "press releases"]),
        Signs(
            kind: .report,
            phrases: [
                "policy brief", "issue brief", "working paper", "white paper", "annual report", "discussion paper",
                "research report", "backgrounder",
            ],
            segments: [
                "reports", "report", "publications", "research", "papers", "working-papers", "policy-briefs", "studies",
            ], tags: ["report", "reports", "research"]),
        Signs(
            kind: .commentary,
            phrases: [
                "opinion", "op ed", "editorial", "commentary", "letters to the editor", "viewpoint", "کالم", "اداریہ",
            ],
            segments: [
                "opinion", "opinions", "op-ed", "oped", "commentary", "commentaries", "commentisfree", "editorial",
                "editorials", "analysis", "blog", "blogs", "columns", "columnists", "perspectives", "letters",
                "expert-comment",
            ], tags: ["opinion", "op-ed", "commentary", "analysis", "editorial", "blog"]),
        Signs(kind: .news, phrases: [], segments: ["news", "breaking", "latest-news"], tags: ["news"]),
    ]
}

/// The words of a title in small letters; what is not ASCII is taken for letters.
private func words(of title: String) -> [String] {
    var words: [String] = []
    var word: [UInt8] = []
    func end() {
        if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
        word.removeAll(keepingCapacity: true)
    }
    for byte in title.utf8 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): word.append(byte | 0x20)
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: word.append(byte)
        default: end()
        }
    }
    end()
    return words
}

/// The parts of an address's path, at most eight.
private func pathSegments(of url: String?) -> [String] {
    guard let url else { return [] }
    let path = url.prefix { $0 != "?" && $0 != "#" }
    // Scheme, nothing, host.
    return path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(3).prefix(8).map { $0.lowercased() }
}
