import FeedModel
import FoundationEssentials

/// The digest as one page that is complete in itself: no script, no picture, nothing loaded (S9). Under 100 KB wherever titles
/// alone leave room for it: stories that would go beyond are carried by title and link.
func htmlText(_ digest: Digest) -> String {
    var best = HTMLDigest(digest, perTopic: .max).text
    for perTopic in [8, 6, 5, 4, 3, 2, 1, 0] where best.utf8.count > HTMLDigest.limit {
        best = HTMLDigest(digest, perTopic: perTopic).text
    }
    return best
}

/// The same as a part of a mail. Where titles alone leave no room, the last ones of long lists are left to the text part, which
/// holds everything: the page is never cut off by a mail service.
func mailHTMLText(_ digest: Digest) -> String {
    var best = htmlText(digest)
    for titles in [100, 50, 25, 12, 6, 3, 1, 0] where best.utf8.count > HTMLDigest.limit {
        best = HTMLDigest(digest, perTopic: 0, mostTitles: titles).text
    }
    return best
}

struct HTMLDigest {
    /// Above this, large mail services cut a message off.
    static let limit = 100_000

    private let digest: Digest
    private let wording: Wording
    private let perTopic: Int
    private let mostTitles: Int

    /// - Parameters:
    ///   - perTopic: stories that are told in full.
    ///   - mostTitles: stories of a list that are carried by title; the rest is only counted.
    init(_ digest: Digest, perTopic: Int, mostTitles: Int = .max) {
        self.digest = digest
        wording = Wording(digest)
        self.perTopic = perTopic
        self.mostTitles = mostTitles
    }

    var text: String {
        var out = HTMLPage.head(title: "\(wording.title), \(digest.key.date.shortText)")
        out += """
            <header>
            <p class="kicker">Durbeen · \(escaped(digest.key.profile))</p>
            <h1>\(escaped(wording.title))</h1>
            <p class="date"><time datetime="\(digest.key.date)">\(escaped(wording.dateLine))</time> \
            <span class="zone">\(escaped(wording.zoneLine))</span></p>
            <p class="sum">\(escaped(wording.summary))</p>
            </header>
            <main>

            """
        out += urgentList
        if digest.sections.isEmpty {
            out += "<p class=\"quiet\">No new entry matched the watchlists in this period. "
            out += "The figures below say how much was looked at.</p>\n"
        }
        for area in Area.allCases { out += areaText(area) }
        out +=
            titleList(digest.possible, under: "Possible matches")
            + titleList(digest.notices, under: "Events and openings")
            + balanceText
        return out + "</main>\n" + foot + "</div>\n</body>\n</html>\n"
    }
}

extension HTMLDigest {
    private var urgentList: String {
        guard !wording.urgent.isEmpty else { return "" }
        var out = "<section class=\"urgent\" aria-label=\"Urgent\">\n<h2>Urgent</h2>\n<ul>\n"
        for story in wording.urgent.prefix(mostTitles) {
            out += "<li\(direction(story.title, story.language))>\(escaped(story.title))</li>\n"
        }
        return out + "</ul>\n\(remainder(wording.urgent.count))</section>\n"
    }

    private func areaText(_ area: Area) -> String {
        let sections = digest.sections.filter { $0.area == area }
        guard !sections.isEmpty else { return "" }
        let body = sections.map(sectionText).joined()
        return "<section class=\"area \(area.rawValue)\">\n<h2>\(area.title)</h2>\n\(body)</section>\n"
    }

    private func sectionText(_ section: DigestSection) -> String {
        let total = section.stories.count + section.more.count + section.continuing.count
        var out = "<h3>\(escaped(section.title)) <span class=\"n\">(\(total))</span></h3>\n"
        let shown = section.stories.prefix(perTopic)
        for story in shown { out += articleText(story) }
        let rest = section.stories.dropFirst(perTopic) + section.more
        out += titles(Array(rest), under: shown.isEmpty ? nil : "More")
        out += titles(section.revised, under: "Revised since they were told")
        return out + titles(section.unchanged, under: "Continuing, nothing material new")
    }

    private func titles(_ stories: [Story], under heading: String?) -> String {
        guard !stories.isEmpty else { return "" }
        let head = heading.map { "<h4>\($0)</h4>\n" } ?? ""
        return "<div class=\"more\">\n\(head)\(list(stories))</div>\n"
    }

