public import FeedModel
import FoundationEssentials

/// Reads back what `render(_:as: .json)` wrote, so that a digest made long ago can be shown in every format.
///
/// - Returns: nil for what is no digest of ours. Members that are missing, as in digests of an earlier version, have the values
///   they had then.
public func digest(reading json: JSON) -> Digest? { DigestReader(json: json)?.digest }

private struct DigestReader {
    private(set) var digest: Digest

    init?(json: JSON) {
        guard let id = json["id"]?.string, let profile = json["profile"]?.string,
            let date = json["date"]?.string.flatMap({ LocalDate($0) }), let zone = json["zone"]?.string,
            let to = Self.time(json["period"]?["to"]), let sections = json["sections"]?.array
        else { return nil }
        let key = DigestKey(
            profile: profile, date: date, edition: Self.whole(json["edition"]) ?? 1,
            isAlert: json["alert"] == .bool(true))
        digest = Digest(
            id: id, key: key, zone: zone, from: Self.time(json["period"]?["from"]), to: to,
            sections: sections.compactMap { Self.section($0) }, coverage: Self.coverage(json["coverage"]),
            title: json["title"]?.string ?? "", possible: Self.stories(json["possible"]),
            notices: Self.stories(json["notices"]),
            trends: json["trends"].flatMap { Self.trends($0) })
        digest.follows = (json["follows"]?.array ?? []).compactMap { $0.string.flatMap { DigestKey($0) } }
    }

    private static func section(_ json: JSON) -> DigestSection? {
        guard let area = json["area"]?.string.flatMap({ Area(rawValue: $0) }), let topic = json["topic"]?.string else {
            return nil
        }
        return DigestSection(
            area: area, topic: topic, title: json["title"]?.string, stories: stories(json["stories"]),
            more: stories(json["more"]), continuing: stories(json["continuing"]))
    }

    private static func stories(_ json: JSON?) -> [Story] { (json?.array ?? []).compactMap { story($0) } }

    private static func story(_ json: JSON) -> Story? {
        guard let title = json["title"]?.string, let entries = json["entries"]?.array else { return nil }
        let source = StorySource(
            name: json["source"]?["name"]?.string ?? "",
            kind: json["source"]?["kind"]?.string.flatMap { SourceKind(rawValue: $0) },
            country: json["source"]?["country"]?.string)
        let marks = (json["marks"]?.array ?? []).compactMap { mark -> Range<Int>? in
            guard let ends = mark.array, ends.count == 2, let from = whole(ends[0]), let to = whole(ends[1]), from <= to
            else { return nil }
            return from..<to
        }
        return Story(
            title: title, url: json["url"]?.string, source: source, date: time(json["date"]),
            dateQuality: json["date_quality"]?.string.flatMap { DateQuality(rawValue: $0) } ?? .published,
            passage: Passage(json["passage"]?.string ?? "", marks: marks), because: json["because"]?.string ?? "",
            isUrgent: json["urgent"] == .bool(true), normalisedScore: json["score"]?.number ?? 0,
            alsoUnder: (json["also_under"]?.array ?? []).compactMap(\.string), language: json["language"]?.string,
            entries: entries.compactMap { entry($0) }, id: json["id"]?.string,
            state: json["state"]?.string.flatMap { StoryState(rawValue: $0) } ?? .new,
            since: json["since"]?.string.flatMap { LocalDate($0) })
    }

    private static func entry(_ json: JSON) -> StoryEntry? {
        guard let id = json["id"]?.string else { return nil }
        return StoryEntry(
            id: EntryID(id), url: json["url"]?.string, title: json["title"]?.string ?? "",
            source: json["source"]?.string ?? "", isCopy: json["copy"] == .bool(true),
            revision: json["revision"].flatMap { revision($0) })
    }

    private static func revision(_ json: JSON) -> Revision? {
        guard let told = json["told"]?.string.flatMap({ LocalDate($0) }) else { return nil }
        return Revision(
            version: whole(json["version"]) ?? 0, told: told, oldTitle: json["old_title"]?.string,
            was: json["was"]?.string ?? "", now: json["now"]?.string ?? "")
    }

    private static func coverage(_ json: JSON?) -> Coverage {
        Coverage(
            feeds: whole(json?["feeds"]) ?? 0, feedsReached: whole(json?["feeds_reached"]) ?? 0,
            newEntries: whole(json?["new_entries"]) ?? 0, matchedEntries: whole(json?["matched_entries"]) ?? 0,
            medianAge: whole(json?["median_age_seconds"]).map { .seconds($0) },
            failing: (json?["failing"]?.array ?? []).compactMap { feed in
                time(feed["since"]).map {
                    FailingFeed(
                        title: feed["title"]?.string ?? "", url: feed["url"]?.string ?? "", since: $0,
                        reason: feed["reason"]?.string ?? "")
                }
            }, notes: (json?["notes"]?.array ?? []).compactMap(\.string))
    }

    private static func trends(_ json: JSON) -> Trends? {
        guard let balance = json["balance"] else { return nil }
        return Trends(
            balance: shares(balance),
            byCountry: (json["by_country"]?.array ?? []).compactMap { one in
                one["country"]?.string.map { CountryBalance(country: $0, balance: shares(one["balance"])) }
            },
            surges: (json["surges"]?.array ?? []).compactMap { one in
                one["topic"]?.string.map {
                    Surge(topic: $0, count: whole(one["count"]) ?? 0, expected: one["expected"]?.number ?? 0)
                }
            },
            silent: (json["silent"]?.array ?? []).compactMap { one in
                one["url"]?.string.map {
                    SilentSource(
                        title: one["title"]?.string ?? "", url: $0, days: whole(one["days"]) ?? 0,
                        usualDays: one["usual_days"]?.number ?? 0)
                }
            },
            weeks: (json["weeks"]?.array ?? []).compactMap { one in
                one["from"]?.string.flatMap { LocalDate($0) }.map { day in
                    WeekVolume(firstDay: day, counts: Area.allCases.map { whole(one[$0.rawValue]) ?? 0 })
                }
            },
            topics: (json["topics"]?.array ?? []).compactMap { one in
                one["topic"]?.string.map {
                    TopicVolume(topic: $0, last7: whole(one["last_7"]) ?? 0, mean30: one["mean_30"]?.number ?? 0)
                }
            })
    }

    private static func shares(_ json: JSON?) -> [AreaShare] {
        (json?.array ?? []).compactMap { one in
            guard let area = one["area"]?.string.flatMap({ Area(rawValue: $0) }) else { return nil }
            return AreaShare(
                area: area, last7: whole(one["last_7"]) ?? 0, last30: whole(one["last_30"]) ?? 0,
                before90: whole(one["before_90"]) ?? 0, share7: share(one["share_7"]),
                share30: share(one["share_30"]), shareBefore: share(one["share_before"]))
        }
    }

    /// Charts count on a share being one.
    private static func share(_ json: JSON?) -> Double { min(max(json?.number ?? 0, 0), 1) }

    private static func whole(_ json: JSON?) -> Int? { json?.number.flatMap { Int(exactly: $0) } }

    private static func time(_ json: JSON?) -> Date? {
        json?.string.flatMap { try? Date($0, strategy: .iso8601) }
    }
}
