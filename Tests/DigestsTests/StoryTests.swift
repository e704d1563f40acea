import Digests
import FeedModel
import FoundationEssentials
import Testing

@Suite struct StoryTests {
    private static let feeds = ["https://a.example/f", "https://b.example/f", "https://c.example/f"]

    private func entry(
        _ id: String, _ title: String, _ lead: String = "", feed: Int = 0, hours: Double = 3, urgent: Bool = false
    ) -> MatchedEntry {
        Samples.entry(
            id, feed: Self.feeds[feed], title: title, url: "https://\(id).example/page", summary: lead, hours: hours,
            watch: Samples.terror, score: urgent ? 20 : 9)
    }

    private func told(
        _ id: String, _ title: String, _ lead: String = "", daysAgo: Int = 1, story: String? = nil
    ) -> ToldEntry {
        let date = Samples.key.date.adding(days: -daysAgo)
        return ToldEntry(
            entry: entry(id, title, lead, feed: 2, hours: Double(daysAgo) * 24).entry,
            firstSeen: Samples.cutOff - Double(daysAgo) * 86_400, story: story ?? id, date: date, storySince: date)
    }

    private func digest(_ entries: [MatchedEntry], earlier: [ToldEntry] = []) -> Digest {
        var request = Samples.request(entries)
        request.earlier = earlier
        return DigestBuilder().build(request)
    }

    /// The ids of each story's entries.
    private func sets(_ digest: Digest) -> Set<Set<String>> {
        Set(digest.allStories.map { Set($0.entries.map(\.id.text)) })
    }

    @Test(arguments: [
        (
            "US, Pakistan seal $500m copper supply deal",
            "Washington and Islamabad signed an accord on copper on Monday.",
            "Islamabad and Washington sign copper accord worth $500 million",
            "Pakistan and the United States sealed a supply agreement for copper on Monday."
        ),
        (
            "Gunmen kill nine at Bannu checkpoint", "Militants attacked a checkpoint near Bannu on Sunday.",
            "Nine dead in militant attack on checkpoint in Bannu", "Insurgents raided a police post in Bannu district."
        ),
        (
            "Senate panel clears Pakistan envoy nominee", "The foreign relations committee approved the nomination.",
            "Nominee for ambassador to Pakistan approved by Senate committee",
            "The Senate's foreign relations panel cleared the nominee."
        ),
        (
            "Trump to ease cotton import quotas for Pakistan for 90 days", "",
            "Trump eases quotas on imports of Pakistani cotton", ""
        ),
        (
            "", "Pakistan, Saudi Arabia and Turkey signed the Mecca defence agreement on Friday. More follows.",
            "Saudi Arabia, Turkey and Pakistan sign Mecca defense pact", ""
        ),
    ])
    func `two accounts of one event are one story`(first: String, lead: String, second: String, other: String) {
        let digest = digest([entry("a", first, lead), entry("b", second, other, feed: 1)])
        #expect(sets(digest) == [["a", "b"]])
        #expect(digest.allStories[0].independentSources == 2)
    }

    @Test(arguments: [
        (
            "Gunmen kill nine at Bannu checkpoint", "Militants attacked a checkpoint near Bannu on Sunday.",
            "Gunmen kill four at Quetta market", "Militants attacked a market in Quetta on Sunday."
        ),
        (
            "House backs bill on aid to Pakistan", "The vote was 220 to 201.", "Senate backs bill on aid to Pakistan",
            "The vote was 60 to 38."
        ),
        (
            "US and Pakistan sign copper accord", "Washington and Islamabad agreed.",
            "What the copper accord means for Balochistan", "Analysts weigh royalties, roads and rights."
        ),
        ("Rupee gains against dollar", "", "Textile exports to the US fall", ""),
        ("Pakistan's cotton imports from US rise", "", "Pakistan's cotton exports to US rise", ""),
        ("India congratulates Pakistan's new president", "", "US congratulates Pakistan's new president", ""),
        ("Copper in Balochistan, part I: the mine", "", "Copper in Balochistan, part II: the mine", ""),
    ])
    func `two events are two stories, however alike they read`(
        first: String, lead: String, second: String, other: String
    ) {
        #expect(sets(digest([entry("a", first, lead), entry("b", second, other, feed: 1)])) == [["a"], ["b"]])
    }

