public import Digests
public import FeedModel

/// What the operator wrote, checked and with every default in place. Paths are absolute. Nothing secret is in here: only
/// the names of the files and credentials that hold secrets.
public struct Configuration: Sendable, Equatable {
    /// The file this was read from, as an absolute path; empty for the defaults alone.
    public var path = ""
    public var state = State()
    public var fetch = Fetch()
    public var feeds = Feeds()
    public var watchlists = Watchlists()
    /// The readers, in the order of the file. Names are unique.
    public var profiles: [Profile] = []
    public var mail = Mail()
    public var maildir = Maildir()
    public var sendmail = Sendmail()
    public var webhook = Webhook()
    public var exec = Exec()
    public var files = Files()
    public var log = LogSettings()
    /// What is allowed and yet probably not meant, in the order of the file.
    public var warnings: [ConfigurationError] = []
    /// Where the topics of profiles stand, to be held against the watchlists later.
    var topicPlaces: [TopicPlace] = []

    public init() {}

    /// `[state]`
    public struct State: Sendable, Equatable {
        /// Holds the store. Empty if neither `folder` nor `$STATE_DIRECTORY` says where.
        public var folder = ""
        public var store = StoreKind.sqlite

        /// The kinds of store there are.
        public enum StoreKind: String, Sendable, CaseIterable { case sqlite }

        /// The store's file.
        public var storePath: String { folder + "/durbeen.sqlite" }
    }

    /// `[fetch]`: how feeds are asked. Limits below the defaults of `hostConnections`, `hostSpacing`, `hostBudget` and
    /// `minFloor` hold only for addresses in `allowAddresses` (P-69); who uses them sees to that.
    public struct Fetch: Sendable, Equatable {
        /// A web or mail address under which webmasters reach the operator (P-01): `https:`, `http:` or `mailto:`.
        public var contact: String?
        /// The shortest wait between two checks of a feed that gives validators (P-20).
        public var floor: Duration = .seconds(60 * 60)
        /// What no feed's own interval goes below.
        public var minFloor: Duration = .seconds(15 * 60)
        /// The longest wait between two checks of a feed that works.
        public var ceiling: Duration = .seconds(24 * 60 * 60)
        /// Requests a feed and day, on average over all feeds: what the adaptive intervals share out (P-60).
        public var dailyRequests: Double = 12
        /// The time before a digest in which every feed is asked once more if its rules permit (P-63); zero for none.
        public var sweep: Duration = .seconds(60 * 60)
        /// What an answer of 429 holds back (P-31).
        var retryScope = CheckDesk.RetryScope.group
        /// Transfers at once: 1 to 4096.
        public var concurrency = 256
        /// Connections to one host at once: 1 to 64.
        public var hostConnections = 1
        /// From the end of one request to a host to the start of the next.
        public var hostSpacing: Duration = .seconds(5)
        /// Requests to one host in an hour; 0 sets no limit.
        public var hostBudget = 60
        /// For being connected, TLS included.
        public var connectTimeout: Duration = .seconds(10)
        /// For a whole request.
        public var timeout: Duration = .seconds(60)
        /// The largest body, in decoded bytes: 1 KiB to 1 GiB.
        public var maxBody = 8 << 20
        /// Redirects followed in one request: 0 to 5.
        public var maxRedirects = 5
        /// The longest wait after failures, in the first week of failing.
        public var maxBackoff: Duration = .seconds(24 * 60 * 60)
        /// Authorities to trust instead of the system's: a PEM file.
        public var caFile: String?
        /// URL of a proxy for every request; nil for none, whatever the environment says.
        public var proxy: String?
        /// Ranges that may be asked although they are not public: `10.1.0.0/16`, `::1/128`, or one address. Checked.
        public var allowAddresses: [String] = []
    }

    /// `[feeds]`
    public struct Feeds: Sendable, Equatable {
        /// OPML files; commands edit the first.
        public var opml: [String] = []
        /// `[[feeds.feed]]`. URLs are unique.
        public var inline: [Feed] = []
    }

    /// `[watchlists]`
    public struct Watchlists: Sendable, Equatable {
        /// Shell patterns (glob(7)), absolute.
        public var files: [String] = []
        public var relevanceModel: String?
        /// Where the text stands on the pages of some sites: a file of `PageRules`.
        public var pageRules: String?
        /// Entries from the first to below the second relevance have their page looked at; nil for none.
        var secondLook: SecondLook? = SecondLook(from: 0.25, below: 0.5)
    }

    /// `[[profile]]`: one reader.
    public struct Profile: Sendable, Equatable {
        /// Lower-case letters, digits and hyphens; part of file names, subjects and List-Ids.
        public var name = ""
        /// IANA name of the zone that `time`, the day and `quiet` are meant in.
        public var zone = "UTC"
        /// When the digest is made.
        public var time = TimeOfDay(hour: 7, minute: 0)
        /// The days it is made on, as ISO weekdays, 1 for Monday; empty for every day.
        public var weekdays: Set<Int> = []
        /// Topic ids in the order to show them; empty for all.
        public var topics: [String] = []
        /// The languages the reader reads, as primary subtags, `en`, `ur`; empty for all.
        public var languages: [String] = []
        /// The first date, in the profile's zone, on which anything is sent again; nil for one that is not muted.
        public var mutedUntil: LocalDate?
        /// The least score over threshold that a match must have.
        public var threshold: Double = 1
        public var sinks: [SinkKind] = [.files]
        /// Mail addresses; each gets a message of its own.
        public var to: [String] = []
        public var whenEmpty = WhenEmpty.skip
        public var catchUp = CatchUp.merge
        public var firstFill = FirstFillChoice.recent
        /// How its messages are built.
        public var digestStyle = MailForm.Style.alternative
        /// Whether its messages carry the stories as a JSON Feed, too.
        public var attachFeed = false
        /// Whether a match that passes its watch's `urgent` score is told at once.
        public var urgent = false
        /// When not even that is told.
        public var quiet: QuietHours?

