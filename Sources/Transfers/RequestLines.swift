import CCurl
import FeedModel

/// What all requests of one fetcher have in common, made ready once.
final class StandingRequest: Sendable {
    let settings: FetchSettings
    let policy: AddressPolicy
    let room: BodyRoom
    private let forFeeds: HeaderLines
    private let forPages: HeaderLines

    init(_ settings: FetchSettings, room: BodyRoom) {
        self.settings = settings
        self.room = room
        policy = AddressPolicy(allowed: settings.allowAddresses)
        // libcurl writes a line of its own making twice and one that it is given once, byte by byte, which is a good part of
        // what a request costs.
        let common = ["User-Agent: \(settings.userAgent)", "Accept-Encoding: \(Self.codings)"]
        forFeeds = HeaderLines(common + ["Accept: \(Self.feedTypes)"])
        forPages = HeaderLines(common + ["Accept: \(Self.pageTypes)"])
    }

    func lines(_ accept: FetchRequest.Accept) -> UnsafeMutablePointer<curl_slist>? {
        switch accept {
        case .feeds: forFeeds.first
        case .pages: forPages.first
        }
    }

    /// What feeds are served as, in few letters: each costs libcurl some eighty instructions. RDF and plain JSON are among the rest
    /// of `application`, behind XML, for servers that have both.
    private static let feedTypes =
        "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,text/xml;q=0.9,"
        + "application/*;q=0.8,*/*;q=0.1"
    private static let pageTypes = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"

    /// Every coding that this libcurl can undo (P-03).
    private static let codings: String = {
        let features = curl_version_info(CURLVERSION_TENTH).map { Int($0.pointee.features) } ?? 0
        let known = [
            ("deflate", CURL_VERSION_LIBZ), ("gzip", CURL_VERSION_LIBZ), ("br", CURL_VERSION_BROTLI),
            ("zstd", CURL_VERSION_ZSTD),
        ]
        let usable = known.filter { features & Int($0.1) != 0 }.map { $0.0 }
        return usable.isEmpty ? "identity" : usable.joined(separator: ",")
    }()
}

/// Lines of a request's head, as libcurl takes them.
// Never changed once it is made.
final class HeaderLines: @unchecked Sendable {
    let first: UnsafeMutablePointer<curl_slist>?

    init(_ lines: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            // A list that cannot grow for want of memory stays as it is; it is never lost.
            if let longer = curl_slist_append(list, line) { list = longer }
        }
        first = list
    }

    deinit { curl_slist_free_all(first) }
}

/// The conditions of one request, as lines before those that all requests have; in one piece of memory.
struct ConditionLines: ~Copyable {
    /// What to hand to libcurl; good as long as this and `rest` are.
    let first: UnsafeMutablePointer<curl_slist>?
    private let memory: UnsafeMutableRawPointer?

    init(_ validators: Validators, before rest: UnsafeMutablePointer<curl_slist>?) {
        guard !validators.isEmpty else {
            first = rest
            memory = nil
            return
        }
        let head = 2 * MemoryLayout<curl_slist>.stride
        let (match, since): (StaticString, StaticString) = ("If-None-Match: ", "If-Modified-Since: ")
        let room = head + (validators.etag?.count ?? 0) + (validators.lastModified?.count ?? 0) + 2 * 24
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: room, alignment: MemoryLayout<curl_slist>.alignment)
        var list = rest
        var place = head
        var node = 0
        func add(_ name: StaticString, _ value: [UInt8]?) {
            guard let value else { return }
            let line = memory + place
            line.copyMemory(from: name.utf8Start, byteCount: name.utf8CodeUnitCount)
            place += name.utf8CodeUnitCount
            value.withUnsafeBytes { bytes in
                if let start = bytes.baseAddress { (memory + place).copyMemory(from: start, byteCount: bytes.count) }
            }
            place += value.count
            (memory + place).storeBytes(of: 0, as: UInt8.self)
            place += 1
            let next = (memory + node * MemoryLayout<curl_slist>.stride).bindMemory(to: curl_slist.self, capacity: 1)
            node += 1
            next.initialize(to: curl_slist(data: line.assumingMemoryBound(to: CChar.self), next: list))
            list = next
        }
        add(since, validators.lastModified)
        add(match, validators.etag)
        first = list
        self.memory = memory
    }

    deinit { memory?.deallocate() }
}