    @Test func `the names of a long affair tell its events apart no better than common words`() {
        let pair = [
            entry(
                "a", "Pakistan moves Afridi from prison to Peshawar hospital",
                "Doctors will examine Shakil Afridi in Peshawar."),
            entry(
                "b", "Afridi's family says Peshawar prison hospital refused tests",
                "Relatives of Shakil Afridi spoke in Peshawar.", feed: 1),
        ]
        let others = [
            "Afridi's lawyers want another hospital", "Prison doctors examine Afridi", "US asks after Afridi's health",
            "Senators write to Pakistan on Afridi", "Peshawar prison denies Afridi's claims",
            "Court to hear Afridi's plea on hospital", "Afridi stays in prison, says minister",
            "Hospital in Peshawar readies ward for Afridi", "Afridi's brother held at prison gate",
            "Why Afridi divides Pakistan and the US",
        ]
        #expect(sets(digest(pair)) == [["a", "b"]])
        let affair = others.enumerated().map { entry("other\($0)", $1, feed: 2) }
        let stories = sets(digest(pair + affair))
        #expect(!stories.contains { $0.isSuperset(of: ["a", "b"]) })
    }

    @Test func `the parts of a feed's series stay apart`() {
        let entries = [
            entry("a", "Press briefing by the department's spokesperson, December 3", "Questions on Pakistan."),
            entry("b", "Press briefing by the department's spokesperson, December 4", "Questions on Pakistan."),
        ]
        #expect(sets(digest(entries)) == [["a"], ["b"]])
    }

    @Test func `the same text under another headline is the same story, and no source of its own`() {
        let text = """
            The two governments agreed on Monday to open a joint laboratory for seeds in Faisalabad, where scientists will \
            test wheat that withstands heat, officials of both sides told reporters after a signing ceremony at the ministry.
            """
        let digest = digest([
            entry("a", "Joint seed laboratory for Faisalabad", text),
            entry("b", "New lab to test hardy wheat", text, feed: 1),
            entry(
                "c", "Seed laboratory to open in Faisalabad", "Pakistan and the US agree on a joint seed laboratory.",
                feed: 2),
        ])
        #expect(sets(digest) == [["a", "b", "c"]])
        #expect(digest.allStories[0].independentSources == 2)
        #expect(digest.allStories[0].entries.filter(\.isCopy).count == 1)
    }

    @Test(
        arguments: [
            ([], nil), (["Dawn"], "also: 1 more of the same source"), (["B"], "also: 1 source"),
            (["B", "B", "C", "Dawn"], "also: 2 sources"),
            (["B", "C*", "D*", "D*"], "also: 1 source; the same text in 2 more"),
            (["B*"], "the same text in 1 more source"), (["B", "B*"], "also: 1 source"),
        ] as [([String], String?)])
    func `only sources that tell it in their own words count as its sources`(others: [String], says: String?) throws {
        var digest = Samples.digest
        digest.sections = Array(digest.sections.prefix(1))
        digest.sections[0].stories = Array(digest.stories.prefix(1))
        digest.sections[0].stories[0].entries =
            [StoryEntry(id: EntryID("0"), url: nil, title: "A", source: "Dawn")]
            + others.enumerated().map { number, name in
                StoryEntry(
                    id: EntryID("\(number + 1)"), url: nil, title: "A\(number)", source: name.replacing("*", with: ""),
                    isCopy: name.hasSuffix("*"))
            }
        let lines = String(decoding: render(digest, as: .text), as: UTF8.self).split(separator: "\n")
        let said = lines.first { $0.hasPrefix("also: ") || $0.hasPrefix("the same text") }
        #expect(said.map(String.init) == says)
        // One page of one source, carried by several of its feeds, is nothing to list.
        digest.sections[0].stories[0].entries = Array(
            repeating: StoryEntry(id: EntryID("0"), url: nil, title: "A", source: "Dawn", isCopy: true), count: 3)
        #expect(!String(decoding: render(digest, as: .text), as: UTF8.self).contains("\n+ Dawn"))
    }

    @Test func `of two accounts the one with a link is shown`() {
        let title = "US and Pakistan sign copper accord"
        var linkless = entry("a", title, "Washington and Islamabad agreed.", urgent: true)
        linkless.entry.url = nil
        let stories = digest([linkless, entry("b", title, feed: 1)]).allStories
        #expect(stories.map(\.url) == ["https://b.example/page"] && stories[0].isUrgent)
    }

