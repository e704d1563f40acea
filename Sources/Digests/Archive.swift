import FeedModel

/// An edition as it lies in the folder, read back from its JSON: what the pages and feeds beside it are made of.
struct ArchivedEdition {
    let key: DigestKey
    /// The cut-off, RFC 3339.
    let to: String
    let title: String
    /// In the order of the edition.
    let stories: [ArchivedStory]

    /// Nil for what is no digest of ours.
    init?(profile: String, stem: Substring, json: JSON) {
        guard let key = DigestKey(profile: profile, stem: stem), let sections = json["sections"]?.array,
            let to = json["period"]?["to"]?.string
        else { return nil }
        self.key = key
        self.to = to
        title = json["title"]?.string ?? ""
        stories = sections.flatMap { section in
            ArchivedStory.Place.allCases.flatMap { place in
                (section[place.rawValue]?.array ?? []).compactMap { ArchivedStory($0, place: place, section: section) }
            }
        }
    }
}

/// A story of an edition in the folder.
struct ArchivedStory {
    /// Where in its section it stands, by the key of the JSON edition.
    enum Place: String, CaseIterable { case stories, more, continuing }

    let place: Place
    let area: Area
    let topic: String
    let topicTitle: String
    let id: String
    let title: String
    let url: String?
    let source: String
    let kind: String?
    let country: String?
    let date: String?
    let language: String?
    let passage: String
    let because: String
    let isUrgent: Bool
    /// Whether an entry of it says something else than when it was told.
    let isRevised: Bool
    /// The pages of other sources.
    let others: [(source: String, title: String, url: String?)]

    init?(_ json: JSON, place: Place, section: JSON) {
        guard let area = section["area"]?.string.flatMap({ Area(rawValue: $0) }), let topic = section["topic"]?.string,
            let title = json["title"]?.string, let entries = json["entries"]?.array
        else { return nil }
        self.place = place
        self.area = area
        self.topic = topic
        topicTitle = section["title"]?.string ?? topic
        self.title = title
        id = json["id"]?.string ?? entries.first?["id"]?.string ?? ""
        url = json["url"]?.string
        source = json["source"]?["name"]?.string ?? ""
        kind = json["source"]?["kind"]?.string
        country = json["source"]?["country"]?.string
        date = json["date"]?.string
        language = json["language"]?.string
        passage = json["passage"]?.string ?? ""
        because = json["because"]?.string ?? ""
        isUrgent = json["urgent"] == .bool(true)
        isRevised = entries.contains { $0["revision"] != nil }
        others = entries.dropFirst().map {
            ($0["source"]?.string ?? "", $0["title"]?.string ?? "", $0["url"]?.string)
        }
    }
}

/// A month of a profile's editions.
struct ArchivedMonth: Hashable, Comparable, CustomStringConvertible {
    let year: Int
    let month: Int

    init(_ date: LocalDate) {
        year = date.year
        month = date.month
    }

    /// Reads `2026-11`.
    init?(_ text: some StringProtocol) {
        guard let date = LocalDate("\(text)-01") else { return nil }
        self.init(date)
    }

    var firstDay: LocalDate { LocalDate(year: year, month: month, day: 1) }

    /// `2026-11`.
    var description: String { String(firstDay.description.dropLast(3)) }

    static func < (left: Self, right: Self) -> Bool { (left.year, left.month) < (right.year, right.month) }
}

/// Reads the editions of a profile's folder.
struct Archive: ~Copyable {
    let profile: String
    private let folder: Folder

    init(profile: String, folder: consuming Folder) {
        self.profile = profile
        self.folder = folder
    }

    /// The months that have a folder, oldest first.
    func months() throws(DeliveryError) -> [ArchivedMonth] {
        var months: [ArchivedMonth] = []
        for year in try folder.names() where isNumber(year, digits: 4) {
            guard let inner = folder.existing(year) else { continue }
            for month in try inner.names() where isNumber(month, digits: 2) {
                if let found = ArchivedMonth("\(year)-\(month)"), inner.existing(month) != nil { months.append(found) }
            }
        }
        return months.sorted()
    }

    /// The names of the month's files, in order.
    func names(in month: ArchivedMonth) throws(DeliveryError) -> [String] {
        let text = month.description
        guard let year = folder.existing(String(text.prefix(4))), let inner = year.existing(String(text.suffix(2)))
        else { return [] }
        return try inner.names()
    }

    /// The month's editions in the order in which they were made. A file that cannot be read or is none of ours is passed over.
    func editions(of month: ArchivedMonth) throws(DeliveryError) -> [ArchivedEdition] {
        let text = month.description
        guard let year = folder.existing(String(text.prefix(4))), let inner = year.existing(String(text.suffix(2)))
        else { return [] }
        var editions: [ArchivedEdition] = []
        for name in try inner.names() where name.hasSuffix(".json") {
            guard let bytes = inner.read(name, limit: 32 << 20), let json = try? JSON(reading: bytes),
                let edition = ArchivedEdition(profile: profile, stem: name.dropLast(5), json: json)
            else { continue }
            editions.append(edition)
        }
        return editions.sorted { ($0.to, $0.key.stem) < ($1.to, $1.key.stem) }
    }
}

func isNumber(_ name: String, digits: Int) -> Bool {
    name.utf8.count == digits && name.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
}
