import FeedModel
import FoundationEssentials

/// The digest as JSON, keys in a fixed order. Scripts rely on the keys: they are added to, never renamed.
func jsonText(_ digest: Digest) -> String {
    JSONDigest(digest: digest).whole.text(indented: true) + "\n"
}

private struct JSONDigest {
    let digest: Digest

    var whole: JSON {
        .object([
            "id": .string(digest.id), "profile": .string(digest.key.profile),
            "date": .string(digest.key.date.description),
            "edition": .integer(Int64(digest.key.edition)), "alert": digest.key.isAlert ? .bool(true) : nil,
            "follows": digest.follows.isEmpty ? nil : .strings(digest.follows.map(\.description)),
            "title": .string(digest.title),
            "zone": .string(digest.zone),
            "period": .object(["from": time(digest.from) ?? .null, "to": time(digest.to)]),
            "sections": .array(digest.sections.map(section)), "possible": .array(digest.possible.map(story)),
            "notices": digest.notices.isEmpty ? nil : .array(digest.notices.map(story)),
            "trends": digest.trends.map { json(of: $0) }, "coverage": coverage,
        ])
    }

    private func section(_ section: DigestSection) -> JSON {
        .object([
            "area": .string(section.area.rawValue), "topic": .string(section.topic), "title": .string(section.title),
            "stories": .array(section.stories.map(story)), "more": .array(section.more.map(story)),
            "continuing": .array(section.continuing.map(story)),
        ])
    }

    private func story(_ story: Story) -> JSON {
        .object([
            "id": .string(story.id), "state": .string(story.state.rawValue),
            "since": text(story.since?.description), "title": .string(story.title), "url": text(story.url),
            "source": .object([
                "name": .string(story.source.name), "kind": text(story.source.kind?.rawValue),
                "country": text(story.source.country),
            ]),
            "date": time(story.date) ?? .null, "date_quality": .string(story.dateQuality.rawValue),
            "passage": .string(story.passage.text),
            "marks": .array(
                story.passage.marks.map { .array([.integer(Int64($0.lowerBound)), .integer(Int64($0.upperBound))]) }),
            "because": .string(story.because), "urgent": .bool(story.isUrgent), "score": .real(story.normalisedScore),
            "also_under": .strings(story.alsoUnder), "language": text(story.language),
            "entries": .array(
                story.entries.map { entry in
                    .object([
                        "id": .string(entry.id.text), "url": text(entry.url), "title": .string(entry.title),
                        "source": .string(entry.source), "copy": entry.isCopy ? .bool(true) : nil,
                        "revision": entry.revision.map(revision),
                    ])
                }),
        ])
    }

    private func revision(_ revision: Revision) -> JSON {
        .object([
            "version": .integer(Int64(revision.version)), "told": .string(revision.told.description),
            "old_title": revision.oldTitle.map(JSON.string), "was": .string(revision.was), "now": .string(revision.now),
        ])
    }

    private var coverage: JSON {
        let coverage = digest.coverage
        return .object([
            "feeds": .integer(Int64(coverage.feeds)), "feeds_reached": .integer(Int64(coverage.feedsReached)),
            "new_entries": .integer(Int64(coverage.newEntries)),
            "matched_entries": .integer(Int64(coverage.matchedEntries)),
            "median_age_seconds": coverage.medianAge.map { .integer($0.components.seconds) } ?? .null,
            "failing": .array(
                coverage.failing.map { feed in
                    .object([
                        "title": .string(feed.title), "url": .string(feed.url), "since": time(feed.since) ?? .null,
                        "reason": .string(feed.reason),
                    ])
                }),
            "notes": .strings(coverage.notes),
        ])
    }

    private func text(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }

    private func time(_ instant: Date?) -> JSON? { instant.map { .string(Zone.utc.timestamp($0)) } }
}