    @Test func `a story that goes on keeps its name, and says since when`() throws {
        let earlier = told("t", "Gunmen kill nine at Bannu checkpoint", "Militants attacked a checkpoint near Bannu.")
        let news = entry(
            "a", "Bannu checkpoint attack: army names two gunmen killed",
            "The army identified Afghan nationals among the dead of Bannu.",
            hours: 20)
        let story = try #require(digest([news], earlier: [earlier]).stories.first)
        #expect(story.id == "t")
        #expect(story.state == .continuing)
        #expect(story.since == Samples.key.date.adding(days: -1))
    }

    @Test func `what only repeats what was told is a line, not a story, unless it is urgent`() {
        let (title, lead) = ("Gunmen kill nine at Bannu checkpoint", "Militants attacked a checkpoint near Bannu.")
        let repeated = digest([entry("a", title, lead, hours: 20)], earlier: [told("t", title, lead)])
        #expect(repeated.stories.isEmpty)
        #expect(repeated.sections[0].continuing.map(\.id) == ["t"])
        #expect(repeated.entryIDs == [EntryID("a")])
        let urgent = digest([entry("a", title, lead, hours: 20, urgent: true)], earlier: [told("t", title, lead)])
        #expect(urgent.stories.count == 1)
    }

    @Test func `a story that was silent for over a week is revived`() {
        let (title, lead) = ("Court frees Shakil Afridi", "The Peshawar court ordered the doctor's release.")
        let digest = digest([entry("a", title, lead)], earlier: [told("t", title, lead, daysAgo: 9)])
        #expect(digest.stories.map(\.state) == [.revived])
    }

    @Test func `stories that turn out to be one become one, under the older name`() {
        let entries = [
            entry(
                "a", "Gunmen kill nine at Bannu checkpoint",
                "Militants attacked a police checkpoint near Bannu on Sunday.", hours: 20)
        ]
        let earlier = [
            told("t1", "Nine killed at Bannu checkpoint", "Militants attacked a police checkpoint.", daysAgo: 1),
            told("t2", "Gunmen attack police checkpoint near Bannu", "Nine were killed on Sunday.", daysAgo: 1),
        ]
        let merged = digest(entries, earlier: earlier)
        #expect(merged.allStories.map(\.id) == ["t1"])
    }

    @Test func `D5: entries of two feeds that lead to one page by its own word are one story`() {
        var one = entry("a", "Copper in Balochistan", "A first look.")
        var other = entry("b", "What the mine brings", "Numbers and maps.", feed: 1)
        one.entry.url = "https://dawn.example/a?feed=1"
        other.entry.url = "https://go.example/xyz"
        #expect(digest([one, other]).stories.count == 2)
        one.entry.canonicalURL = "https://dawn.example/copper"
        other.entry.canonicalURL = "https://dawn.example/copper/"
        #expect(digest([one, other]).stories.count == 1)
    }

    @Test func `a revised entry is a line in the story it was told in, and no copy of itself`() throws {
        let before = told("t", "Gunmen kill nine at Bannu checkpoint", "Militants attacked a checkpoint near Bannu.")
        let now = entry("t", "Gunmen kill twelve at Bannu checkpoint", "Militants attacked a checkpoint near Bannu.")
        var request = Samples.request([now])
        request.earlier = [before]
        request.revisions = [
            EntryID("t"): Revision(version: 1, told: before.date, oldTitle: "Gunmen kill nine at Bannu checkpoint")
        ]
        let digest = DigestBuilder().build(request)
        let story = try #require(digest.sections.first?.continuing.first)
        #expect(story.id == "t" && story.state == .continuing && story.since == before.storySince)
        #expect(story.entries.map(\.isCopy) == [false] && story.isRevised)
        #expect(digest.entryIDs.isEmpty && digest.entries.map(\.id) == [EntryID("t")])
    }

    @Test func `the order of the entries changes nothing`() {
        let entries = Samples.entries + [Samples.goesOn]
        #expect(digest(entries, earlier: Samples.told) == digest(entries.reversed(), earlier: Samples.told.reversed()))
    }
}
