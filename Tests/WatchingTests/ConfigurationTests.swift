import Digests
import FeedModel
import Testing

@testable import Watching

/// Reads `text` as if it were `/etc/durbeen/durbeen.toml`, without looking for the files it names.
private func read(_ text: String, environment: [String: String] = [:]) throws(ConfigurationErrors) -> Configuration {
    try Configuration.read(
        Array(text.utf8), path: "/etc/durbeen/durbeen.toml", environment: environment, checksFiles: false,
        isZone: { ["UTC", "Asia/Karachi", "America/New_York"].contains($0) })
}

@Suite struct ConfigurationTests {
    @Test func `a file that says next to nothing has every default`() throws {
        let read = try read("[log]\n")
        var expected = Configuration()
        expected.path = "/etc/durbeen/durbeen.toml"
        expected.warnings = read.warnings
        #expect(read == expected)
        let fetch = read.fetch
        #expect(fetch.floor == .seconds(3600))
        #expect(fetch.minFloor == .seconds(900))
        #expect(fetch.ceiling == .seconds(86_400))
        #expect((fetch.concurrency, fetch.hostConnections, fetch.hostBudget) == (256, 1, 60))
        #expect(fetch.hostSpacing == .seconds(5))
        #expect((fetch.connectTimeout, fetch.timeout) == (.seconds(10), .seconds(60)))
        #expect((fetch.maxBody, fetch.maxRedirects) == (8 << 20, 5))
        #expect(fetch.maxBackoff == .seconds(86_400))
        #expect(read.sendmail.path == "/usr/sbin/sendmail")
        #expect(read.files.formats == [.html, .markdown, .json, .text])
        #expect(read.files.site)
        #expect((read.mail.tls, read.mail.rate, read.mail.effectivePort) == (.implicit, 1, 465))
        #expect(read.log.level == .info)
    }

    @Test func `the settings in force name every key but those of feeds, as the file writes them`() throws {
        let settings = try read(everyKey).settings
        var table = ""
        for line in everyKey.split(separator: "\n") {
            let words = line.split(separator: "=", maxSplits: 1).map { $0.drop { $0 == " " } }
            if words.count == 1 {
                table = line.filter { !"[] ".contains($0) }.replacing("profile", with: "profile.analyst")
                continue
            }
            let key = words[0].prefix { $0 != " " }
            guard table != "feeds.feed", key != "name" else { continue }
            let setting = settings.first { $0.table == table && $0.key == key }
            #expect(setting != nil, "[\(table)] \(key)")
        }
        #expect(settings.contains { $0.key == "days" && $0.value == .strings(["mon", "fri"]) && $0.isChanged })
    }

