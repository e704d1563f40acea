public import FeedModel
import FoundationEssentials

// The digest as plain text: for the text part of the mail, for .txt files, and for a terminal.

/// The digest in lines of at most 72 columns, addresses apart, which stand on lines of their own.
func plainText(_ digest: Digest) -> String {
    PlainTextDigest(digest, width: 72, style: .plain).text(softBreak: "\n")
}

/// The same as the body of a `format=flowed` mail (RFC 3676): a line that goes on ends with a space, and a line that begins like
/// a quote, with a space or with "From " is stuffed with a space.
func flowedText(_ digest: Digest) -> String {
    stuffed(PlainTextDigest(digest, width: 71, style: .plain).text(softBreak: " \n"))
}

/// Lines that would mean something else in `format=flowed` with a space before them (RFC 3676, 4.4).
func stuffed(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        line.hasPrefix(" ") || line.hasPrefix(">") || line.hasPrefix("From ") ? " " + line : String(line)
    }.joined(separator: "\n")
}

/// The digest for a terminal of `width` columns, in colour if wanted. Nothing from a feed can steer the terminal (S13).
public func terminalText(_ digest: Digest, width: Int, color: Bool) -> String {
    PlainTextDigest(digest, width: min(max(width, 40), 100), style: color ? .colored : .plain).text(softBreak: "\n")
}

struct PlainTextDigest {
    enum Style { case plain, colored }
    enum Tone: String {
        case normal = ""
        case strong = "1"
        case area = "1;36"
        case mark = "1;33"
        case urgent = "1;31"
        case quiet = "2"
        case link = "34"
    }

    let digest: Digest
    let wording: Wording
    let width: Int
    let style: Style

    init(_ digest: Digest, width: Int, style: Style) {
        self.digest = digest
        wording = Wording(digest)
        self.width = width
        self.style = style
    }

    func text(softBreak: String) -> String {
        var out = Lines(width: width, softBreak: softBreak, isColored: style == .colored)
        addHead(to: &out)
        var area: Area?
        for section in digest.sections {
            if section.area != area { addArea(section.area, to: &out) }
            area = section.area
            add(section, to: &out)
        }
        addRest(to: &out)
        return out.text
    }

    func addHead(to out: inout Lines) {
        out.add(wording.title, .strong)
        out.add("\(wording.dateLine) (\(wording.zoneLine))")
        out.blank()
        out.add(wording.summary)
        addUrgent(to: &out)
    }

    /// What stands below the topics.
    func addRest(to out: inout Lines) {
        addTitles(of: digest.possible, under: "Possible matches, short of what was asked for:", to: &out)
        addTitles(of: digest.notices, under: "Events and openings:", to: &out)
        addBalance(to: &out)
        addFoot(to: &out)
    }

    private func addUrgent(to out: inout Lines) {
        guard !wording.urgent.isEmpty else { return }
        out.blank()
        for story in wording.urgent { out.add([("Urgent: ", .urgent), (cleaned(story.title), .normal)]) }
    }

    func addArea(_ area: Area, to out: inout Lines) {
        out.blank()
        out.rule("=")
        out.add(area.title.uppercased(), .area)
        out.rule("=")
    }

    private func add(_ section: DigestSection, to out: inout Lines) {
        let title = cleaned(section.title)
        out.blank()
        out.add(title, .strong)
        out.add(String(repeating: "-", count: min(max(columns(title), 3), width)), .quiet)
        for (index, story) in section.stories.enumerated() {
            out.blank()
            add(story, number: index + 1, to: &out)
        }
        addTitles(of: section.more, under: "More on \(title.prefix(1).lowercased() + title.dropFirst()):", to: &out)
        addGoingOn(section, to: &out)
    }

    func addGoingOn(_ section: DigestSection, to out: inout Lines) {
        addTitles(of: section.revised, under: "Revised since they were told:", to: &out)
        addTitles(of: section.unchanged, under: "Continuing, nothing material new:", to: &out)
    }

    func addTitles(of stories: [Story], under heading: String, to out: inout Lines) {
        guard !stories.isEmpty else { return }
        out.blank()
        out.add(heading, .quiet)
        for story in stories {
            out.blank()
            out.add([(story.isUrgent ? "URGENT " : "", .urgent), (cleaned(story.title), .normal)])
            out.add(origin(of: story), .quiet)
            if let shortfall = wording.shortfall(of: story) { out.add(shortfall, .quiet) }
            addLinks(of: story, to: &out)
        }
    }

    /// "Dawn · press · PK, 25 Nov 2026, 06:40; continuing, first told 23 Nov 2026".
    func origin(of story: Story) -> String {
        "\(wording.source(story.source)), \(wording.date(of: story))"
            + (wording.state(of: story).map { "; \($0)" } ?? "")
    }

    private func addBalance(to out: inout Lines) {
        let shares = wording.balance
        let unusual = wording.unusualLines
        guard !shares.isEmpty || !unusual.isEmpty else { return }
        out.blank()
        out.rule("=")
        if !shares.isEmpty {
            out.add("Balance: share of matched entries, last 7 days", .strong)
            let text = TrendsText(trends: digest.trends ?? Trends(), width: min(width, 71))
            for line in text.balance(shares) { out.addWhole(line, .normal) }
            for line in wording.countryLines + wording.volumeLines { out.add(line) }
        }
        for line in unusual { out.add(line) }
    }

    private func add(_ story: Story, number: Int, to out: inout Lines) {
        out.add([("\(number). ", .normal), (story.isUrgent ? "URGENT " : "", .urgent), (cleaned(story.title), .strong)])
        addBody(of: story, to: &out)
    }

    /// All there is to say of a story but its title.
    func addBody(of story: Story, to out: inout Lines) {
        out.add(origin(of: story), .quiet)
        if !story.passage.text.isEmpty {
            out.add(
                story.passage.pieces.map { piece in
                    let text = cleanedPiece(piece.text)
                    guard piece.isMarked else { return (text, .normal) }
                    return style == .colored ? (text, .mark) : ("*\(text)*", .normal)
                })
        }
        if !story.because.isEmpty { out.add("because: \(cleaned(story.because))", .quiet) }
        if !story.alsoUnder.isEmpty {
            out.add("also under: " + story.alsoUnder.map { cleaned($0) }.joined(separator: ", "), .quiet)
        }
        addLinks(of: story, to: &out)
    }

    func addLinks(of story: Story, to out: inout Lines) {
        if let url = webURL(story.url) { out.addWhole(url, .link) }
        for line in wording.revisions(of: story) {
            out.add(line.map { $0.isQuoted ? "\"\($0.text)\"" : $0.text }.joined())
        }
        if let also = wording.also(story) { out.add(also, .quiet) }
        var last = webURL(story.url)
        for entry in wording.others(story) {
            let title = wording.isSameHeadline(entry, story) ? "" : ": \(cleaned(entry.title))"
            out.add("+ \(cleaned(entry.source))\(title)", .quiet)
            let url = webURL(entry.url)
            if let url, url != last { out.addWhole(url, .link) }
            last = url
        }
    }

    private func addFoot(to out: inout Lines) {
        out.blank()
        out.rule("=")
        out.add("Coverage", .strong)
        for line in wording.coverageLines { out.add(line) }
        if !digest.coverage.failing.isEmpty {
            out.blank()
            out.add("Not reached for over 48 hours:")
            for line in wording.failingLines { out.add("- " + line) }
        }
        out.blank()
        for line in wording.helpLines { out.add(line, .quiet) }
        out.blank()
        out.add("Durbeen, profile \(cleaned(digest.key.profile)), digest \(cleaned(digest.id))", .quiet)
    }
}
