import CCrypto
public import FeedModel

extension FeedParser {
    /// By what each entry of `feed` is known again, in their order. An entry is known if any of its keys was seen in the
    /// same feed before. Dates are no part of any key: some publishers write the time of the request.
    ///
    /// A guid counts only if no other entry of the document has it. Beside it stand link, title and lead together, so that
    /// a change of every guid makes nothing new; an entry without a guid is known by pairs of them.
    public func identities(of feed: ParsedFeed, feedURL: String) -> [(id: EntryID, identity: EntryIdentity)] {
        let marks = feed.entries.map { Marks($0) }
        let guids = count(marks.map(\.guid))
        let links = count(marks.map(\.link))
        let ownPages = Set([feed.link, feedURL].compactMap { $0.map { linkKey($0) } })
        return marks.map { marks in
            let isNamed = !marks.guid.isEmpty && guids[marks.guid] == 1
            let isOwnLink = !marks.link.isEmpty && links[marks.link] == 1 && !ownPages.contains(marks.link)
            var identity = EntryIdentity()
            identity.keys = marks.keys(isNamed: isNamed, isOwnLink: isOwnLink).map { key($0) }
            if !isNamed || identity.keys.count > 1 {
                identity.looseKeys = marks.looseKeys(isOwnLink: isOwnLink).map { key($0) }
            }
            let strongest = identity.keys.first ?? ""
            return (EntryID(key(["entry", feedURL, strongest])), identity)
        }
    }

    private func count(_ texts: [String]) -> [String: Int] {
        var counts: [String: Int] = [:]
        for text in texts where !text.isEmpty { counts[text, default: 0] += 1 }
        return counts
    }
}

/// What of an entry can tell it from others, in the form in which it is compared.
private struct Marks {
    var guid: String
    var link: String
    var title: String
    /// The beginning of the text, letters and digits only.
    var lead: String
    /// All text there is; only filled where there is nothing else.
    var everything = ""

    init(_ entry: ParsedEntry) {
        guid = entry.id ?? ""
        link = entry.link.map { linkKey($0) } ?? ""
        title = folded(entry.title ?? "", limit: 1000)
        // Longer than the lead, for white space and marks are folded away.
        let text = entry.summary?.plainText(limit: 1000).trimmedOrNil ?? entry.content.first?.plainText(limit: 1000)
        lead = folded(text ?? "", limit: 200)
        guard guid.isEmpty, link.isEmpty, title.isEmpty || lead.utf8.count < 80 else { return }
        let blocks = ([entry.summary].compactMap { $0 } + entry.content).map { $0.plainText(limit: 65_536) }
        everything = ([entry.title ?? ""] + blocks + entry.enclosures.map(\.url) + entry.categories.map(\.term))
            .joined(separator: "\n")
    }

    /// Strongest first.
    func keys(isNamed: Bool, isOwnLink: Bool) -> [[String]] {
        var keys: [[String]] = []
        if isNamed { keys.append(["guid", guid]) }
        if !link.isEmpty, !title.isEmpty || !lead.isEmpty { keys.append(["link+title+lead", link, title, lead]) }
        if !isNamed {
            if !link.isEmpty, !lead.isEmpty { keys.append(["link+lead", link, lead]) }
            if !title.isEmpty, lead.utf8.count >= 80 { keys.append(["title+lead", title, lead]) }
            if isOwnLink { keys.append(["link", link]) }
        } else if keys.count == 1, !title.isEmpty, lead.utf8.count >= 80 {
            keys.append(["title+lead", title, lead])
        }
        return keys.isEmpty ? [["everything", everything]] : keys
    }

    func looseKeys(isOwnLink: Bool) -> [[String]] {
        var keys: [[String]] = []
        if isOwnLink { keys.append(["link", link]) }
        if !title.isEmpty { keys.append(["title", title]) }
        return keys
    }
}

/// A link as it is compared: without scheme, `www.`, fragment, final slash and the parameters that campaigns add, which
/// change while the page stays.
private func linkKey(_ url: String) -> String {
    let parts = Address.parts(of: url)
    guard parts.scheme == "http" || parts.scheme == "https", var host = parts.authority?.asciiLowercased else {
        return url
    }
    if host.hasPrefix("www.") { host = String(host.dropFirst(4)) }
    var path = parts.path
    while path.utf8.last == Byte.slash { path.removeLast() }
    let kept = parts.query.dropFirst().split(separator: "&").filter { parameter in
        !["utm_", "fbclid=", "gclid=", "mc_cid=", "mc_eid=", "at_medium=", "at_campaign="].contains {
            parameter.hasPrefix($0)
        }
    }
    return host + path + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
}

/// Letters and digits in lower case, at most about `limit` bytes: what survives a new quotation mark or blank.
private func folded(_ text: String, limit: Int) -> String {
    var out: [UInt8] = []
    for scalar in text.unicodeScalars {
        if scalar.isASCII {
            let byte = UInt8(truncatingIfNeeded: scalar.value)
            if byte.isLetter || byte.isDigit { out.append(byte.lowercased) }
        } else if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
            out += scalar.properties.lowercaseMapping.utf8
        }
        if out.count >= limit { break }
    }
    return String(out)
}

/// 26 characters of base 32 over SHA-256. Each part's length goes before it, so that no two lists of parts look alike.
private func key(_ parts: [String]) -> String {
    var bytes: [UInt8] = []
    for part in parts {
        bytes += String(part.utf8.count).utf8
        bytes.append(Byte.colon)
        bytes += part.utf8
    }
    var digest = [UInt8](repeating: 0, count: 32)
    durbeen_sha256(bytes, bytes.count, &digest)
    return base32(digest, length: 26)
}
