import FeedModel
import FoundationEssentials

/// The digest as CommonMark. What comes from feeds is escaped so far that a renderer which lets raw HTML through still shows
/// it as text (S10).
func markdownText(_ digest: Digest) -> String { MarkdownDigest(digest).text }

private struct MarkdownDigest {
    let digest: Digest
    let wording: Wording

    init(_ digest: Digest) {
        self.digest = digest
        wording = Wording(digest)
    }

    var text: String {
        var out = "# \(inMarkdown(wording.title))\n\n"
        out +=
            "**\(inMarkdown(wording.dateLine))** (\(inMarkdown(wording.zoneLine)))\n\n\(inMarkdown(wording.summary))\n"
        if !wording.urgent.isEmpty {
            out += "\n" + wording.urgent.map { "- **Urgent:** \(inMarkdown($0.title))\n" }.joined()
        }
        var area: Area?
        for section in digest.sections {
            if section.area != area { out += "\n## \(section.area.title)\n" }
            area = section.area
            out += sectionText(section)
        }
        return out + titles(digest.possible, under: "## Possible matches")
            + titles(digest.notices, under: "## Events and openings") + balance + foot
    }

    private func sectionText(_ section: DigestSection) -> String {
        var out = "\n### \(inMarkdown(section.title))\n"
        for story in section.stories { out += storyText(story) }
        out += titles(section.more, under: "#### More")
        out += titles(section.revised, under: "#### Revised since they were told")
        return out + titles(section.unchanged, under: "#### Continuing, nothing material new")
    }

    private func titles(_ stories: [Story], under heading: String) -> String {
        guard !stories.isEmpty else { return "" }
        var out = "\n\(heading)\n\n"
        for story in stories {
            out += "- " + (story.isUrgent ? "**Urgent:** " : "") + link(story.title, to: story.url)
            out +=
                " (\(inMarkdown(wording.source(story.source))), \(inMarkdown(wording.date(of: story)))\(state(of: story)))"
            out += (wording.shortfall(of: story).map { ": \(inMarkdown($0))" } ?? "") + "\n"
            out += revisions(of: story, indent: "  ") + others(of: story, indent: "  ")
        }
        return out
    }

    private func state(of story: Story) -> String { wording.state(of: story).map { ", \(inMarkdown($0))" } ?? "" }

    private var balance: String {
        var out = ""
        if !wording.balance.isEmpty {
            out += "\n## Balance\n\n| Area | 7 days | 30 days | 90 before |\n| --- | --- | --- | --- |\n"
            for share in wording.balance {
                let shares = [share.share7, share.share30, share.shareBefore].map(percent)
                out += "| \(share.area.title) | \(shares.joined(separator: " | ")) |\n"
            }
            out += "\n" + (wording.countryLines + wording.volumeLines).map { "- \(inMarkdown($0))\n" }.joined()
        }
        let unusual = wording.unusualLines
        return out + (unusual.isEmpty ? "" : "\n" + unusual.map { "- \(inMarkdown($0))\n" }.joined())
    }

    private func storyText(_ story: Story) -> String {
        var out = "\n#### " + (story.isUrgent ? "Urgent: " : "") + link(story.title, to: story.url) + "\n\n"
        out +=
            "*\(inMarkdown(wording.source(story.source)))*, \(inMarkdown(wording.date(of: story)))\(state(of: story))\n"
        if !story.passage.text.isEmpty {
            let pieces = story.passage.pieces.map { piece in
                let text = escapedForMarkdown(cleanedPiece(piece.text))
                return piece.isMarked ? "**\(text)**" : text
            }
            out += "\n> \(pieces.joined())\n"
        }
        var reasons: [String] = []
        if !story.because.isEmpty { reasons.append("because: \(inMarkdown(story.because))") }
        if !story.alsoUnder.isEmpty {
            reasons.append("also under: \(inMarkdown(story.alsoUnder.joined(separator: ", ")))")
        }
        if !reasons.isEmpty { out += "\n\(reasons.joined(separator: " · "))\n" }
        let revised = revisions(of: story, indent: "")
        if !revised.isEmpty { out += "\n\(revised)" }
        let more = others(of: story, indent: "")
        return out
            + (wording.also(story).map { "\n\(inMarkdown($0))\n\n\(more)" } ?? "")
    }

    private func revisions(of story: Story, indent: String) -> String {
        wording.revisions(of: story).map { line in
            let pieces = line.map { piece in
                let text = escapedForMarkdown(cleanedPiece(piece.text))
                return piece.isQuoted ? "\"\(text)\"" : text
            }
            return "\(indent)- \(pieces.joined())\n"
        }.joined()
    }

    private func others(of story: Story, indent: String) -> String {
        wording.others(story).map { entry in
            "\(indent)- \(inMarkdown(entry.source)): \(link(entry.title, to: entry.url))\n"
        }.joined()
    }

    private var foot: String {
        var out = "\n---\n\n## Coverage\n\n"
        out += wording.coverageLines.map { "- \(inMarkdown($0))\n" }.joined()
        if !digest.coverage.failing.isEmpty {
            out += "\nNot reached for over 48 hours:\n\n"
            out += wording.failingLines.map { "- \(inMarkdown($0))\n" }.joined()
        }
        out += "\n" + wording.helpLines.map { "- \(inMarkdown($0))\n" }.joined()
        return out + "\nDurbeen, profile \(inMarkdown(digest.key.profile)), digest \(inMarkdown(digest.id))\n"
    }

    private func link(_ text: String, to url: String?) -> String {
        let text = inMarkdown(text)
        return webURL(url).map { "[\(text)](\($0.replacing("&", with: "&amp;")))" } ?? text
    }
}

/// One cleaned line that Markdown shows as it is, wherever it stands.
private func inMarkdown(_ text: String) -> String {
    let text = cleaned(text)
    // What would open a list, a heading or a line under one, were it the first of a line.
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let rest = text.dropFirst(digits.count)
    if !digits.isEmpty, rest.first == "." || rest.first == ")" {
        return digits + "\\" + String(rest.prefix(1)) + escapedForMarkdown(String(rest.dropFirst()))
    }
    if let first = text.first, "#+-=:".contains(first) {
        return "\\" + String(first) + escapedForMarkdown(String(text.dropFirst()))
    }
    return escapedForMarkdown(text)
}

private func escapedForMarkdown(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": out.append(contentsOf: "&amp;".unicodeScalars)
        case "<": out.append(contentsOf: "&lt;".unicodeScalars)
        case ">": out.append(contentsOf: "&gt;".unicodeScalars)
        case "\\", "`", "*", "_", "[", "]", "{", "}", "~", "|", "$", "^":
            out.append("\\")
            out.append(scalar)
        default: out.append(scalar)
        }
    }
    return String(out)
}
