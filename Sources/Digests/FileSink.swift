public import FeedModel
import Glibc

/// Puts the editions of a digest into a folder tree: `FOLDER/PROFILE/YYYY/MM/YYYY-MM-DD[.N].{html,md,json,txt,eml}`, links
/// `FOLDER/PROFILE/latest.*` to the newest, and, as a site, `FOLDER/index.html`. Done again, it leaves the same bytes.
///
/// Blocks for as long as the disk takes.
public struct FileSink: Sendable {
    private let folder: String
    private let group: String?
    private let site: Bool

    /// - Parameters:
    ///   - group: who may read besides the owner, by name; files are then 0640 and folders 0750, else 0600 and 0700.
    ///   - site: whether to keep an index page of all editions.
    public init(folder: String, group: String? = nil, site: Bool = true) {
        self.folder = folder
        self.group = group
        self.site = site
    }

    /// The paths of the files written, in the order of the delivery.
    public func deliver(_ delivery: Delivery) throws(DeliveryError) -> [String] {
        let key = delivery.digest
        guard (0...9999).contains(key.date.year), (1...12).contains(key.date.month), (1...31).contains(key.date.day),
            key.edition >= 1
        else { throw .permanent("writing the digest \(key): that is no date") }
        for file in delivery.files where !Self.isPlain(file.fileExtension) {
            throw .permanent("writing the digest \(key): \"\(visible(file.fileExtension))\" is no file ending")
        }
        let modes = FileModes(group: try groupID())
        let top = try Folder(configured: folder, modes: modes)
        let profile = try top.folder(profileLabel(key.profile))
        let (year, month) = (
            String(key.date.description.prefix(4)), String(key.date.description.dropFirst(5).prefix(2))
        )
        let yearFolder = try profile.folder(year)
        let monthFolder = try yearFolder.folder(month)
        let stem = Edition(key).stem
        var written: [String] = []
        for file in delivery.files {
            try monthFolder.write(file.bytes, to: "\(stem).\(file.fileExtension)")
            written.append("\(monthFolder.path)/\(stem).\(file.fileExtension)")
        }
        for file in delivery.files {
            try setLatest(
                "latest.\(file.fileExtension)", to: "\(year)/\(month)/\(stem).\(file.fileExtension)", in: profile)
        }
        if site { try top.write(Array(SiteIndex(of: top).text.utf8), to: "index.html") }
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

/// The date and number in a file name, `2026-11-25` or `2026-11-25.2`.
struct Edition: Comparable {
    var date: LocalDate
    var number: Int

    init(_ key: DigestKey) {
        date = key.date
        number = key.edition
    }

    /// Reads the stem of the last part of a path; nil if we gave no such name.
    init?(path: String) {
        guard let name = path.split(separator: "/").last else { return nil }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let date = LocalDate(String(parts[0])),
            let number = parts.count == 3 ? Int(parts[1]) : 1, number >= 1
        else { return nil }
        self.date = date
        self.number = number
    }

    var stem: String { date.description + (number == 1 ? "" : ".\(number)") }

    static func < (left: Edition, right: Edition) -> Bool { (left.date, left.number) < (right.date, right.number) }
}
