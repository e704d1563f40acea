public import FeedModel
import Glibc

/// Puts the editions of a digest into a folder tree: `FOLDER/PROFILE/YYYY/MM/YYYY-MM-DD[.N].{html,md,json,txt,eml}`, links
/// `FOLDER/PROFILE/latest.*` to the newest, and beside them what is made of all editions: the site from `FOLDER/index.html` on,
/// and a feed a topic in `FOLDER/PROFILE/feeds`. Done again, it leaves the same bytes.
public struct FileSink: Sendable {
    private let folder: String
    private let group: String?
    private let site: Bool
    private let feeds: TopicFeeds?

    /// - Parameters:
    ///   - group: who may read besides the owner, by name; files are then 0640 and folders 0750, else 0600 and 0700.
    ///   - site: whether to keep an index page of all editions.
    ///   - feeds: the formats in which to keep a feed a topic: `.atom`, `.jsonfeed`.
    ///   - domain: what the names in feeds begin with; `[mail] id_domain`.
    public init(
        folder: String, group: String? = nil, site: Bool = true, feeds: [DigestFormat] = [],
        domain: String = "durbeen.invalid"
    ) {
        self.folder = folder
        self.group = group
        self.site = site
        self.feeds = feeds.isEmpty ? nil : TopicFeeds(formats: feeds, domain: domain)
    }

    /// The paths of the files written, in the order of the delivery.
    @discardableResult
    public func deliver(_ delivery: Delivery) async throws(DeliveryError) -> [String] {
        try await FileQueue.run { () throws(DeliveryError) in try write(delivery) }
    }

    private func write(_ delivery: Delivery) throws(DeliveryError) -> [String] {
        let key = delivery.digest
        guard (0...9999).contains(key.date.year), (1...12).contains(key.date.month), (1...31).contains(key.date.day),
            key.edition >= 1
        else { throw .permanent("writing the digest \(key): that is no date") }
        for file in delivery.files where !Self.isPlain(file.fileExtension) {
            throw .permanent("writing the digest \(key): \"\(visible(file.fileExtension))\" is no file ending")
        }
        let modes = FileModes(group: try groupID())
        let top = try Folder(configured: folder, modes: modes)
        let label = profileLabel(key.profile)
        let profile = try top.folder(label)
        let (year, month) = (
            String(key.date.description.prefix(4)), String(key.date.description.dropFirst(5).prefix(2))
        )
        let yearFolder = try profile.folder(year)
        let monthFolder = try yearFolder.folder(month)
        var written: [String] = []
        for file in delivery.files {
            try monthFolder.write(file.bytes, to: "\(key.stem).\(file.fileExtension)")
            written.append("\(monthFolder.path)/\(key.stem).\(file.fileExtension)")
        }
        for file in delivery.files where !key.isAlert {
            try setLatest(
                "latest.\(file.fileExtension)", to: "\(year)/\(month)/\(key.stem).\(file.fileExtension)", in: profile)
        }
        if let feeds {
            let feedFolder = try profile.folder("feeds")
            try feeds.update(Archive(profile: label, folder: try top.folder(label)), after: key, in: feedFolder)
        }
        if site {
            try ArchiveSite.update(Archive(profile: label, folder: try top.folder(label)), after: key, in: profile)
        }
        if site { try top.replace("index.html", with: Array(SiteIndex(of: top).text.utf8)) }
        return written
    }

    /// A delivery that was late must not turn the link back to an older day.
    private func setLatest(_ name: String, to target: String, in profile: borrowing Folder) throws(DeliveryError) {
        let current = profile.readLink(name).flatMap { Edition(path: $0) }
        if let current, let new = Edition(path: target), new < current { return }
        try profile.link(name, to: target)
    }

    private static func isPlain(_ ending: String) -> Bool {
        (1...8).contains(ending.utf8.count)
            && ending.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    }

    private func groupID() throws(DeliveryError) -> gid_t? {
        guard let group, !group.isEmpty else { return nil }
        var entry = Glibc.group()
        var buffer = [CChar](repeating: 0, count: 65_536)
        var found: UnsafeMutablePointer<Glibc.group>?
        guard getgrnam_r(group, &entry, &buffer, buffer.count, &found) == 0, found != nil else {
            throw .temporary(
                "writing to \(visible(folder)): there is no group \"\(visible(group))\"; make it or change files.group")
        }
        return entry.gr_gid
    }
}

/// The key in a file's name, `2026-11-25`, `2026-11-25.2` or `2026-11-25.alert1`, in the order of a day: alerts first.
struct Edition: Comparable {
    var key: DigestKey

    /// Reads the last part of a path without its ending; nil if we gave no such name.
    init?(path: String) {
        guard let name = path.split(separator: "/").last, let dot = name.lastIndex(of: "."),
            let key = DigestKey(profile: "", stem: name[..<dot])
        else { return nil }
        self.key = key
    }

    private var order: (LocalDate, Int, Int) { (key.date, key.isAlert ? 0 : 1, key.edition) }

    static func < (left: Edition, right: Edition) -> Bool { left.order < right.order }
}