    @Test func `every key is read`() throws {
        let read = try read(everyKey)
        #expect(read.state.folder == "/var/lib/durbeen")
        #expect(read.state.storePath == "/var/lib/durbeen/durbeen.sqlite")
        var fetch = Configuration.Fetch()
        fetch.contact = "mailto:ops@example.org"
        fetch.floor = .seconds(7200)
        fetch.minFloor = .seconds(1)
        fetch.ceiling = .seconds(172_800)
        fetch.dailyRequests = 6.5
        fetch.sweep = .seconds(1800)
        fetch.retryScope = .feed
        fetch.concurrency = 16
        fetch.hostConnections = 2
        fetch.hostSpacing = .zero
        fetch.hostBudget = 0
        fetch.connectTimeout = .seconds(5)
        fetch.timeout = .seconds(90)
        fetch.maxBody = 512 << 10
        fetch.maxRedirects = 3
        fetch.maxBackoff = .seconds(5400)
        fetch.caFile = "/etc/durbeen/ca.pem"
        fetch.proxy = "http://proxy.example.org:3128"
        fetch.allowAddresses = ["127.0.0.0/8", "::1/128", "10.1.2.3"]
        #expect(read.fetch == fetch)
        #expect(read.feeds.opml == ["/etc/durbeen/feeds.opml", "/srv/more.opml"])
        #expect(
            read.feeds.inline == [
                Feed(
                    url: "https://institute.example/feed/", title: "The Institute", kind: .thinkTank, country: "PK",
                    group: "Pakistani think tanks", language: "en", interval: .seconds(1800), username: "reader",
                    passwordFile: "/etc/durbeen/feed.password", allowsInsecureTLS: true, rateGroup: "institutes",
                    identity: .composite, priority: 2.5)
            ])
        #expect(read.watchlists.files == ["/etc/durbeen/watchlists/*.watch"])
        #expect(read.watchlists.secondLook == SecondLook(from: 0.2, below: 0.6))
        #expect(read.watchlists.relevanceModel == "/etc/durbeen/relevance.model")
        #expect(read.watchlists.pageRules == "/etc/durbeen/pages.rules")
        var profile = Configuration.Profile()
        profile.name = "analyst"
        profile.zone = "Asia/Karachi"
        profile.time = .init(hour: 6, minute: 30)
        profile.weekdays = [1, 5]
        profile.topics = ["trade-investment", "counterterrorism"]
        profile.languages = ["en", "ur"]
        profile.mutedUntil = LocalDate(year: 2027, month: 1, day: 10)
        profile.threshold = 1.5
        profile.sinks = [.files, .mail, .maildir, .sendmail]
        profile.to = ["reader@example.org"]
        profile.whenEmpty = .heartbeat
        profile.catchUp = .each
        profile.firstFill = .none
        profile.digestStyle = .rfc2046
        profile.attachFeed = true
        profile.urgent = true
        profile.quiet = .init(from: .init(hour: 22, minute: 0), to: .init(hour: 7, minute: 0))
        #expect(read.profiles == [profile])
        var mail = Configuration.Mail()
        mail.host = "smtp.example.org"
        mail.port = 2525
        mail.tls = .starttls
        mail.user = "durbeen"
        mail.passwordFile = "/etc/durbeen/smtp.password"
        mail.from = "durbeen@example.org"
        mail.idDomain = "digests.example.org"
        mail.rate = 0.5
        mail.dailyCap = 300
        mail.threading = .month
        mail.legacySuppress = true
        mail.unsubscribeURL = "https://example.org/u/{token}"
        #expect(read.mail == mail)
        #expect(read.maildir.folder == "/etc/durbeen/Maildir")
        #expect(read.sendmail.path == "/usr/bin/msmtp")
        #expect(read.webhook.url == "https://example.org/hook")
        #expect(read.webhook.secretFile == "/etc/durbeen/hook.secret")
        #expect(read.files.folder == "/etc/durbeen/digests")
        #expect(read.exec.command == ["/etc/durbeen/hook", "--json"])
        #expect(read.exec.format == .text)
        #expect(read.mail.unsubscribeURL == "https://example.org/u/{token}")
        #expect(read.files.formats == [.html, .eml, .atom])
        #expect(read.files.editions == [.html, .eml, .json])
        #expect(!read.files.site)
        #expect(read.files.url == "https://example.org/digests")
        #expect(read.files.group == "www-data")
        #expect(read.log.level == .debug)
    }

    @Test func `the state folder comes from systemd where the file names none`() throws {
        #expect(
            try read("[log]", environment: ["STATE_DIRECTORY": "/var/lib/a:/var/lib/b"]).state.folder == "/var/lib/a")
        let named = try read("[state]\nfolder = \"here\"", environment: ["STATE_DIRECTORY": "/var/lib/a"])
        #expect(named.state.folder == "/etc/durbeen/here")
    }

    @Test func `the domain of message ids is the sender's unless given`() throws {
        #expect(try read("[mail]\nfrom = \"a@b.example\"").mail.idDomain == "b.example")
    }

    @Test func `limits follow each other where only one is given`() throws {
        let read = try read("[fetch]\nfloor = \"2d\"\ntimeout = \"3s\"")
        #expect(read.fetch.ceiling == .seconds(172_800))
        #expect(read.fetch.connectTimeout == .seconds(3))
    }

    @Test(arguments: [
        ("", "no profile is named"), ("", "[fetch] contact: not given"), ("", "[watchlists] files: no watchlist"),
        ("", "[feeds] opml: no feed"), ("", "[state] folder: not given"),
        ("[fetch]\nfloor = \"30m\"", "[fetch] floor: under \"60m\" for every feed"),
        ("[fetch]\nhost_spacing = \"1s\"", "[fetch] host_spacing: laxer than the default"),
        ("[fetch]\nhost_budget = 0", "[fetch] host_budget: laxer than the default"),
        ("[[feeds.feed]]\nurl = \"https://a.example/\"\ninsecure_tls = true", "any certificate is accepted"),
    ])
    func `warns of what was probably not meant`(text: String, warning: String) throws {
        let warnings = try read("[log]\n" + text).warnings.map(\.description)
        #expect(warnings.contains { $0.contains(warning) }, "\(warnings)")
    }
}

