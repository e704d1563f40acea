import Digests
import FeedModel
import struct FoundationEssentials.Date

/// Mails of whatever text: the header holds the fields that are set and no other, each once, in ASCII; the body has the parts that
/// are built and no other (S11, S12).
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    // Five texts of one: title, passage, profile, address, unsubscribing.
    let texts = (0..<5).map { part in
        String(decoding: bytes[(bytes.count * part / 5)..<(bytes.count * (part + 1) / 5)], as: UTF8.self)
    }
    let now = Date(timeIntervalSince1970: 1_795_600_000)
    let watch = Watch(name: texts[0], topic: texts[2], area: .economy, threshold: 1)
    let entry = Entry(
        id: EntryID("e"), feedURL: texts[3], title: texts[0], url: texts[3], summary: texts[1], published: now)
    let matched = MatchedEntry(
        entry: entry, verdict: Verdict(matches: [Match(watch: watch, score: 2, hits: [])], relevance: 0.5),
        firstSeen: now)
    let date = LocalDate(year: 2026, month: 11, day: 25)
    for isAlert in [false, true] {
        let request = DigestRequest(
            key: DigestKey(profile: texts[2], date: date, edition: isAlert ? 1 : 2, isAlert: isAlert),
            zone: Zone(named: "Asia/Karachi"), from: now.addingTimeInterval(-86_400), to: now, installation: "test",
            entries: [matched], feeds: [:], topics: [], perTopic: 8, coverage: Coverage())
        var options = MailOptions()
        options.archive = texts[4]
        options.threadsByMonth = true
        let message = MailMessage(
            digest: DigestBuilder().build(request), from: texts[3], senderName: texts[0], to: texts[4],
            installation: "test", idDomain: texts[4], frozenAt: now, zone: Zone(named: "Asia/Karachi"),
            unsubscribe: "https://u.example/" + texts[4], options: options)
        check(message)
    }
    return 0
}

private let allowed: Set<String> = [
    "Date", "From", "To", "Subject", "Message-ID", "In-Reply-To", "References", "List-Id", "List-Unsubscribe",
    "List-Unsubscribe-Post", "List-Help", "List-Owner", "List-Post", "List-Archive", "Archived-At", "Auto-Submitted",
    "Content-Language", "Durbeen-Digest", "Durbeen-Topics", "Durbeen-Count", "Durbeen-Edition", "MIME-Version",
    "Content-Type",
]

private func check(_ message: MailMessage) {
    var lines: [[UInt8]] = [[]]
    var wasReturn = false
    for byte in message.bytes {
        precondition(byte < 0x80 && (byte >= 0x20 || [0x09, 0x0D, 0x0A].contains(byte)), "a byte that is no text")
        precondition((byte == 0x0A) == wasReturn, "lines end with CRLF, and nothing else does")
        wasReturn = byte == 0x0D
        if byte == 0x0A { lines.append([]) } else if byte != 0x0D { lines[lines.count - 1].append(byte) }
    }
    precondition(lines.allSatisfy { $0.count <= 998 }, "a line is too long")
    let head = lines.prefix { !$0.isEmpty }
    var names: [String] = []
    for line in head where line.first != 0x20 && line.first != 0x09 {
        names.append(String(decoding: line.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self))
    }
    precondition(Set(names).count == names.count, "a field stands twice")
    precondition(allowed.isSuperset(of: names), "a field that nobody set")
    precondition(Set(names).isSuperset(of: ["Date", "From", "To", "Subject", "Message-ID"]), "a field is missing")
    let boundaries = lines.filter { $0.starts(with: Array("--=_d1.".utf8)) }
    precondition(boundaries.count == 3, "two parts and an end")
}
