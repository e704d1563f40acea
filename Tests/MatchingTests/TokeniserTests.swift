import FeedModel
import Testing

@testable import Matching

@Suite struct TokeniserTests {
    private let buffer = TokenBuffer(capacity: 1000)

    private func tokens(_ text: String) -> [(word: String, token: Token)] {
        buffer.clear()
        buffer.read(text, .title)
        return (0..<buffer.count).map { at in
            (String(decoding: buffer.bytes(of: buffer.tokens[at]), as: UTF8.self), buffer.tokens[at])
        }
    }

    private func words(_ text: String) -> [String] { tokens(text).map(\.word) }

    @Test(arguments: [
        ("Pakistan, US sign deal", ["pakistan", "us", "sign", "deal"]),
        ("The U.S. Army, J. Smith", ["the", "us", "army", "j", "smith"]),
        ("Pakistan's F-16s don't", ["pakistan", "f", "16s", "don", "t"]),
        ("O'Sullivan and Shi\u{2019}ite", ["o", "sullivan", "and", "shi", "ite"]),
        ("R\u{00E9}sum\u{00E9} STRASSE stra\u{00DF}e \u{FB01}nd", ["resume", "strasse", "strasse", "find"]),
        ("پاكِستان پاکستان", ["پاکستان", "پاکستان"]),
        ("\u{FF35}\u{FF33} 5G \u{0665}", ["us", "5g", "5"]),
        ("美國 and 日本", ["美", "國", "and", "日", "本"]),
        ("a\u{200D}b c\u{00AD}d \u{0301}", ["ab", "cd"]), ("", []), ("...", []),
        ("e.g. 19.5 x.com", ["e", "g", "19", "5", "x", "com"]),
    ])
    func `cuts a text into folded words`(text: String, expected: [String]) { #expect(words(text) == expected) }

    /// Near the end of a text words are read byte by byte, elsewhere eight bytes at a time.
    @Test func `reads a word the same wherever it stands`() {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("abzAZ09[`@{/:.-' \u{00E9}\u{0627}")
        for _ in 0..<400 {
            let text = String(
                (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                    letters.randomElement(using: &generator) ?? "a"
                })
            let (near, far) = (tokens(text), tokens(text + "        ,"))
            #expect(near.map(\.word) == far.map(\.word), "\(text)")
            #expect(near.map(\.token.hash) == far.map(\.token.hash), "\(text)")
            #expect(near.map(\.token.start) == far.map(\.token.start), "\(text)")
            #expect(near.map(\.token.end) == far.map(\.token.end), "\(text)")
            #expect(near.map(\.token.flags) == far.map(\.token.flags), "\(text)")
        }
    }

    @Test func `hashes a word as the dictionary does`() {
        for word in ["a", "pakistan", "counterterrorism", "counterterrorisms", "پاکستان"] {
            let bytes = Array(word.utf8)
            let hash = bytes.withUnsafeBufferPointer { $0.baseAddress.map { wordHash($0, bytes.count) } }
            #expect(tokens(word + "         ").first?.token.hash == hash)
            #expect(tokens(word).first?.token.hash == hash)
        }
    }

    @Test(arguments: [
        ("One. Two", 2), ("One! Two? Three; four", 4), ("Gen. Munir met Lt. Gen. Malik", 1), ("A. Q. Khan spoke", 1),
        ("the U.S. said", 1), ("19.5 per cent", 1), ("visit x.com today", 1), ("plan b. then", 2),
        ("ایک۔ دو", 2), ("One\nTwo", 2), ("No stop", 1),
    ])
    func `counts sentences`(text: String, expected: Int) {
        #expect(Set(tokens(text).map(\.token.sentence)).count == expected)
    }

    @Test func `numbers paragraphs by line`() {
        #expect(tokens("a b\nc").map(\.token.paragraph) == [1, 1, 2])
    }

    @Test func `knows capitals, points and reversing prefixes`() {
        let found = tokens("US Us U.S. 5G 16 de-escalation pre-war de escalation")
        let flags = Dictionary(grouping: found, by: \.word).mapValues { $0.map(\.token.flags) }
        #expect(flags["us"] == [.upper, [], [.upper, .points]])
        #expect(flags["5g"] == [.upper])
        #expect(flags["16"] == [[]])
        #expect(flags["escalation"] == [.reversed, []])
        #expect(flags["war"] == [[]])
    }

    @Test func `says where a word stands, in bytes of the text`() {
        let text = "é Pakistan's U.S. deal"
        let cut = tokens(text).map {
            String(decoding: Array(text.utf8)[Int($0.token.start)..<Int($0.token.end)], as: UTF8.self)
        }
        #expect(cut == ["é", "Pakistan", "U.S", "deal"])
    }

    @Test func `S20: looks at no more words than it has room for`() {
        let buffer = TokenBuffer(capacity: 10)
        buffer.read(String(repeating: "word ", count: 1000), .body)
        #expect(buffer.count == 10)
        buffer.clear()
        buffer.read(String(repeating: "\u{FDFA}", count: 100_000), .body)
        #expect(buffer.count == 1)
        #expect(buffer.tokens[0].length == 255)
    }
}
