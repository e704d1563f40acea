import FeedModel

/// A feed of stories, before it is written as Atom or JSON Feed. Its ids are stable, and an item's `updated` moves only when the
/// story is told again (RFC 4287, 4.2.15).
struct FeedDocument {
    /// Where an archived feed stands among its neighbours (RFC 5005, 4). Names of files beside this one.
    struct Archive {
        var isArchive = false
        var previous: String?
        var current: String?
    }

    /// A `tag:` address (RFC 4151).
    var id: String
    var title: String
    /// RFC 3339.
    var updated: String
    /// The name of the file the feed is in; nil where it is in none.
    var name: String?
    var archive = Archive()
    var items: [FeedItem]
}

struct FeedItem {
    var id: String
    var title: String
    /// Judged to be http or https already.
    var url: String?
    var published: String?
    var updated: String
    var text: String
    var source: String
    var language: String?
    /// Topic and area.
    var categories: [String]
    /// The pages of other sources that tell the same.
    var related: [(title: String, url: String)]
}

/// The name of a thing of ours for feed readers: `tag:your-domain.example,2026:durbeen:story:…`. The year is that in which the
/// scheme was laid down: it only has to be the same for ever (RFC 4151, 2.1).
func tagAddress(_ domain: String, _ kind: String, _ name: String) -> String {
    "tag:\(domainText(domain, fallback: "durbeen.invalid")),2026:durbeen:\(kind):\(name)"
}

extension FeedDocument {
    /// The stories of one digest as a feed of their own.
    init(_ digest: Digest, domain: String) {
        let to = Zone.utc.timestamp(digest.to)
        id = tagAddress(domain, "digest", digest.id)
        title = "\(cleaned(digest.title)), \(digest.key.date.shortText)"
        updated = to
        items = digest.sections.flatMap { section in
            (section.stories + section.more + section.revised).map {
                FeedItem($0, section: section, updated: to, domain: domain)
            }
        }
    }
}

extension FeedItem {
    init(_ story: Story, section: DigestSection, updated: String, domain: String) {
        id = tagAddress(domain, "story", story.id)
        title = cleaned(story.title)
        url = webURL(story.url)
        published = story.date.map { Zone.utc.timestamp($0) }
        self.updated = updated
        text = Self.text(passage: story.passage.text, because: story.because)
        source = cleaned(story.source.name)
        language = languageTag(story.language)
        categories = [section.topic, section.area.rawValue]
        related = story.entries.dropFirst().compactMap { entry in
            webURL(entry.url).map { ("\(cleaned(entry.source)): \(cleaned(entry.title))", $0) }
        }
    }

    static func text(passage: String, because: String) -> String {
        [cleaned(passage), because.isEmpty ? "" : "because: \(cleaned(because))"].filter { !$0.isEmpty }
            .joined(separator: "\n")
    }
}
