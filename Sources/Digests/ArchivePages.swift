import FeedModel

// The pages of the archive. All but the search page run no script.

/// A profile's front page: the way into the archive, the balance over time, and all editions, newest first.
func profilePage(
    _ profile: String, pages: [(edition: Edition, path: String)], areas: [String: [Int]]
) -> String {
    var out = HTMLPage.head(title: "Durbeen: \(profile)")
    out += "<header>\n<p class=\"kicker\"><a href=\"../index.html\">Durbeen</a></p>\n<h1>\(escaped(profile))</h1>\n"
    out += "<nav class=\"date\"><a href=\"search.html\">Search</a> · <a href=\"topics/index.html\">Topics</a> · "
    out += "<a href=\"sources/index.html\">Sources</a></nav>\n</header>\n<main>\n"
    out += BalanceChart(areas: areas).text
    var month: ArchivedMonth?
    for (edition, path) in pages {
        let key = edition.key
        if month != ArchivedMonth(key.date) {
            if month != nil { out += "</ul>\n</div>\n" }
            month = ArchivedMonth(key.date)
            out += "<div class=\"more\">\n<h2>\(key.date.monthText)</h2>\n<ul>\n"
        }
        let kind = key.isAlert ? ", urgent \(key.edition)" : key.edition > 1 ? ", edition \(key.edition)" : ""
        out += "<li><a href=\"\(escaped(path))\">\(key.date.longText)\(kind)</a></li>\n"
    }
    out += month == nil ? "<p class=\"quiet\">No digest has been made yet.</p>\n" : "</ul>\n</div>\n"
    return out + "</main>\n</div>\n</body>\n</html>\n"
}

/// The index of all topics or all sources.
func shelfIndex(_ kind: Shelf.Kind, names: [String: String], profile: String) -> String {
    let title = kind == .topics ? "Topics" : "Sources"
    var out = HTMLPage.head(title: "Durbeen: \(title)")
    out +=
        "<header>\n<p class=\"kicker\"><a href=\"../index.html\">\(escaped(profile))</a></p>\n<h1>\(title)</h1>\n</header>\n"
    out += "<main>\n<div class=\"more\">\n<ul>\n"
    for (label, name) in names.sorted(by: { ($0.value.lowercased(), $0.key) < ($1.value.lowercased(), $1.key) }) {
        out += "<li><a href=\"\(label).html\">\(escaped(name))</a></li>\n"
    }
    return out + "</ul>\n</div>\n</main>\n</div>\n</body>\n</html>\n"
}

/// A topic's or source's stories of a month, newest first.
func shelfPage(title: String, label: String, month: ArchivedMonth, months: [ArchivedMonth], rows: [SiteRow]) -> String {
    var out = HTMLPage.head(title: "\(title), \(month.firstDay.monthText)")
    out +=
        "<header>\n<p class=\"kicker\"><a href=\"index.html\">All</a></p>\n<h1>\(escaped(title))</h1>\n<nav class=\"sum\">"
    out += months.reversed().map { other in
        let name = other.firstDay.monthText
        return other == month ? "<b>\(name)</b>" : "<a href=\"\(label)-\(other).html\">\(name)</a>"
    }.joined(separator: " · ")
    out += "</nav>\n</header>\n<main>\n"
    for row in rows {
        let story = row.story
        let isRTL = isRightToLeft(story.title, language: story.language)
        let direction = isRTL ? " dir=\"rtl\" lang=\"ur\"" : ""
        out += "<article>\n<h2 class=\"t\"\(direction)>\(link(story.title, to: story.url))</h2>\n"
        out += "<p class=\"meta\"><b>\(escaped(story.source))</b> · \(escaped(story.topicTitle)) · "
        out += "<a href=\"../\(row.page)\">\(row.edition.key.date.shortText)</a></p>\n"
        if !story.passage.isEmpty {
            let direction = isRightToLeft(story.passage, language: story.language) ? " dir=\"rtl\" lang=\"ur\"" : ""
            out += "<p class=\"txt\"\(direction)>\(escaped(story.passage))</p>\n"
        }
        // One page of one source once, whoever carried it how often.
        var seen: Set<[String]> = []
        for other in story.others where seen.insert([other.source, other.title, other.url ?? ""]).inserted {
            out += "<p class=\"why\">also: \(escaped(other.source)): \(link(other.title, to: other.url))</p>\n"
        }
        out += "</article>\n"
    }
    return out + "</main>\n</div>\n</body>\n</html>\n"
}

private func link(_ text: String, to url: String?) -> String {
    guard let url = webURL(url) else { return escaped(text) }
    return "<a href=\"\(escapedPiece(url))\" rel=\"noopener noreferrer nofollow\">\(escaped(text))</a>"
}

extension LocalDate {
    /// "November 2026".
    var monthText: String { longText.split(separator: " ").suffix(2).joined(separator: " ") }
}

/// Stories per area and month as stacked bars, with the numbers in a table behind a fold.
private struct BalanceChart {
    let areas: [String: [Int]]

    var text: String {
        let months = areas.keys.sorted().suffix(24)
        let largest = months.map { (areas[$0] ?? []).reduce(0, +) }.max() ?? 0
        guard largest > 0 else { return "" }
        var bars = ""
        for (place, month) in months.enumerated() {
            var top = 110.0
            for (area, count) in zip(Area.allCases, areas[month] ?? []) where count > 0 {
                let height = Double(count) * 100 / Double(largest)
                top -= height
                bars += "<rect class=\"\(area.rawValue)\" x=\"\(place * 26 + 2)\" y=\"\(tenths(top))\" width=\"20\" "
                bars += "height=\"\(tenths(height))\" fill=\"currentColor\"/>"
            }
        }
        let width = months.count * 26
        var out = "<section class=\"area bal\">\n<h2>Balance over time</h2>\n"
        out += "<svg class=\"time\" viewBox=\"0 0 \(width) 112\" width=\"\(width)\" height=\"112\" role=\"img\" "
        out += "aria-label=\"Stories per area and month, as in the table below\">\(bars)</svg>\n"
        out += "<table>\n<caption>Stories per month</caption>\n<thead><tr><th scope=\"col\">Month</th>"
        out += Area.allCases.map { "<th scope=\"col\" class=\"\($0.rawValue)\">\($0.title)</th>" }.joined()
        out += "</tr></thead>\n<tbody>\n"
        for month in months.reversed() {
            let cells = (areas[month] ?? []).map { "<td>\($0)</td>" }.joined()
            out += "<tr><th scope=\"row\">\(month)</th>\(cells)</tr>\n"
        }
        return out + "</tbody>\n</table>\n</section>\n"
    }
}
