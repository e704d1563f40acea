import FeedModel

/// The pages that are kept beside a profile's editions: `PROFILE/index.html` with all dates and the balance over time, a page a
/// month for each topic and each source, and `search.html`, which searches everything in the browser. All of it works from a
/// file system, without a server (decision 15).
///
/// Made month by month from the JSON editions in the folder, so that a delivery that is late or repeated leaves the same pages.
enum ArchiveSite {
    /// Writes anew what the edition of `key` bears on, and what is missing.
    static func update(
        _ archive: borrowing Archive, after key: DigestKey, in folder: borrowing Folder
    ) throws(DeliveryError) {
        let data = try folder.folder("search")
        let topics = Shelf(kind: .topics, folder: try folder.folder("topics"), profile: archive.profile)
        let sources = Shelf(kind: .sources, folder: try folder.folder("sources"), profile: archive.profile)
        let present = Set(try data.names())
        let months = try archive.months()
        var areas = areas(in: data.read("areas.json", limit: 4 << 20))
        for month in months where month == ArchivedMonth(key.date) || !present.contains("\(month).js") {
            let editions = try archive.editions(of: month)
            let rows = editions.reversed().flatMap { edition in
                edition.stories.map { SiteRow(edition: edition, story: $0) }
            }
            try data.replace("\(month).js", with: Array(script(month, rows).utf8))
            try topics.update(month, rows)
            try sources.update(month, rows)
            areas[month.description] = Area.allCases.map { area in rows.count { $0.story.area == area } }
        }
        try data.replace("areas.json", with: Array(json(of: areas).text().utf8))
        try folder.replace("search.js", with: Array(searchScript.utf8))
        try folder.replace("search.html", with: Array(searchPage(profile: archive.profile, months: months).utf8))
        let pages = try editionPages(in: archive, months)
        try folder.replace(
            "index.html", with: Array(profilePage(archive.profile, pages: pages, areas: areas).utf8))
    }

    private static func editionPages(
        in archive: borrowing Archive, _ months: [ArchivedMonth]
    ) throws(DeliveryError) -> [(edition: Edition, path: String)] {
        var pages: [(edition: Edition, path: String)] = []
        for month in months {
            let path = month.description.replacing("-", with: "/")
            for name in try archive.names(in: month) where name.hasSuffix(".html") {
                if let edition = Edition(path: name) { pages.append((edition, "\(path)/\(name)")) }
            }
        }
        return pages.sorted { $1.edition < $0.edition }
    }

    private static func script(_ month: ArchivedMonth, _ rows: [SiteRow]) -> String {
        "durbeenAdd(\(JSON.string(month.description).text()),\n[" + rows.map { $0.json.text() }.joined(separator: ",\n")
            + "]);\n"
    }

    private static func areas(in bytes: [UInt8]?) -> [String: [Int]] {
        guard let bytes, let json = try? JSON(reading: bytes), case .object(let members) = json else { return [:] }
        var areas: [String: [Int]] = [:]
        for member in members {
            let counts = (member.value.array ?? []).compactMap { $0.number.flatMap { Int(exactly: $0) } }
            if ArchivedMonth(member.name) != nil, counts.count == Area.allCases.count { areas[member.name] = counts }
        }
        return areas
    }

    private static func json(of areas: [String: [Int]]) -> JSON {
        .object(
            areas.keys.sorted().map { month in
                JSON.Member(month, .array((areas[month] ?? []).map { .integer(Int64($0)) }))
            })
    }
}

/// A story of an edition as the site shows it.
struct SiteRow {
    let edition: ArchivedEdition
    let story: ArchivedStory

    /// Where the edition's page is, from the profile's folder.
    var page: String {
        let date = edition.key.date.description
        return "\(date.prefix(4))/\(date.dropFirst(5).prefix(2))/\(edition.key.stem).html"
    }

    /// As `search.js` reads it: edition, title, address, source, topic, text.
    var json: JSON {
        .strings(
            [
                edition.key.stem, cleaned(story.title), webURL(story.url) ?? "", cleaned(story.source),
                cleaned(story.topicTitle), cleaned(story.passage),
            ] + story.others.map { "\(cleaned($0.source)): \(cleaned($0.title))" })
    }
}

/// The pages of all topics, or of all sources: `LABEL.html` for the newest month and `LABEL-YYYY-MM.html` for each.
struct Shelf: ~Copyable {
    enum Kind: String { case topics, sources }

    let kind: Kind
    let folder: Folder
    let profile: String

    init(kind: Kind, folder: consuming Folder, profile: String) {
        self.kind = kind
        self.folder = folder
        self.profile = profile
    }

    func update(_ month: ArchivedMonth, _ rows: [SiteRow]) throws(DeliveryError) {
        var names = known
        let byLabel = Dictionary(grouping: rows) { label(of: $0) }
        for (label, rows) in byLabel {
            if let first = rows.first { names[label] = title(of: first) }
        }
        var files = Set(try folder.names())
        for label in byLabel.keys { files.insert("\(label)-\(month).html") }
        for (label, rows) in byLabel {
            let months = files.compactMap { name in
                name.hasPrefix(label + "-") && name.hasSuffix(".html")
                    ? ArchivedMonth(name.dropFirst(label.utf8.count + 1).dropLast(5)) : nil
            }.sorted()
            let page = shelfPage(title: names[label] ?? label, label: label, month: month, months: months, rows: rows)
            try folder.replace("\(label)-\(month).html", with: Array(page.utf8))
            if months.last == month { try folder.replace("\(label).html", with: Array(page.utf8)) }
        }
        try folder.replace("names.json", with: Array(json(of: names).text().utf8))
        try folder.replace("index.html", with: Array(shelfIndex(kind, names: names, profile: profile).utf8))
    }

    private func title(of row: SiteRow) -> String {
        cleaned(kind == .topics ? row.story.topicTitle : row.story.source)
    }

    private func label(of row: SiteRow) -> String {
        // Beside the pages of the shelf lie its index and those of each month, LABEL-YYYY-MM.html.
        profileLabel(kind == .topics ? row.story.topic : row.story.source) { name in
            name == "index" || ArchivedMonth(name.suffix(7)) != nil
        }
    }

    private var known: [String: String] {
        guard let bytes = folder.read("names.json", limit: 4 << 20), let json = try? JSON(reading: bytes),
            case .object(let members) = json
        else { return [:] }
        return Dictionary(members.compactMap { member in member.value.string.map { (member.name, $0) } }) { $1 }
    }

    private func json(of names: [String: String]) -> JSON {
        .object(names.keys.sorted().map { JSON.Member($0, .string(names[$0] ?? "")) })
    }
}
