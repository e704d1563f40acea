import FeedModel
import Testing

@testable import Watching

@Suite struct EditJudgeTests {
    /// What the edit of a title comes to; nil if it says the same.
    private func title(_ old: String, _ new: String) -> EditClass? {
        EditJudge.judge(from: .init(EntryText(title: old)), to: .init(EntryText(title: new)))?.edit
    }

    private func text(_ old: String, _ new: String) -> EditJudge.Judgement? {
        EditJudge.judge(
            from: .init(EntryText(title: "T", summary: old)), to: .init(EntryText(title: "T", summary: new)))
    }

    @Test(arguments: [
        ("Pakistan, US sign deal", "Pakistan, US  sign deal"), ("Pakistan’s “deal”", "Pakistan's \"Deal\""),
        ("Accord signed (12 comments)", "Accord signed (57 comments)"),
        ("At https://a.example/1?utm_source=x", "At https://a.example/1?utm_source=y#z"),
    ])
    func `white space, punctuation, counters and tracking parameters change nothing`(old: String, new: String) {
        #expect(title(old, new) == nil)
    }

    @Test(arguments: [
        ("Shahbaz Sharif meets envoy", "Shehbaz Sharif meets envoy"), ("Acord signed", "Accord signed"),
        ("Pakistan and US sign deal", "Pakistan, US sign deal"), ("Reko Diq deal", "Rekodiq deal"),
        ("LIVE: talks begin in Doha", "Talks begin in Doha"), ("US, Pakistan sign deal", "Pakistan, US sign deal"),
        ("US and Pakistan sign a deal on Reko Diq", "US and Pakistan sign a new deal on Reko Diq"),
        ("Visas for students delayed", "Visa for students delayed"), ("UN meets", "United Nations meets"),
        (
            "Statement by the National Security Adviser on talks in Doha",
            "Statement by the Security Adviser on talks in Doha"
        ),
        ("Signed on 2 March 2021in Doha", "Signed on 2 March 2021 in Doha"),
    ])
    func `another spelling, order, label or a word that carries little is cosmetic`(old: String, new: String) {
        #expect(title(old, new) == .cosmetic)
    }

    @Test(arguments: [
        ("Acord signed in Doha", "Accord signed in Doha", "only spelling or order"),
        ("US, Pakistan sign deal", "Pakistan, US sign deal", "only spelling or order"),
        (
            "Pakistan and US sign a deal on Reko Diq", "Pakistan and US sign deal on Reko Diq",
            "1 word, of little weight"
        ),
    ])
    func `a cosmetic edit says what it comes to`(old: String, new: String, reason: String) {
        #expect(text(old, new)?.reasons == [reason])
    }

    @Test(arguments: [
        ("Pakistan confirms strike", "Pakistan denies strike"), ("12 killed in blast", "20 killed in blast"),
        ("Five held in Lahore", "Nine held in Lahore"), ("Eight held in Lahore", "Eighty held in Lahore"),
        ("Platoons 1 2 leave", "Platoons 12 leave"), ("US meets", "United Emirates meets"),
        ("Talks with Iran begin", "Talks with Iraq begin"),
        ("Imports increase sharply", "Imports decrease sharply"), ("US will fund dam", "US will not fund dam"),
        ("Aid of $5 million", "Aid of $5 billion"), ("Envoy allegedly met general", "Envoy met general"),
        ("وزیر اعظم کا دورہ امریکہ", "وزیر اعظم کا دورہ چین"),
    ])
    func `another word, figure or a negation in the title is material`(old: String, new: String) {
        #expect(title(old, new) == .material)
    }

    private static let prose =
        "The United States and Pakistan signed an accord on copper from Reko Diq on 12 March, the ministry in Islamabad "
        + "said on Tuesday. The mine is to ship 200,000 tons a year. Officials of both sides will meet in Washington."

    @Test(arguments: [
        (prose, prose + "\nUpdated 26 Nov 2026, 10:30 am PKT"), (prose, "Published 3 hours ago\n" + prose),
        (prose + " Read more", prose + " Read more about it"),
        (prose, prose.replacing("ministry", with: "minstry")),
        (prose, prose.replacing("Officials", with: "The officials")),
        (prose, String(prose.prefix(150)) + " […]"),
    ])
    func `stamps, spelling, few words and another cut of a text are not material`(old: String, new: String) {
        #expect(text(old, new)?.edit != .material)
        #expect(text(new, old)?.edit != .material)
    }

    @Test(arguments: [
        ("200,000", "350,000", "figures: 200000 became 350000"), ("12 March", "15 March", "figures: 12 became 15"),
        ("will meet", "will not meet", "negation: \"not\" came in"),
        (
            "Washington.", "Washington. Correction: the mine was named wrongly in an earlier form of this report.",
            "notice: \"correction\""
        ),
    ])
    func `figures, negations and corrections in the text are material, with the reason`(
        old: String, new: String, reason: String
    ) throws {
        let judgement = try #require(text(Self.prose, Self.prose.replacing(old, with: new)))
        #expect(judgement.edit == .material)
        #expect(judgement.reasons.contains(reason))
    }

    @Test func `a good part of other words is material, words that only moved are not`() {
        let other =
            "Islamabad's cabinet has put the whole project on hold until a court rules on royalties of the province."
        #expect(text(Self.prose, other + " " + Self.prose.prefix(120))?.edit == .material)
        let (first, second) = (String(repeating: "one a b c d. ", count: 9), "Another paragraph of plain words here.")
        #expect(text(first + "\n" + second, second + "\n" + first)?.edit == .cosmetic)
    }

    @Test func `long texts are compared in bounded tables, and a small change in them stays small`() {
        let words = (0..<9000).map { "w\($0 * 7919 % 9001)" }
        var edited = words
        edited[10] = "other"
        edited[8000] = "another"
        let diff = WordDiff(words, edited)
        #expect(diff.changes.map(\.old) == [10..<11, 8000..<8001])
        let strange = (0..<9000).map { "v\($0)" }
        #expect(WordDiff(words, strange).changes == [WordDiff.Change(old: 0..<9000, new: 0..<9000)])
    }

    @Test(arguments: [
        ("a b c", "a b c", 0), ("", "a", 1), ("a", "", 1), ("a b c d", "a x c d", 1), ("a b c d", "b c d e", 2),
        ("a b a b", "b a b a", 2),
    ])
    func `a difference rebuilds the new text from the old`(old: String, new: String, count: Int) {
        let (left, right) = (old.split(separator: " ").map(String.init), new.split(separator: " ").map(String.init))
        let diff = WordDiff(left, right)
        #expect(diff.changes.count == count)
        var rebuilt = left
        for change in diff.changes.reversed() { rebuilt.replaceSubrange(change.old, with: right[change.new]) }
        #expect(rebuilt == right)
    }

    @Test func `a word as long as a text makes neither reasons nor passages long`() {
        let (old, new) = (String(repeating: "1", count: 60_000), String(repeating: "2", count: 60_000))
        let reasons = text(old, new)?.reasons ?? []
        #expect(!reasons.isEmpty && reasons.allSatisfy { $0.utf8.count < 200 })
        let passage = ChangedPassage(from: old, to: new)
        #expect(passage.was.utf8.count < 2000 && passage.now.utf8.count < 2000)
        #expect(passage.was.hasSuffix(" …"))
    }
}
