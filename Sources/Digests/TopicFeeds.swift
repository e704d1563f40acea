import FeedModel

/// The feeds of a profile, one a topic: `PROFILE/feeds/TOPIC.{atom,json}` with what was told last, and `TOPIC.YYYY-MM.{atom,json}`
/// for each month before, which never changes again (RFC 5005, 4). Made from the editions in the folder, so that a delivery that
/// is late or repeated leaves the same files.
struct TopicFeeds {
    let formats: [DigestFormat]
    let domain: String
    /// How many stories a feed holds, more only where this month alone has more: nothing may fall between feed and archive.
    var most = 200

    /// Writes the feeds anew as far as the edition of `key` bears on them. Reads this month and the two before it, and of older
    /// ones only what is in no archive yet.
    func update(
        _ archive: borrowing Archive, after key: DigestKey, in feeds: borrowing Folder
    ) throws(DeliveryError) {
        let months = try archive.months()
        guard let newest = months.last else { return }
        let chains = try writeArchives(archive, months.dropLast(), changed: ArchivedMonth(key.date), in: feeds)
        var items = try self.items(of: archive, in: newest)
        let thisMonth = items.mapValues(\.count)
        for month in months.dropLast().suffix(2).reversed() {
            for (topic, older) in try self.items(of: archive, in: month) { items[topic, default: []] += older }
        }
        for (topic, all) in items {
            var feed = document(
                topic, archive.profile, unique(all).prefix(max(most, thisMonth[topic] ?? 0)).map(\.self))
            feed.archive.previous = chains[topicLabel(topic)]?.max().map { "\(topicLabel(topic)).\($0)" }
            try write(feed, as: topicLabel(topic), in: feeds)
        }
    }

    /// An item with the title of its topic.
    private struct TopicItem {
        var topicTitle: String
        var item: FeedItem
    }

    /// The archives of the months that are over. A month that was written is over for good, unless an edition of it came late.
    ///
    /// - Returns: for the label of each topic its archived months.
    private func writeArchives(
        _ archive: borrowing Archive, _ months: ArraySlice<ArchivedMonth>, changed: ArchivedMonth,
        in feeds: borrowing Folder
    ) throws(DeliveryError) -> [String: Set<ArchivedMonth>] {
        var chains = archived(in: try feeds.names())
        for month in months where month == changed || !chains.values.contains(where: { $0.contains(month) }) {
            for (topic, items) in try self.items(of: archive, in: month) {
                let label = topicLabel(topic)
                let before = chains[label]?.filter { $0 < month }.max()
                var feed = document(topic, archive.profile, unique(items))
                feed.archive = FeedDocument.Archive(
                    isArchive: true, previous: before.map { "\(label).\($0)" }, current: label)
                try write(feed, as: "\(label).\(month)", in: feeds)
                chains[label, default: []].insert(month)
            }
        }
        return chains
    }

    /// The months for which there is an archive in every format, by the label of the topic.
    private func archived(in names: [String]) -> [String: Set<ArchivedMonth>] {
        var found: [String: Set<ArchivedMonth>] = [:]
        let present = Set(names)
        for name in names {
            let parts = name.split(separator: ".")
            guard parts.count == 3, let month = ArchivedMonth(parts[1]) else { continue }
            let isWhole = formats.allSatisfy { present.contains("\(parts[0]).\(parts[1]).\($0.fileExtension)") }
            if isWhole { found[String(parts[0]), default: []].insert(month) }
        }
        return found
    }

    /// What a month tells of each topic, newest first.
    private func items(
        of archive: borrowing Archive, in month: ArchivedMonth
    ) throws(DeliveryError) -> [String: [TopicItem]] {
        var found: [String: [TopicItem]] = [:]
        for edition in try archive.editions(of: month).reversed() {
            for story in edition.stories where story.place != .continuing || story.isRevised {
                let item = FeedItem(story, updated: edition.to, domain: domain)
                found[story.topic, default: []].append(TopicItem(topicTitle: story.topicTitle, item: item))
            }
        }
        return found
    }

    /// A story that was told several times stands where it was told last.
    private func unique(_ items: [TopicItem]) -> [TopicItem] {
        var seen: Set<String> = []
        return items.filter { seen.insert($0.item.id).inserted }
    }

    private func document(_ topic: String, _ profile: String, _ items: [TopicItem]) -> FeedDocument {
        FeedDocument(
            id: tagAddress(domain, "feed", "\(profile):\(topicLabel(topic))"),
            title: "\(cleaned(items.first?.topicTitle ?? topic)) (Durbeen, \(profile))",
            updated: items.first?.item.updated ?? "1970-01-01T00:00:00Z", items: items.map(\.item))
    }

    private func write(_ feed: FeedDocument, as stem: String, in feeds: borrowing Folder) throws(DeliveryError) {
        for format in formats {
            var feed = feed
            func file(_ stem: String) -> String { "\(stem).\(format.fileExtension)" }
            feed.name = file(stem)
            feed.archive.previous = feed.archive.previous.map(file)
            feed.archive.current = feed.archive.current.map(file)
            let text = format == .atom ? atomText(feed) : jsonFeedText(feed)
            try feeds.replace(file(stem), with: Array(text.utf8))
        }
    }
}

/// A topic as part of a file's name.
func topicLabel(_ topic: String) -> String { profileLabel(topic) }

extension FeedItem {
    init(_ story: ArchivedStory, updated: String, domain: String) {
        id = tagAddress(domain, "story", story.id)
        title = cleaned(story.title)
        url = webURL(story.url)
        published = story.date
        self.updated = updated
        text = Self.text(passage: story.passage, because: story.because)
        source = cleaned(story.source)
        language = languageTag(story.language)
        categories = [story.topic, story.area.rawValue]
        related = story.others.compactMap { other in
            webURL(other.url).map { ("\(cleaned(other.source)): \(cleaned(other.title))", $0) }
        }
    }
}
