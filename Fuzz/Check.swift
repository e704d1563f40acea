import FeedModel
import Parsing
import struct FoundationEssentials.Date

/// What holds for every document whatever, checked for whatever the fuzzer thinks of. A promise that is broken ends the
/// program, which the fuzzer reports with the input that did it.
func checkFeed(_ bytes: [UInt8], contentType: String?) {
    let parser = FeedParser()
    let document = Document(bytes: bytes, url: "https://example.org/feeds/all.xml", contentType: contentType)
    guard let feed = try? parser.parse(document) else { return }
    let known = parser.identities(of: feed, feedURL: document.url, fingerprints: true)
    precondition(known.count == feed.entries.count, "every entry has an identity")
    for (index, name) in known.enumerated() {
        precondition(!name.identity.keys.isEmpty, "every entry is known by something")
        precondition(
            name.identity.fingerprint == parser.fingerprint(of: feed.entries[index]),
            "a fingerprint is one of the entry")
        let entry = parser.entry(
            at: index, of: feed, id: name.id(in: document.url), identity: name.identity, feedURL: document.url,
            language: feed.language?.tag)
        checkText(entry.title)
        checkText(entry.summary)
        checkText(entry.body)
        let rest = [entry.title, entry.summary, entry.url ?? ""] + entry.authors + entry.tags
        precondition(rest.reduce(0) { $0 + $1.utf8.count } < 16_384, "an entry is small but for its body")
        precondition(entry.body.utf8.count <= 65_536, "a body is capped")
        precondition(
            entry.url.map { $0.hasPrefix("http://") || $0.hasPrefix("https://") || !$0.hasPrefix("javascript") }
                ?? true,
            "only web addresses are links")
        for date in [entry.published, entry.updated] {
            if let date { checkDate(date) }
        }
    }
    for entry in parser.inPlainText(feed).entries {
        if let summary = entry.summary { checkText(summary.text) }
        for block in entry.content { checkText(block.text) }
    }
}

/// No control character and no non-character passes (S13).
func checkText(_ text: String) {
    for scalar in text.unicodeScalars {
        let value = scalar.value
        precondition(value >= 0x20 || value == 0x09 || value == 0x0A || value == 0x0D, "a control character passed")
        precondition(!(0x7F..<0xA0).contains(value) && value & 0xFFFE != 0xFFFE, "a control character passed")
    }
}

/// Dates stay in the years that RFC 3339 can write.
func checkDate(_ date: Date) {
    precondition((-62_135_596_800..<253_402_300_800).contains(date.timeIntervalSince1970), "a date out of range")
}