    private func titleList(_ stories: [Story], under heading: String) -> String {
        guard !stories.isEmpty else { return "" }
        return
            "<section class=\"area\">\n<h2>\(heading)</h2>\n<div class=\"more\">\n\(list(stories))</div>\n</section>\n"
    }

    private func list(_ stories: [Story]) -> String {
        let shown = stories.prefix(mostTitles).map(titleOnly).joined()
        return (shown.isEmpty ? "" : "<ul>\n\(shown)</ul>\n") + remainder(stories.count)
    }

    private func remainder(_ count: Int) -> String {
        let rest = count - mostTitles
        return rest > 0 ? "<p class=\"meta\">\(rest) more in the text part of this message.</p>\n" : ""
    }

    /// The areas' shares as a table; its bars are drawn, so nothing is lost where no drawing is shown.
    private var balanceText: String {
        let unusual = wording.unusualLines.map { "<li>\(escaped($0))</li>\n" }.joined()
        let list = unusual.isEmpty ? "" : "<ul class=\"odd\">\n\(unusual)</ul>\n"
        guard !wording.balance.isEmpty else { return list }
        var out =
            "<section class=\"area bal\">\n<h2>Balance</h2>\n<table>\n<caption>Share of matched entries</caption>\n"
        out += "<thead><tr><th scope=\"col\">Area</th><td></td><th scope=\"col\">7 days</th>"
        out += "<th scope=\"col\">30 days</th><th scope=\"col\">90 before</th></tr></thead>\n<tbody>\n"
        for share in wording.balance {
            let width = Int((share.share7 * 120).rounded())
            let usual = Int((share.shareBefore * 120).rounded())
            out += "<tr class=\"\(share.area.rawValue)\"><th scope=\"row\">\(share.area.title)</th><td>"
            out += "<svg width=\"122\" height=\"14\" viewBox=\"0 0 122 14\" aria-hidden=\"true\">"
            out += "<rect x=\"1\" y=\"3\" width=\"\(width)\" height=\"8\" fill=\"currentColor\"/>"
            out += "<path d=\"M\(usual + 1) 0V14\" stroke=\"currentColor\"/></svg></td>"
            out += "<td>\(percent(share.share7)) <span class=\"n\">(\(share.last7))</span></td>"
            out += "<td>\(percent(share.share30))</td><td>\(percent(share.shareBefore))</td></tr>\n"
        }
        let volumes = (wording.countryLines + wording.volumeLines).map { "<li>\(escaped($0))</li>\n" }.joined()
        out += "</tbody>\n</table>\n"
        if !volumes.isEmpty { out += "<ul class=\"odd\">\n\(volumes)</ul>\n" }
        return out + "\(list)</section>\n"
    }

