import FeedModel
import Testing

@testable import Matching

/// Every mistake is named with its place, what was expected and, where there is one, the nearest name.
@Suite struct WatchlistErrorTests {
    private func errors(_ text: String) -> [WatchlistError] {
        do { _ = try Matcher([WatchlistSource(path: "w", text: text)]) } catch { return error.errors }
        return []
    }

    @Test(arguments: [
        ("must gold (", "3:12: a word is missing here; write a word, a \"phrase\" or @set"),
        ("must (gold", "3:11: a ) is missing here"),
        ("must gold)", "3:10: this does not belong here; put it in brackets, or join it with | or &"),
        ("must \"gold", "3:6: a quotation mark that is not closed; write the closing \""),
        ("must | gold", "3:6: a word is missing here; write a word, a \"phrase\" or @set"),
        ("must NEAR/3 gold", "3:6: NEAR/3 needs something before it; write A NEAR/3 B"),
        ("must a NEAR/x b", "3:8: NEAR/x needs a distance from 1 to 1000; write NEAR/10"),
        (
            "must titel:gold",
            "3:6: there is no field \"titel\"; did you mean title?; a word with a colon in it needs quotation marks"
        ),
        (
            "must title,boddy:gold",
            "3:12: there is no field \"boddy\"; did you mean body?; a word with a colon in it needs quotation marks"
        ),
        ("must @minersl", "3:6: there is no set @minersl; did you mean @minerals?"),
        ("must @zzzzzzzzz", "3:6: there is no set @zzzzzzzzz; write [set zzzzzzzzz] first"),
        ("must gold{3,1}", "3:14: from 3 to 1 is no range; write {1,3}"),
        ("must gold{x}", "3:11: a count from 0 to 100 is missing here"),
        ("must 4 OF (a, b)", "3:17: 4 OF 2: write 1 to 2"),
        ("must go*ld", "3:6: \"go*ld\" has a * inside a word; it may stand at the end of one only"),
        ("must *", "3:6: a * without a word before it; write the beginning of a word"),
        ("must \"—\"", "3:6: \"—\" has no word in it; write letters or digits"),
        ("must /(a/", "3:8: the pattern /(a/ has a bracket without its other; mend it"),
        ("must /a*/", "3:7: the pattern /a*/ matches the empty text; write what must be there"),
        ("must /a", "3:6: a pattern that is not closed; write the closing /"),
        ("must /a/x", "3:9: only i may follow a pattern; write /…/ or /…/i"),
        ("must relevance >= 0.5", "3:6: there is no relevance model to ask; name one in [watchlists] relevance_model"),
        ("must age >= 7", "3:13: \"7\" is no value for age; write a span: 36h or 7d"),
        ("must wrds >= 7", "3:6: \"wrds\" cannot be compared; did you mean words?"),
        ("must words > 7", "3:12: > compares nothing here; write >="),
        ("must date >= tomorrow", "3:14: \"tomorrow\" is no value for date; write a day: 2026-01-31"),
        ("+2 gold max=0", "3:9: max=0 is no ceiling; write max=8"),
        ("+2 gold as", "3:11: as needs a label; write as \"label\""),
        ("+2.3 gold", "3:1: +2.3 is no weight; write +N or -N in steps of 0.5"),
        ("-0 gold", "3:1: -0 is no weight; write +N or -N in steps of 0.5"),
        ("mus gold", "3:1: \"mus\" begins no statement; did you mean \"must\"?"),
        ("treshold = 3", "3:1: unknown key \"treshold\"; did you mean \"threshold\"?"),
        ("threshold = much", "3:13: threshold = much is no number in its range; write threshold = 6"),
        ("area = securty", "3:8: area \"securty\" is not known; did you mean security?"),
        ("lang = english", "3:8: lang = english is no list of languages; write their codes: lang = en, ur"),
        ("notify = allways", "3:10: notify = allways is not known; did you mean always?"),
        ("fields = titel", "3:10: there is no field \"titel\"; did you mean title?"),
        ("mute-until = soon", "3:14: mute-until = soon is no day; write mute-until = 2026-12-31"),
        ("expect gold", "3:1: expect needs a text in quotation marks; write expect \"…\""),
        ("must ایف title:(", "3:17: a word is missing here; write a word, a \"phrase\" or @set"),
    ])
    func `in a watch`(line: String, expected: String) {
        let found = errors("[watch \"W\"]\ntopic = x\n\(line)\n[set minerals]\ngold\n")
        #expect(found.map(\.description) == ["w:" + expected])
    }

