import Digests
import FeedModel
import Glibc
import TestSupport
import Testing

@testable import Watching

private func errors(in text: String, checksFiles: Bool = false) -> [String] {
    errors(in: Array(text.utf8), checksFiles: checksFiles)
}

private func errors(in bytes: [UInt8], checksFiles: Bool = false) -> [String] {
    do {
        _ = try Configuration.read(
            bytes, path: "/c.toml", environment: [:], checksFiles: checksFiles, isZone: { $0 == "Asia/Karachi" })
        return []
    } catch { return error.errors.map(\.description) }
}

@Suite struct ConfigurationErrorTests {
    @Test func `S13: a mistake is one line, also where the reader of TOML quotes a line break`() {
        let error = #expect(throws: ConfigurationErrors.self) {
            try Configuration.read(
                Array("a = i\n".utf8), path: "/x.toml", environment: [:], checksFiles: false, isZone: { _ in true })
        }
        #expect(error?.errors.allSatisfy { !$0.description.contains("\n") && $0.line >= 1 } == true)
    }

    /// A file with one error, and its whole text.
    @Test(arguments: [
        // What is not known, with the nearest name that is.
        ("[fech]", "1:2: the configuration has no key \"fech\"; did you mean \"fetch\"?"),
        ("[fetch]\nflor = \"1h\"", "2:1: [fetch] has no key \"flor\"; did you mean \"floor\"?"),
        ("[maildir]\nzzz = 1", "2:1: [maildir] has no key \"zzz\"; known are folder"),
        ("fetch = 3", "1:9: fetch is a whole number, and should be a table; write [fetch] on a line of its own"),
        ("[profile]\nname = \"a\"", "1:1: profile is a table, and should be a list of tables; write [[profile]]"),
        // Wrong types.
        (
            "[fetch]\nfloor = 60",
            "2:9: [fetch] floor: a whole number where a duration in quotes should be; write floor = \"1h\""
        ),
        (
            "[fetch]\nconcurrency = \"9\"",
            "2:15: [fetch] concurrency: a string where a whole number should be; write concurrency = 256"
        ),
        (
            "[fetch]\nmax_body = 8",
            "2:12: [fetch] max_body: a whole number where a size in quotes should be; write max_body = \"8 MiB\""
        ),
        ("[feeds]\nopml = \"a\"", "2:8: [feeds] opml: a string where a list should be; write opml = [\"feeds.opml\"]"),
        (
            "[feeds]\nopml = [1]",
            "2:9: [feeds] opml: a whole number where a string should be; write opml = [\"feeds.opml\"]"
        ),
        ("[files]\nsite = \"yes\"", "2:8: [files] site: a string where true or false should be; write site = true"),
        (
            "[log]\nlevel = 2026-01-01",
            "2:9: [log] level: a date or time where a string should be; write level = \"info\""
        ),
        // Wrong units, out of range.
        (
            "[fetch]\nfloor = \"1 hour\"",
            "2:9: [fetch] floor: \"1 hour\" is not a duration; write whole numbers with s, m, h, d or w, such as \"90s\" or \"1h30m\""
        ),
        (
            "[fetch]\nmax_body = \"8 MB/s\"",
            "2:12: [fetch] max_body: \"8 MB/s\" is not a size; write a whole number with B, KiB, MiB, GiB, kB, MB or GB, such as \"8 MiB\""
        ),
        ("[fetch]\nmax_body = \"8 GB\"", "2:12: [fetch] max_body: \"8 GB\" is out of range; write 1 KiB to 1024 MiB"),
        ("[fetch]\ntimeout = \"2h\"", "2:11: [fetch] timeout: \"2h\" is out of range; write 1s to 1h"),
        ("[fetch]\nconcurrency = 0", "2:15: [fetch] concurrency: 0 is out of range; write 1 to 4096"),
        ("[mail]\nrate = -1", "2:8: [mail] rate: -1 is out of range; write 0 to 1000"),
        ("[mail]\nrate = nan", "2:8: [mail] rate: null is out of range; write 0 to 1000"),
        ("[mail]\nport = 70000", "2:8: [mail] port: 70000 is out of range; write 1 to 65535"),
        // Values that no table of types catches.
        ("[state]\nstore = \"postgresql\"", "2:9: [state] store: \"postgresql\" is not known; write one of sqlite"),
        ("[log]\nlevel = \"inof\"", "2:9: [log] level: \"inof\" is not known; did you mean \"info\"?"),
        (
            "[fetch]\ncontact = \"you\"",
            "2:11: [fetch] contact: \"you\" is not a web or mail address; write for example \"mailto:you@your-domain.example\", "
                + "without spaces or brackets"
        ),
        (
            "[fetch]\nproxy = \"proxy:3128\"",
            "2:9: [fetch] proxy: \"proxy:3128\" is not a web address; write for example \"http://proxy.your-domain.example:3128\""
        ),
        (
            "[fetch]\nallow_addresses = [\"10.0.0.0/33\"]",
            "2:20: [fetch] allow_addresses: \"10.0.0.0/33\" is not an address range; write for example \"10.1.0.0/16\", "
                + "\"::1/128\" or \"10.1.2.3\""
        ),
        (
            "[fetch]\nfloor = \"5m\"",
            "2:9: [fetch] floor: the floor (5m) is under min_floor (15m); write floor = \"15m\" or more"
        ),
        ("[fetch]\nceiling = \"30m\"", "2:11: [fetch] ceiling: the ceiling (30m) is under the floor (1h); write more"),
        (
            "[fetch]\nconnect_timeout = \"61s\"",
            "2:19: [fetch] connect_timeout: \"1m1s\" is longer than the whole timeout (1m); write less"
        ),
        (
            "[[feeds.feed]]\ntitle = \"a\"",
            "1:1: [[feeds.feed]] needs url; write url = \"https://institute.example/feed/\""
        ),
        (
            "[[feeds.feed]]\nurl = \"file:///etc/passwd\"",
            "2:7: [[feeds.feed]] url: \"file:///etc/passwd\" does not begin with http:// or https://; write for example "
                + "\"https://institute.example/feed/\""
        ),
        (
            "[[feeds.feed]]\nurl = \"https://me:secret@a.example/\"",
            "2:7: [[feeds.feed]] url: a user or password stands in the address; write for example "
                + "\"https://institute.example/feed/\""
        ),
        (
            "[[feeds.feed]]\nurl = \"https://a.example/\"\nkind = \"blog\"",
            "3:8: [[feeds.feed]] kind: \"blog\" is not known; write one of think-tank, government, press, academic, organisation, "
                + "search"
        ),
        (
            "[[feeds.feed]]\nurl = \"https://a.example/\"\ninterval = \"1m\"",
            "3:12: [[feeds.feed]] interval: \"1m\" is under [fetch] min_floor; write \"15m\" or more"
        ),
        (
            "[[feeds.feed]]\nurl = \"https://a.example/\"\nusername = \"u\"",
            "1:1: [[feeds.feed]] needs both username and password_file; write both or neither"
        ),
        (
            "feeds.feed = [{url = \"https://a.example/\"}, {url = \"https://a.example/\"}]",
            "1:52: [[feeds.feed]] url: \"https://a.example/\" stands in an earlier [[feeds.feed]]; take one out"
        ),
        (
            "[[profile]]\nsinks = [\"files\"]\n[files]\nfolder = \"m\"",
            "1:1: [[profile]] needs name; write name = \"daily\""
        ),
        (
            "[files]\nfolder = \"d\"\n[[profile]]\nname = \"A b\"",
            "4:8: [[profile]] name: \"A b\" is not usable in names of files; write lower-case letters, digits and hyphens, at most 63"
        ),
        (
            "files.folder = \"d\"\nprofile = [{name = \"a\"}, {name = \"a\"}]",
            "2:34: [[profile]] name: an earlier profile is called \"a\"; choose another name"
        ),
        (
            "files.folder = \"d\"\n[[profile]]\nname = \"a\"\nzone = \"Karachi\"",
            "4:8: [[profile]] zone: \"Karachi\" is not an IANA time zone; write for example \"Asia/Karachi\" or \"UTC\""
        ),
        (
            "files.folder = \"d\"\n[[profile]]\nname = \"a\"\ntime = \"7:00\"",
            "4:8: [[profile]] time: \"7:00\" is not a time of day; write for example \"07:00\""
        ),
        (
            "files.folder = \"d\"\n[[profile]]\nname = \"a\"\ndays = [\"monday\"]",
            "4:9: [[profile]] days: \"monday\" is not known; write one of mon, tue, wed, thu, fri, sat, sun"
        ),
        (
            "files.folder = \"d\"\n[[profile]]\nname = \"a\"\ndays = []",
            "4:8: [[profile]] days: holds no day; write [\"mon\", \"tue\"], or take the line out for every day"
        ),
        (
            "files.folder = \"d\"\n[[profile]]\nname = \"a\"\nmute_until = \"2027-02-30\"",
            "4:14: [[profile]] mute_until: \"2027-02-30\" is not a date; write for example \"2027-01-10\""
        ),
        (
            "files.folder = \"d\"\n[[profile]]\nname = \"a\"\nlanguages = [\"en-GB\"]",
            "4:14: [[profile]] languages: \"en-GB\" is not the short name of a language; write for example \"en\" or \"ur\""
        ),
        (
            "files.folder = \"d\"\n[[profile]]\nname = \"a\"\nquiet = \"22-7\"",
            "4:9: [[profile]] quiet: \"22-7\" is not a stretch of the day; write for example \"22:00-07:00\""
        ),
        (
            "[[profile]]\nname = \"a\"",
            "1:1: [[profile]] sinks: \"files\" needs [files] folder; write folder = \"digests\" under [files]"
        ),
        (
            "[[profile]]\nname = \"a\"\nsinks = [\"exec\"]",
            "3:9: [[profile]] sinks: \"exec\" needs [exec] command; write command = [\"/usr/local/bin/digest-hook\"] under [exec]"
        ),
        (
            "[[profile]]\nname = \"a\"\nsinks = [\"webhook\"]",
            "3:9: [[profile]] sinks: \"webhook\" needs [webhook] url; write url = \"https://your-domain.example/durbeen\" under [webhook]"
        ),
        (
            "[mail]\nunsubscribe_url = \"https://u.example/\"",
            "2:19: [mail] unsubscribe_url: has to hold {token}, which tells readers apart, and no comma; write \"https://your-domain.example/unsubscribe/{token}\""
        ),
        (
            "[mail]\nunsubscribe_url = \"http://u.example/{token}\"",
            "2:19: [mail] unsubscribe_url: \"http://u.example/token\" does not begin with https://; write for example \"https://your-domain.example/unsubscribe/{token}\""
        ),
        (
            "[[profile]]\nname = \"a\"\nsinks = [\"maildir\"]\n[maildir]\nfolder = \"m\"\n[mail]\nfrom = \"a@b.example\"",
            "3:9: [[profile]] sinks: \"maildir\" needs to; write to = [\"reader@your-domain.example\"] in the profile"
        ),
        (
            "[[profile]]\nname = \"a\"\nsinks = [\"sendmail\"]\nto = [\"b@c.example\"]",
            "3:9: [[profile]] sinks: \"sendmail\" needs [mail] from; write from = \"durbeen@your-domain.example\" under [mail]"
        ),
        (
            "files.folder = \"d\"\n[[profile]]\nname = \"a\"\nto = [\"b@c.example\\r\\nBcc: x@y\"]",
            "4:7: [[profile]] to: holds a control character; write plain text"
        ),
        (
            "files.folder = \"d\"\n[[profile]]\nname = \"a\"\nto = [\"B <b@c.example>\"]",
            "4:7: [[profile]] to: \"B <b@c.example>\" is not a mail address; write it as in \"reader@your-domain.example\""
        ),
        (
            "[mail]\nhost = \"smtp.example.org\"\ntls = \"none\"",
            "3:7: [mail] tls: \"none\" would send mail in the clear to smtp.example.org; write \"implicit\" or \"starttls\""
        ),
        (
            "[mail]\nuser = \"u\"",
            "2:8: [mail] user: no password for this user; write password_file = \"smtp.password\" or password_credential"
        ),
        (
            "[mail]\nuser = \"u\"\npassword_file = \"p\"\npassword_credential = \"q\"",
            "4:23: [mail] password_credential: password_file gives the password already; take one of them out"
        ),
        (
            "[mail]\nuser = \"u\"\npassword_credential = \"../q\"",
            "3:23: [mail] password_credential: \"../q\" is not the name of a credential; write for example \"smtp\""
        ),
        ("[files]\nformats = []", "2:11: [files] formats: names no edition; write [\"html\"], or take the line out"),
        ("[files]\nfolder = \"\"", "2:10: [files] folder: empty; write folder = \"digests\", or take the line out"),
        (
            "[files]\nformats = [\"html\", \"html\"]",
            "2:20: [files] formats: \"html\" stands here twice; take one out"
        ),
    ])
    func `says where, what, and what to write instead`(text: String, error: String) {
        #expect(errors(in: text) == ["/c.toml:" + error])
    }

    @Test func `says all that is wrong with a file, in the order of its lines`() {
        let found = errors(
            in: """
                [log]
                level = "loud"
                [fetch]
                timeout = 5
                flor = "1h"
                [[profile]]
                zone = "Mars"
                [nonsense]
                """)
        #expect(
            found.map { $0.prefix { $0 != " " } } == [
                "/c.toml:2:9:", "/c.toml:4:11:", "/c.toml:5:1:", "/c.toml:6:1:", "/c.toml:6:1:", "/c.toml:7:8:",
                "/c.toml:8:2:",
            ])
    }

    @Test(arguments: [
        (
            "[fetch]\nfloor = 6h",
            "2:10: not TOML: Error while parsing decimal integer: expected digit, saw 'h'; correct the line "
                + "(texts, durations and sizes stand in quotes)"
        ),
        (
            "a = 1\na = 2",
            "2:5: not TOML: Error while parsing key-value pair: cannot redefine existing integer 'a'; correct the line "
                + "(texts, durations and sizes stand in quotes)"
        ),
        (
            "[!]",
            "1:2: not TOML: a table's name should stand here; correct the line (texts, durations and sizes stand in quotes)"
        ),
        (
            "[log]\n\u{E9} = 1",
            "2:1: not TOML: letters beyond ASCII stand only in quotes; correct the line "
                + "(texts, durations and sizes stand in quotes)"
        ),
        ("\n \n", "1:1: the file is empty; start from the commented configuration that ships with durbeen"),
    ])
    func `says where a file stops being TOML`(text: String, error: String) {
        #expect(errors(in: text) == ["/c.toml:" + error])
    }

    @Test(arguments: [
        ("[mail]\nunsubscribe_url = \"https://u.example/{token}/", "2:19: [mail] unsubscribe_url"),
        ("[files]\nfolder = \"d\"\nurl = \"https://u.example/", "3:7: [files] url"),
    ])
    func `5322, 2.1.1: refuses an address that no line of a mail's header could hold`(text: String, place: String)
        throws
    {
        let error = try #require(errors(in: text + String(repeating: "a", count: 230) + "\"").first)
        #expect(error.hasPrefix("/c.toml:\(place): the address is longer than 240 bytes; write for example \"https://"))
        // With each byte percent-encoded, and the 26 characters of a token.
        #expect(3 * longestListURL + 26 <= MailMessage.longestURL)
    }

    @Test(arguments: [
        "a = \"\\u0000\"", "[fetch]\ncontact = \"mailto:\\u0000\"", String(repeating: "a.", count: 300_000) + "a = 1",
        "a = " + String(repeating: "[", count: 300_000), "a = " + String(repeating: "{a=", count: 300_000),
        "[" + String(repeating: "a.", count: 300_000) + "a]", "a = 99999999999999999999999", "a = \"\"\"", "a = '''\n'",
        "\u{FEFF}[fetch]\nfloor = \"99999999999999999999d\"", "[fetch]\nmax_body = \"99999999999999999999 GiB\"",
        "[fetch]\nfloor = \"9223372036854775807w\"", "'" + String(repeating: "x", count: 100_000) + "' = 1",
        "[ .a]", "[[.]]", "[\u{E9}]", "a = \u{E9}", "a = \"\"\"\\\n\u{E9}\"\"\"", "a = 1\u{A0}", "[\0]", "[a.\0]",
        "fetch = [[[]]]", "[[feeds.feed]]\nurl = 'https://'", "[[feeds.feed]]\nurl = 'https://[::1'\nx.y.z = 1",
    ])
    func `survives what nobody would write`(text: String) {
        #expect(!errors(in: text).isEmpty)
    }

    @Test func `refuses bytes that are not UTF-8`() {
        #expect(
            errors(in: Array("[log]\nlevel = \"".utf8) + [0xC3, 0x28, 0x22]).first?.hasPrefix("/c.toml:2:") == true)
    }

    @Test func `says of files that they are missing, unreadable or too large`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/durbeen.toml"
        func load() -> [String] {
            do {
                _ = try Configuration.load(path: path, environment: [:])
                return []
            } catch { return error.errors.map { String($0.description.dropFirst(path.count)) } }
        }
        #expect(load() == [":1:1: No such file or directory; name a configuration that can be read with --config"])
        try replaceFile(path, with: Array(repeating: 0x23, count: 1 << 20) + [0x0A])
        #expect(load() == [":1:1: larger than 1 MiB; name a configuration that can be read with --config"])
        let text = """
            [feeds]
            opml = ["none.opml"]
            [watchlists]
            files = ["w/*.watch"]
            [webhook]
            secret_file = "s"
            """
        try replaceFile(path, with: Array(text.utf8))
        try replaceFile(folder.path + "/s", with: Array("secret\n".utf8))
        chmod(folder.path + "/s", 0o644)
        let found = load()
        #expect(
            found == [
                ":2:9: [feeds] opml: \(folder.path)/none.opml: No such file or directory; name an OPML file that is there",
                ":4:10: [watchlists] files: no file is named \(folder.path)/w/*.watch; name a watchlist file that is there",
                ":6:15: [webhook] secret_file: \(folder.path)/s: others may read or change it; run chmod 600 on it",
            ])
        #expect(throws: Secret.Refusal.self) { try Secret.read(file: folder.path + "/s") }
        chmod(folder.path + "/s", 0o600)
        #expect(try Secret.read(file: folder.path + "/s") == "secret")
    }
}

