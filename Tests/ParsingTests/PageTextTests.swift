import FeedModel
import Testing

@testable import Parsing

@Suite struct PageTextTests {
    private func text(_ html: String, rules: String = "", url: String = "https://www.example.org/news/1") throws
        -> String
    {
        try FeedParser().pageText(
            Document(bytes: Array(html.utf8), url: url, contentType: "text/html; charset=utf-8"),
            rules: PageRules(rules))
    }

    private let first =
        "Pakistan and the United States agreed, after a week of talks in Islamabad, to go on talking next month."
    private let second =
        "The second paragraph, which nobody reads, is as long as the first one, or nearly so, and says as little."

    private func page(_ article: String) -> String {
        """
        <!DOCTYPE html><html><head><title>Talks</title><style>p { color: red }</style></head><body>
        <header class="site-header"><a href="/">Home</a> <a href="/news">All the news that we have, every day</a></header>
        <div class="cookie-banner"><p>We use cookies, as everybody does, to know what you read, when, and for how long.</p></div>
        \(article)
        <div class="sidebar"><ul><li><a href="/2">Another story, quite unrelated to this one, but popular</a></li></ul></div>
        <div id="comments"><p>First! This is a comment, and it goes on for quite a while, as comments do, without end.</p></div>
        <footer><p>Copyright 2026, all rights reserved, by us and by nobody else, whatever they say.</p></footer>
        <script>track("everything", "always")</script></body></html>
        """
    }

    @Test(arguments: [
        "<article><h1>Talks</h1><p>{1}</p><p>{2}</p></article>",
        "<div class=\"story\"><p>{1}</p><p>{2}</p><div class=\"share\"><a href=\"/x\">Share this with everybody</a></div></div>",
        "<div><div><div><p>{1}<p>{2}</div></div></div>",
        "<table><tr><td><p>{1}</p><p>{2}</p></td></tr></table>",
    ])
    func `finds the article and leaves what stands round it`(article: String) throws {
        let html = page(article.replacing("{1}", with: first).replacing("{2}", with: second))
        let text = try text(html + String(repeating: " ", count: 10))
        #expect(text.contains(first))
        #expect(text.contains(second))
        for stranger in ["cookies", "First!", "Copyright", "popular", "track", "Share this"] {
            #expect(!text.contains(stranger), "\(stranger)")
        }
    }

    @Test func `gives the whole page where nothing reads like an article`() throws {
        #expect(try text("<html><body><h1>Gone</h1><p>Not here.</p></body></html>") == "Gone\nNot here.")
        #expect(try text("") == "")
        #expect(
            FeedParser().pageText(Document(bytes: [1, 2], url: "https://x/", contentType: "application/pdf")) == "")
    }

    @Test func `a rule for the site picks what it says, for hosts below as well`() throws {
        let html = page(
            "<article><p>\(first)</p></article><section id='report'><p>\(second) \(second) \(second)</p></section>")
        let rules = "# comment\n\nexample.org //section[@id='report']\nother.example //p\n"
        for url in ["https://example.org/a", "https://www.example.org/a", "https://a.b.example.org/a"] {
            let text = try text(html, rules: rules, url: url)
            #expect(text.hasPrefix(second))
            #expect(!text.contains(first))
        }
        #expect(try text(html, rules: "example.org //nothing").contains(first))
    }

    @Test(arguments: [("example.org", 1), ("a //p\nb //p[", 2), ("\n\nb (((", 3)])
    func `what is no rule is refused with its line`(text: String, line: Int) {
        let error = #expect(throws: PageRulesError.self) { try PageRules(text) }
        #expect(error?.line == line)
    }

    @Test(arguments: [
        "<b>", "<div>", "<p>", "</div>", "<table><tr><td>", "<a href=x>", "<!--", "<script>", "&lt;",
        "<div class=article><p>a, b",
    ])
    func `takes time in proportion on hostile pages`(piece: String) throws {
        _ = try text(String(repeating: piece, count: 20_000 / piece.utf8.count))
    }
}

@Suite struct LanguageGuessTests {
    @Test(
        arguments: [
            ("پاکستان اور امریکہ کے درمیان مذاکرات اگلے ہفتے ہوں گے", "ur"),
            ("محادثات بين باكستان والولايات المتحدة في الأسبوع المقبل", "ar"),
            ("گفتگوهای پاکستان و ایالات متحده هفته آینده برگزار می‌شود", "fa"), ("पाकिस्तान और अमेरिका के बीच बातचीत", "hi"),
            ("Переговоры Пакистана и США продолжатся", "ru"), ("巴基斯坦与美国将于下周在伊斯兰堡继续举行会谈", "zh"),
            ("パキスタンとアメリカの協議は来週に続く", "ja"), ("Talks between the two sides will go on in the next week", "en"),
            ("Die Gespräche zwischen Pakistan und den Vereinigten Staaten gehen weiter", nil),
            ("Les négociations entre le Pakistan et les États-Unis continuent", nil),
            ("Islamabad Washington Rawalpindi", nil), ("", nil), ("12345", nil),
        ] as [(String, String?)])
    func `tells a language by its script, its letters and its little words, or nothing`(text: String, language: String?)
    {
        #expect(LanguageGuess.language(of: [text]) == language)
    }

    @Test(
        arguments: [
            (["", "پاکستان اور امریکہ کے درمیان مذاکرات ہوں گے"], "ur"),
            (
                ["Dawn", String(repeating: "“—” ", count: 30) + "پاکستان اور امریکہ کے درمیان مذاکرات ہوں گے", "x"],
                "ur"
            ),
            (["ﻣﺤﺎﺩﺛﺎﺕ ﺑﻴﻦ ﺑﺎﻛﺴﺘﺎﻥ ﻭﺍﻟﻮﻻﻳﺎﺕ ﺍﻟﻤﺘﺤﺪﺓ"], nil),
            (["Talks “go on” — in Zürich", "Переговоры продолжатся"], nil),
            (["Three letters: پاک, in a text that is English but for these"], nil), ([], nil),
            ([String(repeating: "English ", count: 2000) + String(repeating: "پاکستان ", count: 9000)], nil),
        ] as [([String], String?)])
    func `tells texts in Arabic script, wherever they begin, from all others`(texts: [String], language: String?) {
        #expect(LanguageGuess.ofArabicScript(texts) == language)
    }

    @Test(arguments: [
        ("xml:lang='de'", "Talks between the two sides will go on in the next week", "de"),
        ("", "Talks between the two sides will go on in the next week", "en"),
        ("xml:lang='en-US'", "پاکستان اور امریکہ کے درمیان مذاکرات اگلے ہفتے ہوں گے", "ur"),
        ("xml:lang='fa'", "پاکستان اور امریکہ کے درمیان مذاکرات اگلے ہفتے ہوں گے", "fa"),
        ("xml:lang='en'", "Gespräche", "en"),
    ])
    func `what is declared counts, but for English over another script`(
        attributes: String, title: String, language: String
    ) throws {
        let parsed = try Parsing.FeedParser().parse(
            Document(
                bytes: Array(atom("<entry><title>\(title)</title></entry>", attributes: attributes).utf8),
                url: "https://x/"))
        let entry = FeedParser().entry(
            at: 0, of: parsed, id: EntryID("x"), identity: EntryIdentity(), feedURL: "https://x/",
            language: parsed.language?.tag)
        #expect(entry.language == language)
    }
}
