/// A feed as Atom (RFC 4287), with the links of an archived feed (RFC 5005) where it is one. Plain text only: nothing that a
/// publisher wrote is markup here (S10).
func atomText(_ feed: FeedDocument) -> String {
    var out = """
        <?xml version="1.0" encoding="utf-8"?>
        <feed xmlns="http://www.w3.org/2005/Atom"\
        \(feed.archive.isArchive ? " xmlns:fh=\"http://purl.org/syndication/history/1.0\"" : "")>
          <id>\(inXML(feed.id))</id>
          <title>\(inXML(feed.title))</title>
          <updated>\(feed.updated)</updated>
          <author><name>Durbeen</name></author>
          <generator>Durbeen</generator>

        """
    if let name = feed.name { out += link("self", name, type: "application/atom+xml") }
    if let current = feed.archive.current { out += link("current", current, type: "application/atom+xml") }
    if let previous = feed.archive.previous { out += link("prev-archive", previous, type: "application/atom+xml") }
    if feed.archive.isArchive { out += "  <fh:archive/>\n" }
    for item in feed.items { out += entry(item) }
    return out + "</feed>\n"
}

private func entry(_ item: FeedItem) -> String {
    let language = item.language.map { " xml:lang=\"\(inXML($0))\"" } ?? ""
    var out = "  <entry\(language)>\n    <id>\(inXML(item.id))</id>\n    <title>\(inXML(item.title))</title>\n"
    if let url = item.url { out += "  " + link("alternate", url) }
    for other in item.related { out += "  " + link("related", other.url, title: other.title) }
    out += "    <updated>\(item.updated)</updated>\n"
    if let published = item.published { out += "    <published>\(published)</published>\n" }
    out += "    <author><name>\(inXML(item.source.isEmpty ? "unknown" : item.source))</name></author>\n"
    for category in item.categories { out += "    <category term=\"\(inXML(category))\"/>\n" }
    // A story without an address must have content (RFC 4287, 4.1.2).
    let text = item.text.split(separator: "\n").map { inXML(String($0)) }.joined(separator: "\n")
    out += item.url == nil ? "    <content>\(text)</content>\n" : text.isEmpty ? "" : "    <summary>\(text)</summary>\n"
    return out + "  </entry>\n"
}

private func link(_ relation: String, _ address: String, type: String? = nil, title: String? = nil) -> String {
    let type = type.map { " type=\"\($0)\"" } ?? ""
    let title = title.map { " title=\"\(inXML($0))\"" } ?? ""
    return "  <link rel=\"\(relation)\"\(type) href=\"\(inXML(address))\"\(title)/>\n"
}

/// One cleaned line as XML text or attribute. What XML cannot hold at all, `cleaned` has dropped.
private func inXML(_ text: String) -> String { escaped(text) }