private let everyKey = """
    [state]
    folder = "/var/lib/durbeen"
    store = "sqlite"
    [fetch]
    contact = "mailto:ops@example.org"
    floor = "2h"
    min_floor = "1s"
    ceiling = "2d"
    daily_requests = 6.5
    sweep = "30m"
    retry_scope = "feed"
    concurrency = 16
    host_connections = 2
    host_spacing = "0s"
    host_budget = 0
    connect_timeout = "5s"
    timeout = "90s"
    max_body = "512 KiB"
    max_redirects = 3
    max_backoff = "1h30m"
    ca_file = "ca.pem"
    proxy = "http://proxy.example.org:3128"
    allow_addresses = ["127.0.0.0/8", "::1/128", "10.1.2.3"]
    [feeds]
    opml = ["feeds.opml", "/srv/more.opml"]
    [[feeds.feed]]
    url = "https://institute.example/feed/"
    title = "The Institute"
    kind = "think-tank"
    country = "PK"
    group = "Pakistani think tanks"
    language = "en"
    interval = "30m"
    username = "reader"
    password_file = "feed.password"
    rate_group = "institutes"
    priority = 2.5
    identity = "composite"
    insecure_tls = true
    [watchlists]
    files = ["./watchlists/*.watch"]
    relevance_model = "relevance.model"
    second_look = [0.2, 0.6]
    page_rules = "pages.rules"
    [[profile]]
    name = "analyst"
    zone = "Asia/Karachi"
    time = "06:30"
    days = ["mon", "fri"]
    topics = ["trade-investment", "counterterrorism"]
    languages = ["en", "ur"]
    mute_until = "2027-01-10"
    threshold = 1.5
    sinks = ["files", "mail", "maildir", "sendmail"]
    to = ["reader@example.org"]
    when_empty = "heartbeat"
    catch_up = "each"
    first_fill = "none"
    digest_style = "rfc2046"
    attach_feed = true
    urgent = true
    quiet = "22:00-07:00"
    [mail]
    host = "smtp.example.org"
    port = 2525
    tls = "starttls"
    user = "durbeen"
    password_file = "smtp.password"
    from = "durbeen@example.org"
    id_domain = "digests.example.org"
    unsubscribe_url = "https://example.org/u/{token}"
    rate = 0.5
    daily_cap = 300
    threading = "month"
    legacy_suppress = true
    [maildir]
    folder = "Maildir"
    [sendmail]
    path = "/usr/bin/msmtp"
    [webhook]
    url = "https://example.org/hook"
    secret_file = "hook.secret"
    [exec]
    command = ["hook", "--json"]
    format = "text"
    [files]
    folder = "digests"
    formats = ["html", "eml", "atom"]
    site = false
    url = "https://example.org/digests"
    group = "www-data"
    [log]
    level = "debug"
    """
