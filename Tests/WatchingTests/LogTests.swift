import FeedModel
import FoundationEssentials
import Synchronization
import Testing

@testable import Watching

@Suite struct UncheckedCertificatesTests {
    @Test func `P-54: feeds whose certificates are not checked are told of once a day, and no others`() {
        var warning = UncheckedCertificates()
        let feeds = [Feed(url: "https://a.example/"), Feed(url: "https://b.example/", allowsInsecureTLS: true)]
        let noon = Date(timeIntervalSince1970: 1_795_608_000)
        #expect(warning.due(among: feeds, now: noon).map(\.url) == ["https://b.example/"])
        #expect(warning.due(among: feeds, now: noon.addingTimeInterval(6 * 3600)).isEmpty)
        #expect(warning.due(among: feeds, now: noon.addingTimeInterval(24 * 3600)).count == 1)
        #expect(warning.due(among: [feeds[0]], now: noon.addingTimeInterval(48 * 3600)).isEmpty)
    }
}

@Suite struct LogTests {
    private func line(journal: Bool = true, _ write: (Log) -> Void) -> String {
        let box = Mutex("")
        withoutActuallyEscaping({ @Sendable (text: String) in box.withLock { $0 += text } }) { sink in
            write(Log(level: .info, forJournal: journal, write: sink))
        }
        return box.withLock { $0 }
    }

    @Test func `a line for the journal begins with its priority`() {
        #expect(
            line { $0(.warning, "contact is unset", ["key": "fetch.contact"]) }
                == "<4>contact is unset key=fetch.contact\n")
    }

    @Test func `what is less important than the level is not written`() {
        #expect(line { $0(.debug, "detail") } == "")
    }

    @Test func `R23: no control byte and no line break from outside reaches the log`() {
        let text = line { $0(.info, "check", ["title": "a\u{1B}[31mb\nc\u{202E}"]) }
        #expect(text == "<6>check title=\"a\\\\u{1B}[31mb\\\\u{A}c\\\\u{202E}\"\n")
    }

    @Test func `R23: a password in an address is not written`() {
        let text = line { $0(.info, "check", ["feed": "https://me:secret@example.org/a@b"]) }
        #expect(text == "<6>check feed=https://…@example.org/a@b\n")
    }

    @Test func `R23: a line has 2 KiB at most`() {
        let text = line { $0(.info, "check", ["reason": String(repeating: "پاکستان", count: 1000)]) }
        #expect(text.utf8.count <= 2048)
        #expect(text.hasSuffix(" …\n"))
    }
}