        public init() {}
    }

    /// A time on the clock, written `07:00`.
    public struct TimeOfDay: Sendable, Hashable, Comparable, CustomStringConvertible {
        /// 0 to 23.
        public var hour: Int
        /// 0 to 59.
        public var minute: Int

        public init(hour: Int, minute: Int) {
            self.hour = hour
            self.minute = minute
        }

        public var description: String { "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)" }

        public static func < (left: TimeOfDay, right: TimeOfDay) -> Bool {
            (left.hour, left.minute) < (right.hour, right.minute)
        }
    }

    /// A stretch of every day, written `22:00-07:00`; it may go over midnight.
    public struct QuietHours: Sendable, Hashable, CustomStringConvertible {
        public var from: TimeOfDay
        /// The first moment that is no longer quiet.
        public var to: TimeOfDay

        public init(from: TimeOfDay, to: TimeOfDay) {
            self.from = from
            self.to = to
        }

        public func contains(_ time: TimeOfDay) -> Bool {
            from <= to ? from <= time && time < to : from <= time || time < to
        }

        public var description: String { "\(from)-\(to)" }
    }

    /// What a day without anything new brings (M-11).
    public enum WhenEmpty: String, Sendable, CaseIterable { case skip, send, heartbeat }
    /// What days of standing still bring (M-10).
    public enum CatchUp: String, Sendable, CaseIterable { case merge, each, skip }
    /// What the first check of a new feed adds to digests (M-16).
    public enum FirstFillChoice: String, Sendable, CaseIterable { case recent, all, none }

    /// `[mail]`: the server that takes digests.
    public struct Mail: Sendable, Equatable {
        /// Empty if no server is named.
        public var host = ""
        /// nil for what `tls` implies.
        public var port: Int?
        public var tls = TLS.implicit
        public var user: String?
        /// A file that holds the password and nothing else.
        public var passwordFile: String?
        /// The name of a systemd credential.
        public var passwordCredential: String?
        /// The sender of all digests; empty if none is named.
        public var from = ""
        /// The domain of Message-IDs; the domain of `from` unless given.
        public var idDomain = ""
        /// The https address that ends a subscription, with `{token}` in the place of the recipient's token; nil for none.
        public var unsubscribeURL: String?
        public var threading = Threading.none
        /// Messages a second; 0 sets no limit.
        public var rate: Double = 1
        /// Messages a day, by UTC; 0 sets no limit.
        public var dailyCap = 2000
        /// Whether messages ask not to be answered in words of no standard, too.
        public var legacySuppress = false

        /// Which ordinary digests answer to one another: none, or all of a month.
        public enum Threading: String, Sendable, CaseIterable { case none, month }
        public enum TLS: String, Sendable, CaseIterable { case implicit, starttls, none }

        /// `port`, or else the one that `tls` implies (RFC 8314, 6409, 5321).
        public var effectivePort: Int {
            if let port { return port }
            return switch tls {
            case .implicit: 465
            case .starttls: 587
            case .none: 25
            }
        }

        /// How long to wait between two messages; nil for no wait.
        public var pauseBetweenMessages: Duration? { rate > 0 ? .seconds(1 / rate) : nil }
    }

    /// `[maildir]`
    public struct Maildir: Sendable, Equatable {
        /// Empty if none is named.
        public var folder = ""
    }

    /// `[sendmail]`
    public struct Sendmail: Sendable, Equatable { public var path = "/usr/sbin/sendmail" }

    /// `[webhook]`
    public struct Webhook: Sendable, Equatable {
        /// http or https; empty if none is named.
        public var url = ""
        /// A file with the key that signs each post.
        public var secretFile: String?
    }

    /// `[exec]`
    public struct Exec: Sendable, Equatable {
        /// The program's absolute path and its arguments; empty if none is named.
        public var command: [String] = []
        /// What it reads from its standard input.
        public var format = Files.Format.json
    }

    /// `[files]`
    public struct Files: Sendable, Equatable {
        /// Empty if none is named.
        public var folder = ""
        public var formats: [Format] = [.html, .markdown, .json, .text]
        /// Whether an index page is kept.
        public var site = true
        /// The web address under which others can read the folder; nil if there is none.
        public var url: String?
        /// A group that may read the files.
        public var group: String?

        /// The last two are no editions, but feeds that are kept beside them, one a topic.
        public enum Format: String, Sendable, CaseIterable { case html, markdown, json, text, eml, atom, jsonfeed }

        /// The editions that are written under a date. JSON is among them where the site or the feeds are made of it.
        public var editions: [Format] {
            let dated = formats.filter { $0 != .atom && $0 != .jsonfeed }
            let needsJSON = site || dated.count < formats.count
            return needsJSON && !dated.contains(.json) ? dated + [.json] : dated
        }
    }

    /// A topic that a profile asks for, and where it says so.
    struct TopicPlace: Sendable, Equatable {
        var topic: String
        var line: Int
        var column: Int
    }

    /// `[log]`
    public struct LogSettings: Sendable, Equatable { public var level = Log.Level.info }
}