@Suite struct QuantityTests {
    @Test(arguments: [
        ("90s", 90), ("6h", 21_600), ("7d", 604_800), ("60m", 3600), ("1h30m", 5400), ("1h 30m", 5400),
        ("2w", 1_209_600),
        ("0s", 0),
    ])
    func `reads durations`(text: String, seconds: Int) {
        #expect(duration(reading: text) == .seconds(seconds))
    }

    @Test(arguments: ["", " ", "6", "h", "6 hours", "-1h", "1.5h", "1h30", "٦h", "6H", "99999999999999999999s"])
    func `refuses what is no duration`(text: String) { #expect(duration(reading: text) == nil) }

    @Test(arguments: [
        ("8 MiB", 8 << 20), ("512 KiB", 512 << 10), ("1 GB", 1_000_000_000), ("1GiB", 1 << 30), ("100 B", 100),
    ])
    func `reads sizes`(text: String, bytes: Int) { #expect(byteCount(reading: text) == bytes) }

    @Test(arguments: ["", "8", "MiB", "8 mib", "-8 MiB", "8.5 MiB", "99999999999 GiB", "8 MiB "])
    func `refuses what is no size`(text: String) { #expect(byteCount(reading: text) == nil) }

    @Test func `quiet hours may go over midnight`() throws {
        let night = try #require(Configuration.QuietHours("22:00-07:00"))
        #expect(night.contains(.init(hour: 23, minute: 59)))
        #expect(night.contains(.init(hour: 6, minute: 59)))
        #expect(!night.contains(.init(hour: 7, minute: 0)))
        #expect(!night.contains(.init(hour: 21, minute: 59)))
    }
}