    @Test(arguments: [
        ("gold", "1:1: this stands in no block; write [set name], [watch \"Name\"] or [defaults] before it"),
        ("[sett a]\ngold", "1:1: unknown block [sett]; did you mean [set …]?"),
        ("[set]\ngold", "1:1: a set without a name; write [set name]"),
        ("[set a b]\ngold", "1:1: the name of a set is one word; write [set a-b]"),
        ("[set a]\ngold\n[set a]\ntin", "3:1: there are two sets @a; give one another name"),
        ("[watch \"A\"\ntopic = x", "1:1: a block head without its ]; write the closing ]"),
        ("[watch \"A\"] topic", "1:13: nothing may stand behind a block head; begin a new line"),
        ("[watch \"A\"]\n+1 gold", "1:1: the watch \"A\" has no topic; write topic = name"),
        (
            "[watch \"A\"]\ntopic = x",
            "1:1: the watch \"A\" asks nothing; write a must line or a weighted line (+2 word)"
        ),
        ("[defaults]\ntopic = x", "2:1: topic is each watch's own; write it in the [watch] block"),
        ("[defaults]\nmust gold", "2:1: [defaults] holds keys only; write key = value"),
        ("[set a]\n@b\n[set b]\ngold @a", "4:6: the set @a contains itself, by way of @b; take one of the two out"),
        ("[set a]\n@a", "2:1: the set @a contains itself, by way of @a; take one of the two out"),
        ("[set a]\n(gold", "2:6: a ) is missing here"),
    ])
    func `in a file`(text: String, expected: String) {
        #expect(errors(text).map(\.description) == ["w:" + expected])
    }

    @Test func `all of several files are told, in order, with the line and a caret`() {
        let files = [
            WatchlistSource(path: "a", text: "[watch \"A\"]\r\ntopic = x\r\nmust @no\r\n+x y\r\n"),
            WatchlistSource(path: "b", bytes: Array("[set s]\ngold ".utf8) + [0xFF]),
        ]
        let found = #expect(throws: WatchlistErrors.self) { try Matcher(files) }
        #expect(found?.errors.map { "\($0.path):\($0.line):\($0.column)" } == ["a:3:6", "a:4:1", "b:2:6"])
        #expect(found?.errors[0].caret == ["  must @no", "       ^"])
    }

    @Test func `a failing self-test is an error at its line and says why`() {
        let found = errors(
            "[watch \"W\"]\ntopic = x\nthreshold = 1\n+2 gold\nnever tin\nexpect \"gold and tin\"\nreject \"gold\"\n")
        #expect(
            found.map(\.description) == [
                "w:6:1: expect: \"W\" refuses this text (vetoed by the never of line 5: \"tin\"); mend the watch or the line",
                "w:7:1: reject: \"W\" accepts this text (the score is 6.0); mend the watch or the line",
            ])
        #expect(found.first?.caret.first == "  expect \"gold and tin\"")
    }

    @Test func `S6: no bytes make the reader or the matcher trap`() {
        var generator = SystemRandomNumberGenerator()
        let pieces = [
            "[", "]", "(", ")", "@", "|", "&", "-", "\"", "{", "}", ",", "*", "=", "/", " ", "\n", "\n ", "#", "a",
            "bc", "set", "watch",
            "must", "+1", "topic=x", " as ", "max=", "NEAR/3", "PAIR", "2 OF", ">=", "age", "title:", "/a(/",
            "\u{201C}", "\t", "\r",
            "\u{0627}", "\u{FEFF}", "lang=en", "[defaults]", "[set s]\n", "words >= 3",
        ]
        for _ in 0..<400 {
            var bytes = Array("[watch \"a\"]\ntopic=x\n".utf8)
            for _ in 0..<Int.random(in: 0...60, using: &generator) {
                bytes += Array((pieces.randomElement(using: &generator) ?? "").utf8)
            }
            if Int.random(in: 0..<10, using: &generator) == 0 {
                bytes.insert(0xFF, at: Int.random(in: 0...bytes.count, using: &generator))
            }
            let matcher = try? Matcher([WatchlistSource(path: "f", bytes: bytes)])
            _ = matcher?.verdict(
                on: Entry(id: EntryID("e"), feedURL: "", title: String(decoding: bytes, as: UTF8.self)), of: nil)
        }
    }
}
