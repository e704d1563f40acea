import FeedModel
import Storage

extension Commands {
    /// `versions URL|ID`: the texts that the stored entries of a page had, what each edit was taken for, and what changed.
    public func versions(of name: String, json: Bool) async -> ExitCode {
        await withReader { (store) throws(StoreError) in
            var reports: [VersionsReport] = []
            for found in try await self.stored(name, store) {
                let versions = try await store.versions(of: found.entry.id)
                let told = try await store.allocations(of: found.entry.id).map(\.digest)
                let retold = try await store.retellings(of: found.entry.id)
                reports.append(VersionsReport(found: found, versions: versions, told: told, retold: retold))
            }
            guard !reports.isEmpty else {
                output.error("versions: \(name): no such entry in the store; see durbeen search, or durbeen why-not")
                return .wrong
            }
            if json { output.json(.array(reports.map(\.json))) } else { output.lines(reports.flatMap(\.lines)) }
            return .success
        }
    }
}

/// What became of one entry's text.
private struct VersionsReport {
    var found: MatchedEntry
    var versions: [EntryVersion]
    var told: [DigestRecord]
    var retold: [DigestRecord]

    /// Changes of one edit that are shown in words; JSON has them all.
    private static let shown = 12

    var lines: [String] {
        let entry = found.entry
        var lines = [entry.title.isEmpty ? "(no title)" : entry.title]
        lines.append("  \(entry.id) \(entry.url ?? "(no link)")")
        if versions.isEmpty { lines.append("  never edited since \(timestamp(found.firstSeen))") }
        for (place, version) in versions.enumerated() {
            let kind = version.edit.map { "\($0.rawValue)" } ?? "first seen"
            lines.append("  \(version.number)  \(timestamp(version.at))  \(kind)")
            lines += version.reasons.map { "     \($0)" }
            let changes = place > 0 ? changes(from: versions[place - 1], to: version) : []
            for change in changes.prefix(Self.shown) {
                if !change.was.isEmpty { lines.append("     \(change.field) - \(change.was)") }
                if !change.now.isEmpty { lines.append("     \(change.field) + \(change.now)") }
            }
            if changes.count > Self.shown { lines.append("     and \(changes.count - Self.shown) changes more") }
        }
        lines +=
            told.map { "  told in digest \($0.key)" } + retold.map { "  told again, as revised, in digest \($0.key)" }
        return lines + [""]
    }

    var json: JSON {
        .object([
            "id": .string(found.entry.id.text), "title": .string(found.entry.title),
            "url": found.entry.url.map(JSON.string), "first_seen": .string(timestamp(found.firstSeen)),
            "versions": .array(versions.indices.map(version)),
            "told": .strings(told.map(\.key.description)), "told_again": .strings(retold.map(\.key.description)),
        ])
    }

    private func version(at place: Int) -> JSON {
        let version = versions[place]
        let changes = place > 0 ? changes(from: versions[place - 1], to: version) : []
        return .object([
            "number": .integer(Int64(version.number)), "at": .string(timestamp(version.at)),
            "edit": version.edit.map { .string($0.rawValue) }, "reasons": .strings(version.reasons),
            "url": version.url.map(JSON.string), "title": version.text.map { .string($0.title) },
            "summary": version.text.map { .string($0.summary) },
            "body": version.text.map { .string($0.body) },
            "changes": .array(
                changes.map { change in
                    .object([
                        "field": .string(change.field), "was": .string(change.was), "now": .string(change.now),
                    ])
                }),
        ])
    }

    private struct Change {
        var field: String
        var was: String
        var now: String
    }

    private func changes(from old: EntryVersion, to new: EntryVersion) -> [Change] {
        guard let old = old.text, let new = new.text else { return [] }
        let fields = [
            ("title", old.title, new.title), ("summary", old.summary, new.summary), ("body", old.body, new.body),
        ]
        return fields.flatMap { field, was, now in
            ChangedPassage.all(from: was, to: now).map { Change(field: field, was: $0.was, now: $0.now) }
        }
    }
}