    private func articleText(_ story: Story) -> String {
        var out = "<article\(story.isUrgent ? " class=\"now\"" : "")>\n"
        out += "<h4\(direction(story.title, story.language))>\(link(story.title, to: story.url))</h4>\n"
        out += meta(story)
        if !story.passage.text.isEmpty {
            let pieces = story.passage.pieces.map { piece in
                let text = escapedPiece(piece.text)
                return piece.isMarked ? "<mark>\(text)</mark>" : text
            }
            out += "<p class=\"txt\"\(direction(story.passage.text, story.language))>\(pieces.joined())</p>\n"
        }
        out += why(story)
        out += revisions(story) + also(story)
        return out + "</article>\n"
    }

    private func meta(_ story: Story) -> String {
        var parts = ["<b dir=\"auto\">\(escaped(story.source.name))</b>"]
        parts += wording.details(of: story.source).map { escaped($0) }
        var date = escaped(wording.date(of: story))
        if let instant = story.date { date = "<time datetime=\"\(wording.zone.timestamp(instant))\">\(date)</time>" }
        parts.append(date)
        if let state = wording.state(of: story) { parts.append("<em>\(escaped(state))</em>") }
        if let url = story.url.flatMap({ WebURL($0) }) {
            parts.append(escaped(shortened(hostName(of: url.text), to: 40)))
        }
        let flag = story.isUrgent ? "<strong class=\"flag\">Urgent</strong> · " : ""
        return "<p class=\"meta\">\(flag)\(parts.joined(separator: " · "))</p>\n"
    }

    private func why(_ story: Story) -> String {
        var parts: [String] = []
        if !story.because.isEmpty { parts.append("because: <bdi dir=\"ltr\">\(escaped(story.because))</bdi>") }
        if !story.alsoUnder.isEmpty { parts.append("also under: \(escaped(story.alsoUnder.joined(separator: ", ")))") }
        return parts.isEmpty ? "" : "<p class=\"why\">\(parts.joined(separator: " · "))</p>\n"
    }

    private func also(_ story: Story) -> String {
        guard let also = wording.also(story) else { return "" }
        let items = wording.others(story).map { entry in
            link(entry.source, to: entry.url)
                + (wording.isSameHeadline(entry, story) ? "" : ": <bdi>\(escaped(entry.title))</bdi>")
        }
        let list = items.isEmpty ? "" : ": \(items.joined(separator: "; "))"
        return "<p class=\"why\">\(also)\(list)</p>\n"
    }

    private func revisions(_ story: Story) -> String {
        wording.revisions(of: story).map { line in
            let pieces = line.map { $0.isQuoted ? "<q><bdi>\(escaped($0.text))</bdi></q>" : escapedPiece($0.text) }
            return "<p class=\"why\">\(pieces.joined())</p>\n"
        }.joined()
    }

    private func titleOnly(_ story: Story) -> String {
        var out = "<li><span\(direction(story.title, story.language))>\(link(story.title, to: story.url))</span>"
        if story.isUrgent { out += " <strong class=\"flag\">Urgent</strong>" }
        out +=
            " <span class=\"meta\">\(escaped(wording.source(story.source))) · \(escaped(wording.date(of: story)))"
        out += wording.state(of: story).map { " · <em>\(escaped($0))</em>" } ?? ""
        out += (wording.shortfall(of: story).map { " · \(escaped($0))" } ?? "") + "</span>"
        return out + revisions(story) + also(story) + "</li>\n"
    }

    private var foot: String {
        var out = "<footer>\n<h2>Coverage</h2>\n"
        for line in wording.coverageLines { out += "<p>\(escaped(line))</p>\n" }
        if !digest.coverage.failing.isEmpty {
            out += "<h3>Not reached for over 48 hours</h3>\n<ul>\n"
            for line in wording.failingLines { out += "<li>\(escaped(line))</li>\n" }
            out += "</ul>\n"
        }
        for line in wording.helpLines { out += "<p>\(escaped(line))</p>\n" }
        out += "<p class=\"id\">Made by Durbeen for the profile \(escaped(digest.key.profile)) "
        return out + "from its watchlists. Digest \(escaped(digest.id)).</p>\n</footer>\n"
    }

    /// Text as a link, or as it is where there is no address to trust.
    private func link(_ text: String, to url: String?) -> String {
        guard let url = webURL(url) else { return escaped(text) }
        return "<a href=\"\(escapedPiece(url))\" rel=\"noopener noreferrer nofollow\">\(escaped(text))</a>"
    }

    /// `lang` and `dir` for a piece of the publisher's text, where they differ from the page's.
    private func direction(_ text: String, _ language: String?) -> String {
        let isRTL = isRightToLeft(text, language: language)
        var out = isRTL ? " dir=\"rtl\"" : ""
        // A tag that contradicts the letters ("en" over Urdu) would make a screen reader spell.
        if let tag = languageTag(language), tag.lowercased() != "en" || !isRTL {
            if tag.lowercased() != "en" { out += " lang=\"\(tag)\"" }
        } else if isRTL {
            out += " lang=\"ur\""
        }
        return out
    }
}

/// One cleaned line, safe in HTML text and in quoted attributes.
func escaped(_ text: String) -> String { escapedPiece(cleaned(text)) }

/// The same for a piece of a line, the blanks at whose ends count.
func escapedPiece(_ text: String) -> String {
    var out: [UInt8] = []
    for byte in cleanedPiece(text).utf8 {
        switch byte {
        case UInt8(ascii: "&"): out += "&amp;".utf8
        case UInt8(ascii: "<"): out += "&lt;".utf8
        case UInt8(ascii: ">"): out += "&gt;".utf8
        case UInt8(ascii: "\""): out += "&quot;".utf8
        case UInt8(ascii: "'"): out += "&#39;".utf8
        default: out.append(byte)
        }
    }
    return String(decoding: out, as: UTF8.self)
}
