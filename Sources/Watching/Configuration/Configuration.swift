public import FeedModel

/// What the operator wrote, checked and with every default in place. Paths are absolute. Nothing secret is in here: only
/// the names of the files that hold it.
public struct Configuration: Sendable, Equatable {
    /// The file this was read from.
    public var path = ""
    public var state = State()
    public var fetch = Fetch()
    public var feeds = Feeds()
    public var watchlists = Watchlists()
    public var profiles: [Profile] = []
    public var mail = Mail()
    public var maildir = Maildir()
    public var sendmail = Sendmail()
    public var files = Files()
    public var log = LogSettings()

    public init() {}

    public struct State: Sendable, Equatable {
        /// Holds the store. Empty if neither `[state] folder` nor `$STATE_DIRECTORY` says where.
        public var folder = ""

        /// The store's file.
        public var storePath: String { folder + "/durbeen.sqlite" }
    }

    public struct Fetch: Sendable, Equatable {
        /// A web address or mailbox under which webmasters reach the operator (P-01).
        public var contact: String?
        public var floor: Duration = .seconds(60 * 60)
        public var minFloor: Duration = .seconds(15 * 60)
        public var ceiling: Duration = .seconds(24 * 60 * 60)
        /// Transfers at once.
        public var concurrency = 256
        public var hostConnections = 1
        public var hostSpacing: Duration = .seconds(5)
        /// Requests a host and hour; 0 sets no limit.
        public var hostBudget = 60
        public var connectTimeout: Duration = .seconds(10)
        public var timeout: Duration = .seconds(60)
        /// Decoded bytes.
        public var maxBody = 8 << 20
        public var maxRedirects = 5
        public var maxBackoff: Duration = .seconds(24 * 60 * 60)
        public var caFile: String?
        public var proxy: String?
        /// CIDR ranges that may be asked although they are not public.
        public var allowAddresses: [String] = []
    }

    public struct Feeds: Sendable, Equatable {
        public var opml: [String] = []
        public var inline: [Feed] = []
    }

    public struct Watchlists: Sendable, Equatable {
        /// Shell patterns.
        public var files: [String] = []
        public var relevanceModel: String?
    }

    /// One reader.
    public struct Profile: Sendable, Equatable {
        public var name = ""
        /// IANA name.
        public var zone = "UTC"
        public var time = TimeOfDay(hour: 7, minute: 0)
        /// ISO weekdays, 1 for Monday; empty for every day.
        public var weekdays: Set<Int> = []
        /// Topic ids in the order to show them; empty for all.
        public var topics: [String] = []
        /// The least score over threshold that a match must have.
        public var threshold: Double = 1
        public var sinks: [SinkKind] = [.files]
        /// Mail addresses.
        public var to: [String] = []
        public var whenEmpty = WhenEmpty.skip
        public var catchUp = CatchUp.merge
        public var firstFill = FirstFillChoice.recent
        public var urgent = false
        public var quiet: QuietHours?
    }

    public struct TimeOfDay: Sendable, Equatable, CustomStringConvertible {
        public var hour: Int
        public var minute: Int

        public var description: String { "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)" }
    }

    public struct QuietHours: Sendable, Equatable {
        public var from: TimeOfDay
        public var to: TimeOfDay
    }

    public enum WhenEmpty: String, Sendable, CaseIterable { case skip, send, heartbeat }
    public enum CatchUp: String, Sendable, CaseIterable { case merge, each, skip }
    public enum FirstFillChoice: String, Sendable, CaseIterable { case recent, all, none }

    public struct Mail: Sendable, Equatable {
        public var host = ""
        public var port: Int?
        public var tls = TLS.implicit
        public var user: String?
        public var passwordFile: String?
        /// The name of a systemd credential.
        public var passwordCredential: String?
        public var from = ""
        /// The domain of message ids; the domain of `from` unless given.
        public var idDomain = ""
        /// Messages a second; 0 sets no limit.
        public var rate: Double = 1

        public enum TLS: String, Sendable, CaseIterable { case implicit, starttls, none }

        /// How long to wait between two messages; nil for no wait.
        var pauseBetweenMessages: Duration? { rate > 0 ? .seconds(1 / rate) : nil }
    }

    public struct Maildir: Sendable, Equatable { public var folder = "" }
    public struct Sendmail: Sendable, Equatable { public var path = "/usr/sbin/sendmail" }

    public struct Files: Sendable, Equatable {
        public var folder = ""
        public var formats: [Format] = [.html, .markdown, .json, .text]
        public var site = true
        public var group: String?

        public enum Format: String, Sendable, CaseIterable { case html, markdown, json, text, eml }
    }

    public struct LogSettings: Sendable, Equatable { public var level = Log.Level.info }
}
