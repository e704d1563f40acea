import FeedModel
import Testing

@Suite struct EntryKindTests {
    @Test(arguments: [
        ("Vacancy announcement: programme officer, Islamabad", "", EntryKind.job),
        ("Analyst", "/careers/analyst", .job),
        ("آسامیاں خالی ہیں", "", .job), ("Webinar: Pakistan after the floods", "", .event),
        ("Pakistan after the floods", "/events/floods", .event), ("Save the date: minerals forum", "", .event),
        ("Webinar summary: Pakistan after the floods", "/events/floods", nil),
        ("Podcast: Antimony and flattery", "", .podcast), ("Antimony and flattery", "/podcasts/12", .podcast),
        ("پوڈکاسٹ: معدنیات", "", .podcast), ("Readout of Secretary Rubio's call", "", .pressRelease),
        ("Remarks by the President", "/briefing-room/x", .pressRelease), ("FACT SHEET: minerals", "", .pressRelease),
        ("Working paper: debt and growth", "", .report), ("Debt and growth", "/publications/debt", .report),
        ("Opinion: what Washington wants", "", .commentary), ("What Washington wants", "/op-ed/what", .commentary),
        ("Minister meets envoy", "/news/1", .news), ("Minister meets envoy", "", nil),
        // Words that mislead: a seat on a court, a tape that leaked, a report of jobs.
        ("Supreme Court vacancy splits Senate", "", nil), ("Audio leak shakes Islamabad", "", nil),
        ("US jobs report lifts dollar", "", nil), ("", "", nil),
    ])
    func `is recognised by title and address`(title: String, path: String, kind: EntryKind?) {
        let url = path.isEmpty ? nil : "https://example.org" + path + "?jobs=/events/"
        #expect(EntryKind(of: Entry(id: EntryID("e"), feedURL: "", title: title, url: url), from: nil) == kind)
    }

    @Test(arguments: [
        (SourceKind.press, EntryKind?.some(.news)), (.government, .pressRelease), (.thinkTank, .commentary),
        (.academic, .report), (.organisation, nil), (.search, nil),
    ])
    func `is what the source usually publishes, where the entry says nothing of itself`(
        source: SourceKind, kind: EntryKind?
    ) {
        let feed = Feed(url: "", kind: source)
        #expect(EntryKind(of: Entry(id: EntryID("e"), feedURL: "", title: "A visit"), from: feed) == kind)
        let job = Entry(id: EntryID("e"), feedURL: "", title: "Now hiring: editor")
        #expect(EntryKind(of: job, from: feed) == .job)
    }

    @Test func `an entry with a recording is a podcast, and a tag counts`() {
        var entry = Entry(id: EntryID("e"), feedURL: "", title: "Antimony")
        #expect(EntryKind(of: entry, from: nil, hasAudio: true) == .podcast)
        entry.tags = ["Op-Ed"]
        #expect(EntryKind(of: entry, from: nil) == .commentary)
    }

    @Test func `S6: no address and no title make it trap`() {
        for text in ["://", "https://", "https:///jobs", "//", "?", "\u{0}", "ا", "https://x/é/%/jobs"] {
            _ = EntryKind(of: Entry(id: EntryID("e"), feedURL: "", title: text, url: text), from: nil)
        }
    }
}
